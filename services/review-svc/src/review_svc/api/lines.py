"""HTTP routes of the reviewer's lists, and of the commands on the lines in them."""

from collections.abc import Sequence
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from chassis.database import UnitOfWork
from chassis.validation import Code, Days, Line
from chassis.web import Command, CommandResult, ExportFormat, Page, Paging, Read, Scope, each, export, may, wide_reach
from contracts.words import Channel, EnrollmentType, Role
from review_svc.api.command_schemas import Moved, Reassigned, Returned
from review_svc.api.line_schemas import (
    LineOut,
    LineTotals,
    ListOptions,
    PassUp,
    Reassign,
    ReturnLine,
    TickedLines,
    fee_of,
)
from review_svc.domain import lines as rules
from review_svc.store import lists
from review_svc.store.lists import LineFilter
from review_svc.texts.columns import LINE_FILE, line_words
from review_svc.usecases import reassigning, returning, reviewing

router = APIRouter(prefix="/lines", tags=["review"])

Listed = Annotated[Literal["pending", "staged", "all"], Query(alias="list")]
#: The pages 集中参保审核 and 即时参保审核 each show only one enrollment type (F038, F039, F209).
Menu = Annotated[EnrollmentType | None, Query(description="the menu entry that opened the page")]


async def _whole(read: Read, listed: Listed = "pending", menu: Menu = None) -> LineFilter:
    """The list without filters. The municipal federation (市总) sees the lines of all unions in its reach (A61).

    Other callers see only the lists of their own union.
    """
    if read.principal.role == Role.MUNICIPAL:
        return LineFilter(None, listed, menu, scope_id=await wide_reach(read.connection, read.principal))
    return LineFilter(read.principal.scope_id, listed, menu)


Whole = Annotated[LineFilter, Depends(_whole)]


def _filtered(
    whole: Whole,
    submitted: Days,
    unit_name: Line | None = None,
    organization_code: Code | None = None,
    superior: UUID | None = None,
    channel: Channel | None = None,
    enrollment_type: EnrollmentType | None = None,
    plan: Code | None = None,
    flagged: bool | None = None,
) -> LineFilter:
    """The list with filters. A filter that the request leaves out does not restrict the list (F053)."""
    return LineFilter(
        whole.union_id,
        whole.listed,
        whole.menu,
        unit_name=unit_name,
        organization_code=organization_code,
        submitted=submitted,
        superior=superior,
        channel=channel,
        enrollment_type=enrollment_type,
        plan=plan,
        flagged=flagged,
        scope_id=whole.scope_id,
    )


Filters = Annotated[LineFilter, Depends(_filtered)]


@router.get("", dependencies=[may("查看待审批和待提交列表", Role.REVIEWER, Role.MUNICIPAL, scope=Scope.CHAIN)])
async def list_lines(read: Read, page: Paging, line_filter: Filters) -> Page[LineOut]:
    """The list 待审批 or 待提交 of the caller's union, or all lines with this union in their chain (F213, F226)."""
    total, rows = await lists.page_of_lines(read.connection, line_filter, page)
    return page.of(total, [LineOut.of(row) for row in rows])


@router.get(
    "/export",
    response_class=Response,
    dependencies=[may("导出待审批和待提交列表", Role.REVIEWER, Role.MUNICIPAL, scope=Scope.CHAIN)],
)
async def export_lines(
    read: Read, page: Paging, line_filter: Filters, format: ExportFormat = ExportFormat.XLSX
) -> Response:
    """The list as a file, with the same filters and order (D26)."""
    rows = each(lists.every_line(read.connection, line_filter, page), line_words)
    return await export(
        read, name="lines_exported", file_name=LINE_FILE.names[line_filter.listed], columns=LINE_FILE.columns,
        rows=rows, format=format, detail={"list": line_filter.listed},
    )  # fmt: skip


@router.get("/totals", dependencies=[may("查看列表合计", Role.REVIEWER, Role.MUNICIPAL, scope=Scope.CHAIN)])
async def show_totals(read: Read, line_filter: Whole) -> LineTotals:
    """The sums of the whole list, without the filters (A52)."""
    row = await lists.totals(read.connection, line_filter)
    return LineTotals.model_validate(dict(row) | {"fee": fee_of(row)})


@router.get("/options", dependencies=[may("查看列表筛选项", Role.REVIEWER, Role.MUNICIPAL, scope=Scope.CHAIN)])
async def show_options(read: Read, line_filter: Whole) -> ListOptions:
    """The choices that the filters of this list offer."""
    superiors = await lists.superiors(read.connection, line_filter)
    plans = await lists.plans(read.connection, line_filter)
    return ListOptions.model_validate(
        {"superiors": [dict(row) for row in superiors], "plans": [dict(p) for p in plans]}
    )


@router.post(
    "/stage",
    response_model=Moved,
    dependencies=[may("添加至待提交", Role.REVIEWER, scope=Scope.TURN, only="当前审核的工会")],
)
async def stage(body: TickedLines, command: Command) -> Response:
    """添加至待提交: the ticked lines go from the list 待审批 to the list 待提交."""

    async def move(work: UnitOfWork) -> CommandResult:
        return _moved(await reviewing.stage(body.versions(), work))

    return await command.once("lines_staged", move)


@router.post(
    "/unstage",
    response_model=Moved,
    dependencies=[may("移除待提交的参保信息", Role.REVIEWER, scope=Scope.TURN, only="当前审核的工会")],
)
async def unstage(body: TickedLines, command: Command) -> Response:
    """移除: the ticked lines go from the list 待提交 back to the list 待审批."""

    async def move(work: UnitOfWork) -> CommandResult:
        return _moved(await reviewing.unstage(body.versions(), work))

    return await command.once("lines_unstaged", move)


@router.post(
    "/pass-up",
    response_model=Moved,
    dependencies=[may("提交至上级工会", Role.REVIEWER, scope=Scope.TURN, only="当前审核的工会")],
)
async def pass_up(body: PassUp, command: Command) -> Response:
    """The reviewing union passes lines up to the next union of their chain.

    The district is the last union of the chain, so it cannot pass lines up.
    """

    async def move(work: UnitOfWork) -> CommandResult:
        return _moved(await reviewing.pass_up(body.line_ids, body.enrollment_type, work))

    return await command.once("lines_passed_up", move)


def _moved(lines: Sequence[rules.Line]) -> CommandResult:
    moved = _counted(lines)
    return CommandResult(Moved(**moved), detail=moved)


def _counted(lines: Sequence[rules.Line]) -> dict[str, int]:
    return {"lines": len(lines), "heads": sum(line.heads for line in lines)}


@router.post(
    "/reassign", response_model=Reassigned, dependencies=[may("变更审核单位", Role.MUNICIPAL, scope=Scope.SUBTREE)]
)
async def reassign(body: Reassign, command: Command) -> Response:
    """市总 reassigns the open lines of a closed union to another reviewing union."""

    async def move(work: UnitOfWork) -> CommandResult:
        done = await reassigning.reassign(body.from_union_id, body.to_union_id, body.reason, body.line_ids, work)
        detail = {"lines": len(done.lines), "to": str(body.to_union_id), "reason": done.reason}
        return CommandResult(
            Reassigned(**_counted(done.lines)), done.events, subject=str(body.from_union_id), detail=detail
        )

    return await command.once("lines_reassigned", move)


@router.post(
    "/{line_id}/return",
    response_model=Returned,
    dependencies=[may("退回参保信息", Role.REVIEWER, scope=Scope.TURN, only="当前审核的工会")],
)
async def give_back(line_id: UUID, body: ReturnLine, command: Command) -> Response:
    """退回: return a whole line or chosen people to the union that submitted them."""

    async def return_people(work: UnitOfWork) -> CommandResult:
        done = await returning.return_people(line_id, body.member_ids, body.reason, body.version, work)
        detail = {"whole": done.whole, "returned": done.returned}
        answer = Returned.model_validate(done, from_attributes=True)
        return CommandResult(answer, done.events, subject=str(line_id), detail=detail)

    return await command.once("line_returned", return_people)
