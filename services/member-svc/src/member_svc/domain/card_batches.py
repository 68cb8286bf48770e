"""The rules of card batches: their states, and who may decide on a cancellation (F032, F042, A31, D03)."""

from collections.abc import Collection
from uuid import UUID

from chassis.domain import Forbidden, Refusal, StateMachine, Transition
from contracts.words import Word


class CardBatchState(Word):
    MAKING = "making", "办卡中"
    #: The handler asked to cancel the batch, and the superior union has not decided yet.
    CANCELLING = "cancelling", "撤销待审核"
    CANCELLED = "cancelled", "已撤销"
    #: Every member of the batch has a card; removed members need none.
    MADE = "made", "已办卡"


class CancellationState(Word):
    """The state of a request to cancel a card batch."""

    REQUESTED = "requested", "待审核"
    APPROVED = "approved", "已同意"
    REJECTED = "rejected", "已驳回"


class HasServiceCard(Refusal):
    code = "HAS_SERVICE_CARD"
    message = "所选会员中有人已有会员服务卡，请取消勾选后重试"


class InOtherCardBatch(Refusal):
    code = "IN_OTHER_CARD_BATCH"
    message = "所选会员中有人已在其他办卡批次中，请取消勾选后重试"


class CardBatchOfManyUnions(Refusal):
    code = "CARD_BATCH_OF_MANY_UNIONS"
    status = 422
    message = "一个办卡批次只能包含同一工会的会员，请按工会分别提交"


class CardBatchEnded(Refusal):
    code = "CARD_BATCH_ENDED"
    message = "该办卡批次已办卡、已撤销或已申请撤销，不能再申请撤销，请刷新后查看状态"


class NothingToDecide(Refusal):
    code = "NOTHING_TO_DECIDE"
    message = "该办卡批次没有待审核的撤销申请，请刷新后查看状态"


class CardsStillMissing(Refusal):
    code = "CARDS_STILL_MISSING"
    message = "该办卡批次不在办卡中，不能标记为已办卡，请刷新后查看状态"


class OwnRequest(Forbidden):
    """An account cannot decide on its own request, its union's request, or a request for a batch of its union (D03)."""

    code = "OWN_REQUEST"
    message = "不能审核本人或本工会提交（含代下级工会提交）的撤销申请，请由其他上级工会审核"


class NoOtherReviewer(Forbidden):
    """A superior union cannot request the cancellation if no other superior union could decide on the request (D03)."""

    code = "NO_OTHER_REVIEWER"
    message = "本工会是唯一可以审核该撤销申请的上级工会，不能代其提出，请由办卡批次所属工会的经办人提出申请"


REQUEST, APPROVE, REJECT, FINISH = "request_cancellation", "approve", "reject", "finish"
CARD_BATCH = StateMachine(
    "card batch",
    states=CardBatchState,
    start=CardBatchState.MAKING,
    steps=(
        Transition(REQUEST, (CardBatchState.MAKING,), CardBatchState.CANCELLING, CardBatchEnded),
        Transition(APPROVE, (CardBatchState.CANCELLING,), CardBatchState.CANCELLED, NothingToDecide),
        Transition(REJECT, (CardBatchState.CANCELLING,), CardBatchState.MAKING, NothingToDecide),
        Transition(FINISH, (CardBatchState.MAKING,), CardBatchState.MADE, CardsStillMissing),
    ),
)
DECIDED = {APPROVE: CancellationState.APPROVED, REJECT: CancellationState.REJECTED}


def require_independent_decision(
    *, account: str, scope_id: UUID | None, requested_by: str, own_unions: Collection[UUID | None]
) -> None:
    """Raises OwnRequest if the account is the requester, or belongs to the requester's or the batch's union (D03)."""
    if account == requested_by or scope_id in own_unions:
        raise OwnRequest
