"""Moves a unit with its members to another union. Lines submitted before the move stay with the old union (A56)."""

from dataclasses import dataclass
from uuid import UUID

from chassis.database import UnitOfWork
from chassis.domain import Forbidden, NotFound
from chassis.normalization import display_text
from chassis.web import reaches_city, require_reach
from contracts.event import Event
from contracts.unions import part_of
from member_svc.domain.refusals import (
    ParentUnknown,
    ReasonRequired,
    UnionInactive,
    UnitBusy,
    UnitInPlace,
    UnsupportedUnionType,
)
from member_svc.store import unions, unit_moves
from member_svc.usecases.union_events import publish


@dataclass(frozen=True, slots=True)
class UnitMove:
    move_id: UUID
    from_union_id: UUID
    to_union_id: UUID
    events: list[Event]


async def move_unit(unit_id: UUID, to_union_id: UUID, reason: str, work: UnitOfWork) -> UnitMove:
    """Move the unit, and publish both unions. A background job then publishes the unit's members."""
    reason = display_text(reason)
    if not reason:
        raise ReasonRequired
    connection = work.connection
    await unions.lock_tree(connection)
    origin = await unit_moves.lock_unit(connection, unit_id)
    await _require_reach(origin, to_union_id, work)
    if origin is None:
        raise NotFound
    if origin == to_union_id:
        raise UnitInPlace
    await _require_target(to_union_id, work)
    if await unit_moves.busy(connection, unit_id, origin):
        raise UnitBusy
    await unit_moves.move(connection, work.cause_id, unit_id, (origin, to_union_id), reason, work.now)
    await unions.touch(connection, [origin, to_union_id], work.now)
    part = {part_of(unit_id)}
    published = await publish([origin, to_union_id], {origin: part, to_union_id: part}, work)
    await work.enqueue("unit.move", str(work.cause_id), {"move_id": str(work.cause_id)})
    return UnitMove(work.cause_id, origin, to_union_id, published.events)


async def _require_reach(origin: UUID | None, to_union_id: UUID, work: UnitOfWork) -> None:
    """Raises Forbidden if the account does not reach both the unit's union and the target union.

    An unknown unit is refused in the same way, so that the answer does not show whether the unit exists. An account
    that reaches the whole city is not refused here. For an unknown unit, `move_unit` then raises NotFound.
    """
    assert work.actor is not None
    if await reaches_city(work.connection, work.actor):
        return
    if origin is None:
        raise Forbidden
    await require_reach(work.connection, work.actor, origin, to_union_id)


async def _require_target(union_id: UUID, work: UnitOfWork) -> None:
    target = await unions.entry(work.connection, union_id)
    if target is None:
        raise ParentUnknown("目标工会不存在，请先维护该工会")
    if not target.union_type.supported:
        raise UnsupportedUnionType(union_type=target.union_type.label)
    if not target.active:
        raise UnionInactive
