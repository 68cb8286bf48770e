"""The units of one union over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from chassis.database import UnitOfWork
from chassis.domain import NotFound
from chassis.validation import Body, ShortText, Version, example
from chassis.web import Command, CommandResult, Page, Paging, Read, Scope, may, refuses, require_reach
from contracts.unions import Unit
from contracts.words import Role
from member_svc.api.examples import IMPORT_ID, PUT_UNIT, UNION_ID, UNIT
from member_svc.api.unions.unit_schemas import UnitBody
from member_svc.domain.refusals import CodesDisagree, CreditCodeInvalid, OrganizationCodeInvalid
from member_svc.store import unions, units
from member_svc.usecases.reach import READERS
from member_svc.usecases.unit_changes import UnitChanges, change_units
from member_svc.usecases.unit_moves import move_unit

router = APIRouter(tags=["unions"])

#: The maximum length of each list of a request: units to add, units to change, units to remove.
MOST_CHANGES = 1_000
UnitList = Annotated[list[UnitBody], Field(default_factory=list, max_length=MOST_CHANGES)]


class ChangeUnits(Body):
    """`add` lists new units, `change` lists units with their new name and codes, and `remove` lists ids of units.

    Each list has up to 1,000 entries. `version` is the union's version that the caller read last. Without `version`,
    any stored version is changed.
    """

    model_config = example({"version": 1, "add": [PUT_UNIT], "change": [], "remove": []})

    add: UnitList
    change: UnitList
    remove: Annotated[list[UUID], Field(default_factory=list, max_length=MOST_CHANGES)]
    version: Version | None = None

    @refuses(CodesDisagree, CreditCodeInvalid, OrganizationCodeInvalid)
    def changes(self) -> UnitChanges:
        return UnitChanges([unit.unit() for unit in self.add], [unit.unit() for unit in self.change], self.remove)


class UnitsChanged(BaseModel):
    """The union's new version and its number of units."""

    model_config = example(
        {"union_id": UNION_ID, "version": 2, "unit_count": 1, "added": 1, "changed": 0, "removed": 0}
    )

    union_id: UUID
    version: int
    unit_count: int
    added: int
    changed: int
    removed: int


@router.post(
    "/unions/{union_id}/units",
    response_model=UnitsChanged,
    dependencies=[may("维护单位", Role.MUNICIPAL, scope=Scope.SUBTREE)],
)
async def post_units(union_id: UUID, body: ChangeUnits, command: Command) -> Response:
    """Add, change and remove units of a union, all or none. Units that the request does not name stay unchanged."""

    async def change(work: UnitOfWork) -> CommandResult:
        published = await change_units(union_id, body.changes(), work, version=body.version)
        numbers = {"added": len(body.add), "changed": len(body.change), "removed": len(body.remove)}
        answer = UnitsChanged(
            union_id=union_id,
            version=published.entries[0].version,
            unit_count=published.unit_counts[union_id],
            **numbers,
        )
        return CommandResult(answer, published.events, subject=str(union_id), detail=numbers)

    return await command.once("units_changed", change)


class UnitView(Unit):
    """A unit of the union."""

    model_config = example(UNIT)


@router.get("/unions/{union_id}/units", dependencies=[may("查看工会", *READERS, scope=Scope.SUBTREE)])
async def list_units(union_id: UUID, read: Read, page: Paging) -> Page[UnitView]:
    """The units of the union, by default in the order of its list. The union must be in the caller's subtree."""
    await require_reach(read.connection, read.principal, union_id)
    if await unions.entry(read.connection, union_id) is None:
        raise NotFound
    total = (await units.counts(read.connection, [union_id])).get(union_id, 0)
    found = await units.page(read.connection, union_id, page)
    return page.of(total, [UnitView(**unit.model_dump()) for unit in found])


class MoveUnit(Body):
    model_config = example({"to_union_id": UNION_ID, "reason": "企业迁入本街道"})

    to_union_id: UUID
    reason: ShortText


class UnitMoving(BaseModel):
    model_config = example({"move_id": IMPORT_ID})

    move_id: UUID


@router.post(
    "/units/{unit_id}/move",
    status_code=202,
    response_model=UnitMoving,
    dependencies=[may("单位划转", Role.MUNICIPAL, scope=Scope.SUBTREE)],
)
async def post_move(unit_id: UUID, body: MoveUnit, command: Command) -> Response:
    """Move the unit and its members to another union. Submitted lines stay with the old union (A56)."""

    async def move(work: UnitOfWork) -> CommandResult:
        moved = await move_unit(unit_id, body.to_union_id, body.reason, work)
        detail = {"from_union_id": str(moved.from_union_id), "to_union_id": str(moved.to_union_id)}
        return CommandResult(UnitMoving(move_id=moved.move_id), moved.events, subject=str(unit_id), detail=detail)

    return await command.once("unit_moved", move)
