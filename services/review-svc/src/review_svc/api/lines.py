"""The reviewer's two lists and what he does with them."""

from datetime import date
from typing import TYPE_CHECKING, Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from chassis.acts import ReadContext
from chassis.http import Act, Page, Paging, Read
from chassis.refusals import Forbidden
from chassis.scope import in_scope
from contracts.fields import Shares
from contracts.words import Channel, EnrollmentType, Role
from review_svc.api.shapes import (
    HistoryEntry,
    LineDetail,
    LineOut,
    LinePerson,
    LineTotals,
    ReturnLine,
    TickedLines,
    TickedOrAll,
    fee_of,
)
from review_svc.store import lines as store
from review_svc.store import lists
from review_svc.store.lists import Wanted
from review_svc.usecases import reviewing

if TYPE_CHECKING:
    import asyncpg

router = APIRouter(prefix="/lines", tags=["review"])

READERS = (Role.REVIEWER, Role.MUNICIPAL, Role.HANDLER)


def _wanted(
    read: Read,
    listed: Annotated[Literal["pending", "staged"], Query(alias="list")] = "pending",
    unit_name: str | None = None,
    organization_code: str | None = None,
    from_on: Annotated[date | None, Query(alias="from")] = None,
    to_on: Annotated[date | None, Query(alias="to")] = None,
    superior: UUID | None = None,
    channel: Channel | None = None,
    enrollment_type: EnrollmentType | None = None,
    plan: str | None = None,
) -> Wanted:
    """The filters of both lists; what is left out restricts nothing (F053). 市总 sees every union's (A61)."""
    read.require(Role.REVIEWER, Role.MUNICIPAL)
    everywhere = read.principal.role == Role.MUNICIPAL
    if read.principal.scope_id is None and not everywhere:
        raise Forbidden
    words = (channel.value if channel else None, enrollment_type.value if enrollment_type else None)
    place = (None if everywhere else read.principal.scope_id, listed)
    return Wanted(*place, unit_name, organization_code, from_on, to_on, superior, *words, plan)


Filters = Annotated[Wanted, Depends(_wanted)]


@router.get("")
async def list_lines(read: Read, page: Paging, wanted: Filters) -> Page[LineOut]:
    """待审批 or 待提交 of the caller's union, newest first."""
    total, rows = await lists.page_of_lines(read.connection, wanted, page)
    return page.of(total, [LineOut.of(row) for row in rows])


@router.get("/totals")
async def show_totals(read: Read, wanted: Filters) -> LineTotals:
    """The sums of a list."""
    row = await lists.totals(read.connection, wanted)
    return LineTotals.model_validate(dict(row) | {"fee": fee_of(row)})


@router.post("/stage")
async def stage(body: TickedLines, act: Act) -> Response:
    """添加至待提交."""
    act.require(Role.REVIEWER)
    return await act.once("lines_staged", lambda work: reviewing.stage(body.versions(), work))


@router.post("/unstage")
async def unstage(body: TickedLines, act: Act) -> Response:
    """移除."""
    act.require(Role.REVIEWER)
    return await act.once("lines_unstaged", lambda work: reviewing.unstage(body.versions(), work))


@router.post("/pass-up")
async def pass_up(body: TickedOrAll, act: Act) -> Response:
    """A second-level union submits the list to its superior."""
    act.require(Role.REVIEWER)
    return await act.once("lines_passed_up", lambda work: reviewing.pass_up(body.line_ids, work))


@router.post("/{line_id}/return")
async def give_back(line_id: UUID, body: ReturnLine, act: Act) -> Response:
    """退回, a whole line or chosen people."""
    act.require(Role.REVIEWER)
    return await act.once(
        "line_returned",
        lambda work: reviewing.give_back(line_id, body.member_ids, body.reason, body.version, work),
    )


@router.get("/{line_id}")
async def show_line(line_id: UUID, read: Read) -> LineDetail:
    """A line with its chain and history."""
    row = await _visible(line_id, read)
    entries = await store.history(read.connection, line_id)
    rate = Shares.of(city=row["rate_city_fen"], district=row["rate_district_fen"], unit=row["rate_unit_fen"])
    history = [HistoryEntry.model_validate(dict(entry)) for entry in entries]
    return LineDetail(line=LineOut.of(row), rate=rate, chain=row["chain_names"], history=history)


@router.get("/{line_id}/people")
async def list_people(line_id: UUID, read: Read, page: Paging) -> Page[LinePerson]:
    """The people of a line, numbers masked."""
    await _visible(line_id, read)
    total, rows = await store.people(read.connection, line_id, page.limit, page.offset)
    return page.of(total, [_person(row, read) for row in rows])


def _person(row: "asyncpg.Record", read: ReadContext) -> LinePerson:
    full = read.principal.role != Role.MUNICIPAL
    name = read.vault.unseal(row["sealed"], row["member_id"]).name if full else row["masked_name"]
    return LinePerson.model_validate(dict(row) | {"name": name})


async def _visible(line_id: UUID, read: ReadContext) -> "asyncpg.Record":
    """The union itself and those above it see a line, and the frozen chain does. Unknown ids answer the same."""
    read.require(*READERS)
    row = await store.find(read.connection, line_id)
    if row is None:
        raise Forbidden
    if read.principal.role == Role.MUNICIPAL or read.principal.scope_id in row["chain"]:
        return row
    if await in_scope(read.connection, read.principal, row["union_id"]):
        return row
    raise Forbidden
