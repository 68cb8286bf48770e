"""Unions and units over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from chassis.database import UnitOfWork
from chassis.domain import NotFound
from chassis.validation import Body, Version, example
from chassis.web import Command, CommandResult, Page, Paging, Read, Scope, may, reach, refuses, require_reach
from contracts.words import Role, UnionType
from member_svc.api.examples import PUT_UNION, UNION_ID
from member_svc.api.unions.schemas import UnionView, views_of
from member_svc.api.unions.unit_schemas import Name, UnitBody
from member_svc.domain.refusals import CodesDisagree, CreditCodeInvalid, OrganizationCodeInvalid
from member_svc.store import unions
from member_svc.store.unions import UnionDraft, UnionFilter
from member_svc.usecases.reach import READERS
from member_svc.usecases.unions import put_unions

router = APIRouter(tags=["unions"])

MOST_UNIONS = 5000
#: The maximum number of units of one union in one request. `POST /unions/{union_id}/units` adds further units.
MOST_LISTED = 10_000


class UnionBody(Body):
    """`units` is the whole list of up to 10,000 units. If `units` is missing or null, the union keeps its units."""

    name: Name
    union_type: UnionType
    parent_id: UUID | None = None
    units: Annotated[list[UnitBody], Field(max_length=MOST_LISTED)] | None = None
    active: bool = True
    has_reviewer: bool = True

    @refuses(CodesDisagree, CreditCodeInvalid, OrganizationCodeInvalid)
    def draft(self, union_id: UUID) -> UnionDraft:
        return UnionDraft(
            union_id=union_id,
            name=self.name,
            union_type=self.union_type,
            parent_id=self.parent_id,
            active=self.active,
            has_reviewer=self.has_reviewer,
            units=None if self.units is None else [unit.unit() for unit in self.units],
        )


class PutUnion(UnionBody):
    """`version` is the version that the caller read last (0 for a new union). Without `version`, any stored version is
    replaced.
    """

    model_config = example(PUT_UNION | {"version": 0})

    version: Version | None = None


class ListedUnion(UnionBody):
    union_id: UUID


class PutUnions(Body):
    model_config = example({"unions": [PUT_UNION | {"union_id": UNION_ID}]})

    unions: list[ListedUnion] = Field(min_length=1, max_length=MOST_UNIONS)


class PutMany(BaseModel):
    """`written`: the number of unions in the request. `told`: the number of published unions. If a union gets another
    superior union, the unions below it are published and counted, too."""

    model_config = example({"written": 1, "told": 1})

    written: int
    told: int


@router.put(
    "/unions/{union_id}",
    response_model=UnionView,
    dependencies=[may("维护工会和单位", Role.MUNICIPAL, scope=Scope.SUBTREE)],
)
async def put_union(union_id: UUID, body: PutUnion, command: Command) -> Response:
    """Write a union, and its units if the body has them. If the union gets another superior union, all unions below it
    are published, too (A56).
    """

    async def put(work: UnitOfWork) -> CommandResult:
        published = await put_unions([body.draft(union_id)], work, version=body.version)
        [view] = await views_of(work.connection, [entry for entry in published.entries if entry.union_id == union_id])
        return CommandResult(view, published.events, subject=str(union_id), detail={"told": len(published.entries)})

    return await command.once("union_put", put)


@router.post(
    "/unions/bulk",
    response_model=PutMany,
    dependencies=[may("批量维护工会和单位", Role.MUNICIPAL, scope=Scope.SUBTREE)],
)
async def put_many(body: PutUnions, command: Command) -> Response:
    """Write up to 5,000 unions, all or none. The superior of a union can be in the same request."""

    async def put(work: UnitOfWork) -> CommandResult:
        published = await put_unions([union.draft(union.union_id) for union in body.unions], work)
        answer = PutMany(written=len(body.unions), told=len(published.entries))
        return CommandResult(answer, published.events, detail=answer.model_dump())

    return await command.once("unions_put", put)


@router.get("/unions", dependencies=[may("查看工会", *READERS, scope=Scope.SUBTREE)])
async def list_unions(
    read: Read,
    page: Paging,
    parent_id: UUID | None = None,
    union_type: UnionType | None = None,
    name: Annotated[str | None, Query(max_length=100, description="part of the union's name")] = None,
    active: bool | None = None,
) -> Page[UnionView]:
    """The caller's own union and everything below it; the whole tree for the municipal federation."""
    filters = UnionFilter(reach(read.principal), parent_id, union_type, name, active)
    total = await unions.count(read.connection, filters)
    found = await unions.page(read.connection, filters, page)
    return page.of(total, await views_of(read.connection, found))


@router.get("/unions/{union_id}", dependencies=[may("查看工会", *READERS, scope=Scope.SUBTREE)])
async def get_union(union_id: UUID, read: Read) -> UnionView:
    """One union with its units, within the caller's subtree."""
    await require_reach(read.connection, read.principal, union_id)
    entry = await unions.entry(read.connection, union_id)
    if entry is None:
        raise NotFound
    [view] = await views_of(read.connection, [entry])
    return view
