"""The transitions of a card batch, and the roles that decide (F042, D03)."""

from uuid import uuid4

import pytest

from member_svc.domain.card_batches import (
    APPROVE,
    CARD_BATCH,
    FINISH,
    REJECT,
    REQUEST,
    CardBatchEnded,
    CardBatchState,
    CardsStillMissing,
    NothingToDecide,
    OwnRequest,
    require_independent_decision,
)

MAKING, CANCELLING, CANCELLED, MADE = CardBatchState
OWN, ABOVE, ASKED = uuid4(), uuid4(), uuid4()


@pytest.mark.row("F042")
def test_every_action_leads_where_the_table_says_or_is_refused_by_name():
    leads = {
        (MAKING, REQUEST): CANCELLING,
        (CANCELLING, APPROVE): CANCELLED,
        (CANCELLING, REJECT): MAKING,
        (MAKING, FINISH): MADE,
    }
    refusals = {
        REQUEST: CardBatchEnded,
        APPROVE: NothingToDecide,
        REJECT: NothingToDecide,
        FINISH: CardsStillMissing,
    }
    for state in CardBatchState:
        for action, refusal in refusals.items():
            if (state, action) in leads:
                assert CARD_BATCH.after(state, action) is leads[state, action]
            else:
                with pytest.raises(refusal):
                    CARD_BATCH.after(state, action)
    assert CARD_BATCH.ends == (CANCELLED, MADE)


@pytest.mark.row("D03")
@pytest.mark.parametrize(
    ("account", "scope_id", "allowed"),
    [("b", ABOVE, True), ("a", ABOVE, False), ("b", OWN, False), ("a", OWN, False), ("b", ASKED, False)],
)
def test_nobody_decides_on_a_request_of_his_own_or_of_his_union(account: str, scope_id: object, allowed: bool):
    def decide() -> None:
        require_independent_decision(account=account, scope_id=scope_id, requested_by="a", own_unions=(OWN, ASKED))  # type: ignore[arg-type]

    if allowed:
        decide()
    else:
        with pytest.raises(OwnRequest):
            decide()
