"""A union's batches: screens 社保卡参保信息管理 and 会员卡参保信息管理 (F033, F034, F188–F200)."""

from typing import TYPE_CHECKING, Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel

from chassis.database import UnitOfWork
from chassis.validation import Body, Code, Days, Instant, Number, Version, Year, example
from chassis.web import Command, CommandResult, Labelled, Page, Paging, Read, Scope, chosen_place, may
from contracts.fields import Shares
from contracts.words import Channel, EnrollmentType, Role
from enrollment_svc.api.access import NAMES, READERS, may_read
from enrollment_svc.api.batches.batch_details import BatchDetails, details, readable_batch
from enrollment_svc.api.batches.payment_schemas import PAID, PaymentShown, payment_shown
from enrollment_svc.api.examples import (
    AT,
    BATCH_NO,
    COMPLETED,
    FEE_OF_3,
    IMMEDIATE,
    LINE,
)
from enrollment_svc.domain.batches.lines import LineState, PersonState
from enrollment_svc.domain.batches.payments import PaymentState
from enrollment_svc.store.batches import batches
from enrollment_svc.store.batches.batches import BatchFilter, BatchPeopleFilter
from enrollment_svc.usecases.batches.withdrawal import request_withdrawal

if TYPE_CHECKING:
    import asyncpg

router = APIRouter(tags=["batches"])


class BatchShown(BaseModel):
    """A row of the list of batches. `heads_by_channel` always covers the whole batch (F185–F187, F194).

    If the request names a channel, `state`, `payment` and all figures except `heads_by_channel` cover only the lines in
    this channel. `payment` is null until one of the covered lines is 已完成.
    """

    model_config = example(
        {
            "batch_no": BATCH_NO,
            "year": 2024,
            "plan": "A",
            "plan_name": "A类会员专享基本保障",
            "enrollment_type": IMMEDIATE,
            "state": COMPLETED,
            "payment": PAID,
            "lines": 1,
            "heads": 3,
            "heads_by_channel": {"social_security_card": 3, "service_card": 0},
            "submitted_heads": 3,
            "fee": FEE_OF_3,
            "submitted_at": AT,
            "updated_at": AT,
        }
    )

    batch_no: str
    year: int
    plan: str
    plan_name: str
    enrollment_type: Labelled[EnrollmentType]
    state: Labelled[LineState]
    payment: PaymentShown | None
    lines: int
    heads: int
    heads_by_channel: dict[str, int]
    submitted_heads: int
    fee: Shares
    submitted_at: Instant
    updated_at: Instant


async def to_batch_filter(
    read: Read,
    submitted: Days,
    union_id: UUID | None = None,
    channel: Channel | None = None,
    batch_no: Annotated[Number | None, Query(description="a number or its beginning")] = None,
    state: LineState | None = None,
    enrollment_type: EnrollmentType | None = None,
    year: Year | None = None,
    plan: Code | None = None,
    payment: PaymentState | None = None,
) -> BatchFilter:
    """The filters of the list (F189–F192). Raises Forbidden if the caller does not reach the union."""
    union_id = chosen_place(read.principal, union_id)
    await may_read(read, union_id)
    return BatchFilter(
        union_id,
        channel,
        batch_no or None,
        submitted.start,
        submitted.end,
        state,
        enrollment_type,
        year,
        plan or None,
        payment,
    )


Filters = Annotated[BatchFilter, Depends(to_batch_filter)]


@router.get("/batches", dependencies=[may("查看参保批次", *READERS, scope=Scope.SUBTREE)])
async def list_batches(read: Read, page: Paging, batch_filter: Filters) -> Page[BatchShown]:
    """The batches of a union, newest first. By default, the union is the caller's own. The first and the last day of
    the requested period are included (F190).
    """
    rows = await batches.page(read.connection, batch_filter, page)
    return page.of(await batches.count(read.connection, batch_filter), [_batch(row) for row in rows])


@router.get("/batches/{batch_no}", dependencies=[may("查看批次详情", *READERS, scope=Scope.SUBTREE, shown=NAMES)])
async def show_batch(
    batch_no: Number,
    read: Read,
    page: Paging,
    channel: Channel | None = None,
    line_id: UUID | None = None,
    state: PersonState | None = None,
) -> BatchDetails:
    """批次详情: the lines with dates, shares and history, and a page of people with their data as submitted (F200)."""
    batch = await readable_batch(batch_no, read)
    return await details(read, batch, BatchPeopleFilter(batch_no, line_id, channel, state), page)


class Withdraw(Body):
    model_config = example({"version": 1})

    version: Version | None = None


class WithdrawalAnswer(BaseModel):
    model_config = example({"batch_no": BATCH_NO, "line_id": LINE, "withdrawal": "requested"})

    batch_no: str
    line_id: UUID
    withdrawal: str


@router.post(
    "/batches/{batch_no}/lines/{line_id}/withdrawal",
    status_code=202,
    response_model=WithdrawalAnswer,
    dependencies=[may("撤回参保批次", Role.HANDLER, scope=Scope.SUBTREE)],
)
async def withdraw(batch_no: Number, line_id: UUID, body: Withdraw, command: Command) -> Response:
    """Request the withdrawal of a line. review-svc decides later whether it is granted (A50)."""

    async def request(work: UnitOfWork) -> CommandResult:
        events = await request_withdrawal(batch_no, line_id, body.version, work)
        answer = WithdrawalAnswer(batch_no=batch_no, line_id=line_id, withdrawal="requested")
        return CommandResult(answer, events, subject=batch_no, detail={"line_id": str(line_id)})

    return await command.once("withdrawal_requested", request)


def _batch(row: "asyncpg.Record") -> BatchShown:
    return BatchShown.model_validate(
        {
            **row,
            "state": row["state"],
            "payment": payment_shown(row),
            "heads_by_channel": {word.value: row[word.value] for word in Channel},
            "fee": Shares.of(city=row["city_fen"], district=row["district_fen"], unit=row["unit_fen"]),
        }
    )
