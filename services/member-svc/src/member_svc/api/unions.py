"""Unions and units over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from chassis.access import may
from chassis.http import Act, Done, Page, Paging, Read
from chassis.normalization import bare_code_key
from chassis.parameters import SHOWN, Body, Code, ShortText, Version
from chassis.reachable import refuses
from chassis.refusals import NotFound
from chassis.scope import reach, require_reach
from chassis.work import Work
from contracts.unions import Unit
from contracts.words import Role, UnionType
from member_svc.api.examples import IMPORT_ID, PUT_UNION, UNION_ID
from member_svc.api.union_views import UnionView
from member_svc.domain import CodesDisagree, CreditCodeInvalid, OrganizationCodeInvalid
from member_svc.organization_codes import is_credit_code, is_organization_code, organization_code_of
from member_svc.reach import READERS
from member_svc.store import unions
from member_svc.store.unions import UnionDraft, UnionFilter
from member_svc.usecases.unions import put_unions
from member_svc.usecases.unit_moves import move_unit

router = APIRouter(tags=["unions"])

MOST_UNIONS = 5000

Name = Annotated[str, StringConstraints(min_length=1, max_length=100), SHOWN]


class UnitBody(Body):
    """Either code may be left out; an 18-character one under `organization_code` is taken as the credit code (F086)."""

    unit_id: UUID
    name: Name
    organization_code: Code | None = None
    credit_code: Code | None = None

    def unit(self) -> Unit:
        """Raises OrganizationCodeInvalid, CreditCodeInvalid or CodesDisagree."""
        organization = bare_code_key(self.organization_code or "") or None
        credit = bare_code_key(self.credit_code or "") or None
        if organization and len(organization) == 18:
            if credit not in (None, organization):
                raise CodesDisagree(unit_id=str(self.unit_id))
            organization, credit = None, organization
        if credit and not is_credit_code(credit):
            raise CreditCodeInvalid(unit_id=str(self.unit_id))
        if organization and not is_organization_code(organization):
            raise OrganizationCodeInvalid(unit_id=str(self.unit_id))
        inside = organization_code_of(credit) if credit else None
        if organization and inside and organization != inside:
            raise CodesDisagree(unit_id=str(self.unit_id))
        return Unit(unit_id=self.unit_id, name=self.name, organization_code=organization or inside, credit_code=credit)


class UnionBody(Body):
    name: Name
    union_type: UnionType
    parent_id: UUID | None = None
    units: list[UnitBody] = Field(default_factory=list, max_length=1000)
    active: bool = True
    has_reviewer: bool = True

    @refuses(CodesDisagree, CreditCodeInvalid, OrganizationCodeInvalid)
    def draft(self, union_id: UUID) -> UnionDraft:
        units = [unit.unit() for unit in self.units]
        return UnionDraft(union_id, self.name, self.union_type, self.parent_id, units, self.active, self.has_reviewer)


class PutUnion(UnionBody):
    """`version` is the one seen last (0 for a union that is to be new); left out, whatever is there is replaced."""

    model_config = ConfigDict(json_schema_extra={"examples": [PUT_UNION | {"version": 0}]})

    version: Version | None = None


class ListedUnion(UnionBody):
    union_id: UUID


class PutUnions(Body):
    model_config = ConfigDict(json_schema_extra={"examples": [{"unions": [PUT_UNION | {"union_id": UNION_ID}]}]})

    unions: list[ListedUnion] = Field(min_length=1, max_length=MOST_UNIONS)


class PutMany(BaseModel):
    """`written` of the request, `told` with everything below that moved along."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"written": 1, "told": 1}]})

    written: int
    told: int


@router.put("/unions/{union_id}", response_model=UnionView, dependencies=[may("维护工会和单位", Role.MUNICIPAL)])
async def put_union(union_id: UUID, body: PutUnion, act: Act) -> Response:
    """Write a union with its units; moving it tells everything below it anew (A56)."""

    async def put(work: Work) -> Done:
        written, events = await put_unions([body.draft(union_id)], work, version=body.version)
        return Done(UnionView.of(written[0]), events, subject=str(union_id), detail={"told": len(events)})

    return await act.once("union_put", put)


@router.post("/unions/bulk", response_model=PutMany, dependencies=[may("批量维护工会和单位", Role.MUNICIPAL)])
async def put_many(body: PutUnions, act: Act) -> Response:
    """Up to 5,000 unions at once, all or none; a superior may stand in the same request."""

    async def put(work: Work) -> Done:
        written, events = await put_unions([union.draft(union.union_id) for union in body.unions], work)
        answer = PutMany(written=len(written), told=len(events))
        return Done(answer, events, detail={"written": len(written), "told": len(events)})

    return await act.once("unions_put", put)


class MoveUnit(Body):
    model_config = ConfigDict(json_schema_extra={"examples": [{"to_union_id": UNION_ID, "reason": "企业迁入本街道"}]})

    to_union_id: UUID
    reason: ShortText


class UnitMoving(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [{"move_id": IMPORT_ID}]})

    move_id: UUID


@router.post(
    "/units/{unit_id}/move", status_code=202, response_model=UnitMoving, dependencies=[may("单位划转", Role.MUNICIPAL)]
)
async def post_move(unit_id: UUID, body: MoveUnit, act: Act) -> Response:
    """The unit goes to another union with its members; lines already submitted stay as they are (A56)."""
    return await act.once("unit_moved", lambda work: move_unit(unit_id, body.to_union_id, body.reason, work))


@router.get("/unions", dependencies=[may("查看工会", *READERS)])
async def list_unions(
    read: Read,
    page: Paging,
    parent_id: UUID | None = None,
    union_type: UnionType | None = None,
    name: Annotated[str | None, Query(max_length=100, description="part of the union's name")] = None,
    active: bool | None = None,
) -> Page[UnionView]:
    """The caller's own union and everything below it; the whole tree for the municipal federation."""
    wanted = UnionFilter(reach(read.principal), parent_id, union_type, name, active)
    total = await unions.count(read.connection, wanted)
    found = await unions.page(read.connection, wanted, page)
    return page.of(total, [UnionView.of(entry) for entry in found])


@router.get("/unions/{union_id}", dependencies=[may("查看工会", *READERS)])
async def get_union(union_id: UUID, read: Read) -> UnionView:
    """One union with its units, within the caller's subtree."""
    await require_reach(read.connection, read.principal, union_id)
    entry = await unions.entry(read.connection, union_id)
    if entry is None:
        raise NotFound
    return UnionView.of(entry)
