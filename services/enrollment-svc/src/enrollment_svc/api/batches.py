"""社保卡参保信息管理 and 会员卡参保信息管理: the unit's batches (F188–F200)."""

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict

from chassis.acts import ReadContext
from chassis.clock import SHANGHAI
from chassis.http import Act, Done, Labelled, Page, Paging, Read
from chassis.refusals import Forbidden
from chassis.work import Work
from contracts.fields import Shares
from contracts.words import Channel, EnrollmentType, Role
from enrollment_svc.api.access import may_read
from enrollment_svc.api.batch_details import BatchDetails, details
from enrollment_svc.api.instants import Instant
from enrollment_svc.domain.lines import LineState
from enrollment_svc.store import batches
from enrollment_svc.store.batches import BatchesWanted, PeopleOf
from enrollment_svc.usecases.withdrawal import request_withdrawal

if TYPE_CHECKING:
    import asyncpg

router = APIRouter(tags=["batches"])


class BatchShown(BaseModel):
    """A row of the list. `heads` and `fee` are those of the channel asked for, or of both; `heads_by_channel` are
    those of the whole batch (F185–F187, F194).
    """

    batch_no: str
    year: int
    plan: str
    plan_name: str
    enrollment_type: Labelled[EnrollmentType]
    status: Labelled[LineState]
    lines: int
    heads: int
    heads_by_channel: dict[str, int]
    submitted_heads: int
    fee: Shares
    submitted_at: Instant
    updated_at: Instant


@router.get("/batches")
async def list_batches(
    read: Read,
    page: Paging,
    union_id: UUID | None = None,
    channel: Channel | None = None,
    batch_no: Annotated[str | None, Query(description="a number or its beginning")] = None,
    submitted_from: Annotated[date | None, Query(alias="from")] = None,
    submitted_to: Annotated[date | None, Query(alias="to")] = None,
    status: LineState | None = None,
    enrollment_type: EnrollmentType | None = None,
) -> Page[BatchShown]:
    """A union's batches (default: the caller's own), newest first; both ends of the dates are inclusive (F190)."""
    union_id = union_id or read.principal.scope_id
    if union_id is None:
        raise Forbidden
    await may_read(read, union_id)
    wanted = BatchesWanted(
        union_id,
        channel,
        batch_no or None,
        _midnight(submitted_from) if submitted_from else None,
        _midnight(submitted_to + timedelta(days=1)) if submitted_to else None,
        status,
        enrollment_type,
    )
    rows = await batches.page(read.connection, wanted, page)
    return page.of(await batches.count(read.connection, wanted), [_batch(row) for row in rows])


@router.get("/batches/{batch_no}")
async def show_batch(
    batch_no: str, read: Read, page: Paging, channel: Channel | None = None, line_id: UUID | None = None
) -> BatchDetails:
    """批次详情: lines with dates, shares and history; people as frozen, a page of them (F200)."""
    batch = await _readable(batch_no, read)
    return await details(read, batch, PeopleOf(batch_no, line_id, channel), page)


class Withdraw(BaseModel):
    model_config = ConfigDict(extra="forbid")

    version: int | None = None


class WithdrawalAnswer(BaseModel):
    batch_no: str
    line_id: UUID
    withdrawal: str


@router.post("/batches/{batch_no}/lines/{line_id}/withdrawal", status_code=202, response_model=WithdrawalAnswer)
async def withdraw(batch_no: str, line_id: UUID, body: Withdraw, act: Act) -> Response:
    """Ask for a line back; the superior's side answers later (A50)."""
    act.require(Role.HANDLER)

    async def ask(work: Work) -> Done:
        events = await request_withdrawal(batch_no, line_id, body.version, work)
        answer = WithdrawalAnswer(batch_no=batch_no, line_id=line_id, withdrawal="requested")
        return Done(answer, events, 202, subject=batch_no, detail={"line_id": str(line_id)})

    return await act.once("withdrawal_requested", ask)


async def _readable(batch_no: str, read: ReadContext) -> "asyncpg.Record":
    """Raises Forbidden for a number that is unknown or out of reach."""
    batch = await batches.find(read.connection, batch_no)
    if batch is None:
        raise Forbidden
    await may_read(read, batch["union_id"])
    return batch


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), SHANGHAI)


def _batch(row: "asyncpg.Record") -> BatchShown:
    return BatchShown.model_validate(
        {
            **row,
            "status": row["state"],
            "heads_by_channel": {word.value: row[word.value] for word in Channel},
            "fee": Shares.of(city=row["city_fen"], district=row["district_fen"], unit=row["unit_fen"]),
        }
    )
