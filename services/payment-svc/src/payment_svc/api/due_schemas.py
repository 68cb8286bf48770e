"""HTTP schemas of dues, and the filters of their lists."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

from fastapi import Depends
from pydantic import BaseModel

from chassis.validation import Days, Instant, Number, Year, example
from chassis.web import Labelled, Read, reach
from contracts.words import EnrollmentType
from payment_svc.domain.deadlines import last_overdue_day, overdue
from payment_svc.domain.states import DueState
from payment_svc.store.due_lists import DueFilter

if TYPE_CHECKING:
    import asyncpg

MONEY: dict[str, Any] = {
    "heads": 3,
    "city_fen": 3900,
    "district_fen": 3900,
    "unit_fen": 0,
    "due_fen": 3900,
    "paid_fen": 3800,
    "pending_fen": 0,
    "open_fen": 100,
}
DUE: dict[str, Any] = MONEY | {
    "submission_no": "CB202405109000",
    "version": 1,
    "union_id": "6f1d4c0e-9d0f-4d38-9a53-6e8f0c2b7a11",
    "union_name": "示例区总工会",
    "year": 2024,
    "enrollment_type": {"code": "immediate", "label": "即时参保"},
    "state": {"code": "partly_paid", "label": "部分缴费"},
    "due_on": "2024-05-26",
    "overdue": False,
    "submitted_at": "2024-05-10T09:30:00+08:00",
    "confirmed_at": "2024-05-11T10:00:00+08:00",
    "voucher_at": "2024-05-12T10:00:00+08:00",
    "feedback_at": "2024-05-13T09:00:00+08:00",
    "updated_at": "2024-05-13T09:00:00+08:00",
}


class Money(BaseModel):
    """Heads, and amounts in fen. `due_fen` = district + unit.

    `paid_fen`: the money of accepted vouchers. `pending_fen`: the money of vouchers that are not decided yet.
    `open_fen`: the money that new vouchers can pay. It is 0 until the center confirms the submission, and then
    `due_fen` − `paid_fen` − `pending_fen`.
    """

    heads: int
    city_fen: int
    district_fen: int
    unit_fen: int
    due_fen: int
    paid_fen: int
    pending_fen: int
    open_fen: int


class DueView(Money):
    """A submission to the center, and the money that the district owes for it (A23)."""

    model_config = example(DUE)

    submission_no: str
    version: int
    union_id: UUID
    union_name: str | None
    year: int
    enrollment_type: Labelled[EnrollmentType]
    state: Labelled[DueState]
    due_on: date | None
    overdue: bool
    submitted_at: Instant | None
    confirmed_at: Instant | None
    voucher_at: Instant | None
    feedback_at: Instant | None
    updated_at: Instant


def view(row: "asyncpg.Record", now: datetime) -> DueView:
    return DueView.model_validate({**row, "overdue": overdue(row["due_on"], row["open_fen"], now)})


def _filtered(
    read: Read,
    confirmed: Days,
    submission_no: Number | None = None,
    state: DueState | None = None,
    enrollment_type: EnrollmentType | None = None,
    year: Year | None = None,
    offered: bool = False,
    overdue: bool = False,
) -> DueFilter:
    """`submission_no`: a part of a submission's number, or the beginning of a batch number in the submission (A12).

    `from`, `to`: days of 确认时间, both included. `offered`: only submissions that accept a voucher (F271). `overdue`:
    only submissions whose last day to pay has passed, and whose `open_fen` is not 0.
    """
    return DueFilter(
        reach(read.principal),
        confirmed_from=confirmed.start,
        confirmed_before=confirmed.end,
        state=state.value if state else None,
        only_offered=offered,
        number=submission_no or None,
        enrollment_type=enrollment_type.value if enrollment_type else None,
        year=year,
        overdue_on=last_overdue_day(read.now) if overdue else None,
    )


#: The filters of 参保批次管理, shared by the list, its sums and its file.
Filters = Annotated[DueFilter, Depends(_filtered)]
