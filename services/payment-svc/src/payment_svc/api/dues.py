"""参保批次管理: what a district owes (F252–F262, F268–F272)."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel

from chassis.http import Labelled, Page, Paging, Read
from chassis.refusals import Forbidden
from contracts.words import EnrollmentType
from payment_svc.api.reach import numbers_in, reach, require_reach
from payment_svc.domain import DueState, overdue
from payment_svc.store import dues as store
from payment_svc.store.dues import DuesWanted

if TYPE_CHECKING:
    import asyncpg

router = APIRouter(prefix="/dues", tags=["dues"])

STATES = {word.value: word for word in DueState}


class DueView(BaseModel):
    """One submission (A23). `open_fen` = due − paid − pending: what a voucher may still fill."""

    submission_no: str
    version: int
    union_id: UUID
    union_name: str | None
    year: int
    enrollment_type: Labelled[EnrollmentType]
    state: Labelled[DueState]
    heads: int
    city_fen: int
    district_fen: int
    unit_fen: int
    due_fen: int
    paid_fen: int
    pending_fen: int
    open_fen: int
    due_on: date | None
    overdue: bool
    submitted_at: datetime | None
    confirmed_at: datetime | None
    voucher_at: datetime | None
    feedback_at: datetime | None
    updated_at: datetime


class DuesSummary(BaseModel):
    """Sums of the chosen submissions (F268–F270); the city share is not in `due_fen`."""

    submissions: int
    heads: int
    district_fen: int
    unit_fen: int
    due_fen: int
    paid_fen: int
    pending_fen: int
    open_fen: int
    items: list[DueView]


@router.get("")
async def list_dues(
    read: Read,
    page: Paging,
    state: DueState | None = None,
    submission_no: str | None = None,
    from_: Annotated[date | None, Query(alias="from")] = None,
    to: date | None = None,
    offered: bool = False,
) -> Page[DueView]:
    """`submission_no`: of a submission, part of it, or of a unit's batch (A12). `from`, `to`: days of confirmation.

    `offered`: only those on which a voucher may still fill something (F271).
    """
    number = (submission_no or "").strip() or None
    wanted = DuesWanted(reach(read), from_, to, state.value if state else None, offered, number)
    total = await store.count_dues(read.connection, wanted)
    rows = await store.list_dues(read.connection, wanted, page)
    return page.of(total, [_view(row, read.now) for row in rows])


@router.get("/summary")
async def sum_up(read: Read, submission_nos: Annotated[list[str], Query(min_length=1)]) -> DuesSummary:
    """Of the ticked submissions, `submission_nos` repeated or separated by commas. 403 if one is out of reach."""
    numbers = numbers_in(submission_nos)
    rows = await store.find_dues(read.connection, numbers)
    await require_reach(read, [row["union_id"] for row in rows])
    if len(rows) != len(numbers):
        raise Forbidden
    items = [_view(row, read.now) for row in rows]
    names = ("heads", "district_fen", "unit_fen", "due_fen", "paid_fen", "pending_fen", "open_fen")
    sums = {name: sum(row[name] for row in rows) for name in names}
    return DuesSummary(submissions=len(items), items=items, **sums)


def _view(row: "asyncpg.Record", now: datetime) -> DueView:
    late = overdue(row["due_on"], STATES[row["state"]], now)
    return DueView.model_validate({**row, "overdue": late})
