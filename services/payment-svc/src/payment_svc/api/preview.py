"""The route of 已选中批次金额明细: the sums of the ticked submissions, shown before the upload (F268–F270)."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel

from chassis.domain import Forbidden
from chassis.validation import example, parameters
from chassis.web import Labelled, Read, Scope, may, only_known_parameters, require_reach
from contracts.words import MatchResult
from payment_svc.api.due_schemas import DUE, MONEY, DueView, Money, view
from payment_svc.api.reach import MOST_NUMBERS, READERS, Numbers, numbers_in
from payment_svc.api.voucher_schemas import FILL, FillView
from payment_svc.domain import filling
from payment_svc.domain.dues import Due
from payment_svc.domain.states import Agreement
from payment_svc.store import dues

router = APIRouter(prefix="/dues", tags=["dues"])


class Trial(BaseModel):
    """How a voucher of `amount_fen` would pay the submissions. The surplus is counted in no other sum (A62)."""

    amount_fen: int
    result: Labelled[MatchResult]
    agreement: Labelled[Agreement]
    filled_fen: int
    surplus_fen: int
    submissions: list[FillView]


_TRIAL: dict[str, Any] = {
    "amount_fen": 100,
    "result": {"code": "matched", "label": "核对一致"},
    "agreement": {"code": "agrees", "label": "核对一致"},
    "filled_fen": 100,
    "surplus_fen": 0,
    "submissions": [FILL | {"due_fen": 100, "amount_fen": 100}],
}
_EXAMPLE: dict[str, Any] = MONEY | {"submissions": 1, "items": [DUE], "trial": _TRIAL}


class DuesSummary(Money):
    """Sums of the ticked submissions. `due_fen` does not contain the city share.

    `trial` is set only if the request contains an amount.
    """

    model_config = example(_EXAMPLE)

    submissions: int
    items: list[DueView]
    trial: Trial | None = None


@router.get(
    "/summary", dependencies=[may("查看已选批次金额", *READERS, scope=Scope.SUBTREE), Depends(only_known_parameters)]
)
async def sum_up(
    read: Read,
    submission_nos: Annotated[list[Numbers], Query(default_factory=list, max_length=MOST_NUMBERS)],
    amount_fen: parameters.PaidFen | None = None,
) -> DuesSummary:
    """The sums of the ticked submissions. Nothing is stored. If no submission is sent, all sums are 0.

    The request can repeat `submission_nos`, or separate several numbers by commas. The answer is 403 if a submission is
    unknown or out of the caller's reach. A request with an amount can get two more refusals: 409 SUBMISSION_NOT_PAYABLE
    if a submission accepts no voucher, and 422 NO_SUBMISSION_CHOSEN if no submission is sent.
    """
    numbers = numbers_in(submission_nos)
    rows = await dues.find_dues(read.connection, numbers)
    await require_reach(read.connection, read.principal, *(row["union_id"] for row in rows))
    if len(rows) != len(numbers):
        raise Forbidden
    sums = {name: sum(row[name] for row in rows) for name in Money.model_fields}
    trial = _trial([dues.due_of(row) for row in rows], amount_fen) if amount_fen else None
    return DuesSummary(submissions=len(rows), items=[view(row, read.now) for row in rows], trial=trial, **sums)


def _trial(chosen: list[Due], amount_fen: int) -> Trial:
    filled = filling.fill(chosen, amount_fen)
    return Trial(
        amount_fen=amount_fen,
        result=filled.result,
        agreement=filled.agreement,
        filled_fen=filled.filled_fen,
        surplus_fen=amount_fen - filled.filled_fen,
        submissions=[FillView.model_validate(fill, from_attributes=True) for fill in filled.fills],
    )
