"""The member list and removals over HTTP (F071, F080, A29, A57)."""

from typing import TypeVar
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from chassis.database import UnitOfWork
from chassis.routes import ExactSearch, admit
from chassis.validation import Body, example
from chassis.web import (
    Command,
    CommandResult,
    ExportFormat,
    Labelled,
    Page,
    PageRequest,
    Paging,
    Read,
    ReadContext,
    Scope,
    each,
    export,
    may,
)
from contracts.words import Role
from member_svc.api.examples import MEMBER_ID, REMOVAL_ID
from member_svc.api.members.filters import Filters, SearchMembers, within_scope
from member_svc.api.members.schemas import NAMES, MemberView, PersonView, exported
from member_svc.domain.states import MemberState
from member_svc.store import member_lists
from member_svc.store.member_lists import MemberFilter
from member_svc.texts import columns
from member_svc.usecases.members import RequestedRemoval, request_removal
from member_svc.usecases.reach import READERS

router = APIRouter(tags=["members"])

MOST_AT_ONCE = 5000
View = TypeVar("View", bound=PersonView)


class ChosenMembers(Body):
    model_config = example({"member_ids": [MEMBER_ID]})

    member_ids: list[UUID] = Field(max_length=MOST_AT_ONCE)


class MemberStanding(BaseModel):
    member_id: UUID
    state: Labelled[MemberState]


class RemovalAsked(BaseModel):
    """`pending`: members whose removal waits for a decision of enrollment-svc.

    `removed`: members that were removed before this request.
    """

    model_config = example(
        {
            "removal_id": REMOVAL_ID,
            "pending": 1,
            "removed": 0,
            "members": [{"member_id": MEMBER_ID, "state": {"code": "removal_pending", "label": "删除待确认"}}],
        }
    )

    removal_id: UUID
    pending: int
    removed: int
    members: list[MemberStanding]

    @classmethod
    def of(cls, requested: RequestedRemoval) -> "RemovalAsked":
        states = list(requested.states.values())
        return cls(
            removal_id=requested.removal_id,
            pending=states.count(MemberState.REMOVAL_PENDING),
            removed=states.count(MemberState.REMOVED),
            members=[MemberStanding(member_id=member_id, state=state) for member_id, state in requested.states.items()],
        )


@router.get("/members", dependencies=[may("查看会员信息", *READERS, scope=Scope.SUBTREE, shown=NAMES)])
async def list_members(read: Read, page: Paging, filters: Filters) -> Page[MemberView]:
    """The member list. To search by name or document number, use `POST /members/search`."""
    return await page_of(read, MemberView, filters, page)


@router.post("/members/search", dependencies=[may("查询会员", *READERS, scope=Scope.SUBTREE, shown=NAMES)])
async def search_members(body: SearchMembers, read: Read) -> Page[MemberView]:
    """Search by exact name or number. The search changes nothing and needs no Idempotency-Key."""
    return await page_of(read, MemberView, body.filter(read.index), body.paging())


@router.get(
    "/members/export",
    response_class=Response,
    dependencies=[may("导出会员信息", *READERS, scope=Scope.SUBTREE, shown=NAMES)],
)
async def export_members(
    read: Read, page: Paging, filters: Filters, format: ExportFormat = ExportFormat.XLSX
) -> Response:
    """The whole list as a file; numbers stay masked (D26)."""
    return await _export(read, filters, page, format)


@router.post(
    "/members/search/export",
    response_class=Response,
    dependencies=[may("导出会员信息", *READERS, scope=Scope.SUBTREE, shown=NAMES)],
)
async def export_search(body: SearchMembers, read: Read, format: ExportFormat = ExportFormat.XLSX) -> Response:
    """The result of a search as a file; numbers stay masked (D26)."""
    return await _export(read, body.filter(read.index), body.paging(), format)


async def page_of(read: ReadContext, view: type[View], filters: MemberFilter, page: PageRequest) -> Page[View]:
    """One page of the members within the caller's reach, each as `view`."""
    filters = await within_scope(read, filters)
    await _admit(read, filters)
    total = await member_lists.count(read.connection, filters)
    rows = await member_lists.page(read.connection, filters, page, total)
    return page.of(total, [view.of(row, read) for row in rows])


async def _admit(read: ReadContext, filters: MemberFilter) -> None:
    await admit(
        read,
        lambda: member_lists.count(read.connection, filters),
        ExactSearch.number(filters.number_keys, lambda: member_lists.count(read.connection, filters.number_alone())),
        ExactSearch.name(filters.name_keys, lambda: member_lists.count(read.connection, filters.name_alone())),
    )


async def _export(read: ReadContext, filters: MemberFilter, page: PageRequest, format: ExportFormat) -> Response:
    filters = await within_scope(read, filters)
    await _admit(read, filters)
    rows = member_lists.batches(read.connection, filters, page)
    return await export(
        read,
        name="members_exported",
        file_name="会员信息",
        columns=columns.MEMBERS,
        rows=each(rows, lambda row: exported(MemberView.of(row, read))),
        format=format,
        subject=str(filters.union_id or filters.scope_id or ""),
    )


@router.post(
    "/members/removals",
    response_model=RemovalAsked,
    status_code=202,
    dependencies=[may("删除会员", Role.HANDLER, scope=Scope.SUBTREE)],
)
async def post_removal(body: ChosenMembers, command: Command) -> Response:
    """Request the removal of all these members or of none.

    The members stay in the list as 删除待确认 until enrollment-svc grants or refuses the removal (A57). The response is
    UNDER_REVIEW if member-svc already knows that a member is under review. If enrollment-svc refuses later, the union
    gets a notice.
    """

    async def request(work: UnitOfWork) -> CommandResult:
        requested = await request_removal(body.member_ids, work)
        answer = RemovalAsked.of(requested)
        return CommandResult(answer, requested.events, detail={"people": answer.pending})

    return await command.once("members_removal_requested", request)
