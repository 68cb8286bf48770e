"""Statements about moves of units to another union (A56)."""

from datetime import datetime
from uuid import UUID

from asyncpg import Record

from chassis.sql import Connection, Statement, columns_of
from member_svc.domain.people import MemberRecord
from member_svc.store.members import MEMBER
from member_svc.tables import UnitMoveRow

LOCK_UNIT = Statement("SELECT union_id FROM units WHERE unit_id = :unit_id FOR UPDATE")
BUSY = Statement(
    """SELECT EXISTS (SELECT FROM imports WHERE union_id = :union_id AND state = 'applying')
           OR EXISTS (SELECT FROM unit_moves WHERE unit_id = :unit_id AND done_at IS NULL)"""
)
MOVE_UNIT = Statement(
    """UPDATE units SET union_id = :target,
              position = (SELECT coalesce(max(position), -1) + 1 FROM units WHERE union_id = :target)
       WHERE unit_id = :unit_id"""
)
MOVE_MEMBERS = Statement(
    "UPDATE members SET union_id = :target, changed_at = :now WHERE unit_id = :unit_id AND union_id <> :target"
)
INSERT = Statement(
    """INSERT INTO unit_moves (move_id, unit_id, from_union_id, to_union_id, reason, parts, told_up_to, moved_at)
       VALUES (:move_id, :unit_id, :origin, :target, :reason, 0, '', :now)"""
)
PARTS = Statement("SELECT parts FROM unit_moves WHERE move_id = :move_id")
LOCK = Statement(
    "SELECT {move} FROM unit_moves WHERE move_id = :move_id AND (done_at IS NULL OR stopped) FOR UPDATE",
    move=columns_of(UnitMoveRow),
)
NEXT_MEMBERS = Statement(
    """SELECT {member} FROM members WHERE member_id IN (
           SELECT member_id FROM members
           WHERE union_id = :union_id AND unit_id = :unit_id AND removed_at IS NULL AND member_no > :told_up_to
           ORDER BY member_no LIMIT :limit)
       ORDER BY unit_id, person_key FOR UPDATE""",
    member=MEMBER,
)
ADVANCE = Statement("UPDATE unit_moves SET parts = parts + 1, told_up_to = :member_no WHERE move_id = :move_id")
END = Statement("UPDATE unit_moves SET done_at = :now, stopped = false WHERE move_id = :move_id")
STOP = Statement("UPDATE unit_moves SET done_at = :now, stopped = true WHERE move_id = :move_id AND done_at IS NULL")


async def lock_unit(connection: Connection, unit_id: UUID) -> UUID | None:
    """Lock a unit, and return its union, or None for an unknown unit.

    While the unit is locked, no import with people of this unit can be confirmed.
    """
    found: UUID | None = await LOCK_UNIT.fetchval(connection, unit_id=unit_id)
    return found


async def busy(connection: Connection, unit_id: UUID, union_id: UUID) -> bool:
    """Whether an import of the unit's union is being applied, or a move of the unit is running."""
    return bool(await BUSY.fetchval(connection, unit_id=unit_id, union_id=union_id))


async def move(
    connection: Connection, move_id: UUID, unit_id: UUID, unions: tuple[UUID, UUID], reason: str, now: datetime
) -> None:
    """Move the unit to the end of the target union's list of units, and store the move.

    `unions`: the unit's present union and the target union. All members of the unit move with it, removed members
    included.
    """
    origin, target = unions
    await MOVE_UNIT.execute(connection, unit_id=unit_id, target=target)
    await MOVE_MEMBERS.execute(connection, unit_id=unit_id, target=target, now=now)
    await INSERT.execute(
        connection, move_id=move_id, unit_id=unit_id, origin=origin, target=target, reason=reason, now=now
    )


async def parts(connection: Connection, move_id: UUID) -> int:
    """The number of parts that the move has published."""
    return int(await PARTS.fetchval(connection, move_id=move_id))


async def lock(connection: Connection, move_id: UUID) -> Record | None:
    """The move, locked until the end of the transaction. None if all its members are published."""
    return await LOCK.fetchrow(connection, move_id=move_id)


async def next_members(connection: Connection, move: Record, limit: int) -> list[MemberRecord]:
    """The next members that are not published yet, sorted by member number.

    The members are locked in the order of unit and person key, as everywhere in this service (`store/members.py`).
    """
    rows = await NEXT_MEMBERS.fetch(
        connection,
        union_id=move["to_union_id"],
        unit_id=move["unit_id"],
        told_up_to=move["told_up_to"],
        limit=limit,
    )
    return sorted(MEMBER.records(rows), key=lambda record: record.member_no)


async def advance(connection: Connection, move_id: UUID, member_no: str) -> None:
    """Store that one more part is published, and that the last member in it has this member number."""
    await ADVANCE.execute(connection, move_id=move_id, member_no=member_no)


async def end(connection: Connection, move_id: UUID, now: datetime) -> None:
    """End the move, because all members are published."""
    await END.execute(connection, move_id=move_id, now=now)


async def stop(connection: Connection, move_id: UUID, now: datetime) -> None:
    """Stop the move before all members are published."""
    await STOP.execute(connection, move_id=move_id, now=now)
