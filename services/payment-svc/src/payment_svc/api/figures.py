"""The route of the sums over dues and vouchers, for reconciliation with other services and the center."""

from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel

from chassis.validation import Year, example
from chassis.web import Labelled, Read, Scope, may, reach, require_reach
from payment_svc.api.due_schemas import MONEY, Money
from payment_svc.api.reach import FIGURE_READERS
from payment_svc.domain.states import DueState, VoucherState
from payment_svc.store import figures as store

router = APIRouter(tags=["figures"])


class DuesFigure(Money):
    state: Labelled[DueState]
    submissions: int


class VouchersFigure(BaseModel):
    """`filled_fen`: the money that pays submissions. The rest of `amount_fen` is surplus (A62)."""

    state: Labelled[VoucherState]
    vouchers: int
    amount_fen: int
    filled_fen: int


class Figures(BaseModel):
    """Dues and vouchers by state."""

    model_config = example(
        {
            "dues": [MONEY | {"state": {"code": "partly_paid", "label": "部分缴费"}, "submissions": 1}],
            "vouchers": [
                {
                    "state": {"code": "accepted", "label": "已核收"},
                    "vouchers": 1,
                    "amount_fen": 3900,
                    "filled_fen": 3900,
                }
            ],
        }
    )

    dues: list[DuesFigure]
    vouchers: list[VouchersFigure]


@router.get("/figures", dependencies=[may("查看缴费统计", *FIGURE_READERS, scope=Scope.SUBTREE)])
async def show_figures(read: Read, union_id: UUID | None = None, year: Year | None = None) -> Figures:
    """Dues and vouchers by state, in the caller's subtree.

    `union_id` selects one district, and `year` selects one protection year. The answer is 403 if `union_id` is out of
    the caller's reach. A caller whose token names a union also gets 403 if this service does not know `union_id` yet.
    """
    scope_id = reach(read.principal)
    if union_id:
        await require_reach(read.connection, read.principal, union_id)
    return Figures(
        dues=[
            DuesFigure.model_validate(dict(r))
            for r in await store.dues_by_state(read.connection, scope_id, union_id, year)
        ],
        vouchers=[
            VouchersFigure.model_validate(dict(r))
            for r in await store.vouchers_by_state(read.connection, scope_id, union_id, year)
        ],
    )
