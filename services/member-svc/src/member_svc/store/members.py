"""Statements about members. Rows are locked in the order of unit and person key, so that there is no deadlock.

A *membership* is a row of `members`: one person in one unit.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from chassis.sql import Connection, Copy, Statement, columns_of, rows_of, set_of
from member_svc.domain.people import ExistingMembership, MemberRecord
from member_svc.tables import MemberRow

MEMBER = columns_of(MemberRow, MemberRecord)
WRITTEN = columns_of(MemberRow, MemberRecord, "tag_key")
#: The columns of a membership that can change, and its id.
CHANGED = WRITTEN.without("member_no", "union_id", "unit_id", "person_key", "document_type", "masked_number")
EXISTING = columns_of(
    MemberRow,
    ExistingMembership,
    removed="removed_at IS NOT NULL",
    removal_pending="removal_id IS NOT NULL",
)

# The statements about many person keys look up one key after another in the index `members_person_unit`. With
# `person_key = ANY(…)` PostgreSQL would decide by its statistics. Without statistics, it would read the whole table for
# each part. `OFFSET 0` keeps PostgreSQL from merging the subquery into the statement around it.
MEMBERSHIPS_OF = Statement(
    """SELECT m.* FROM unnest(:person_keys::text[]) AS k
       CROSS JOIN LATERAL (SELECT {existing} FROM members WHERE person_key = k OFFSET 0) AS m""",
    existing=EXISTING,
)
LOCK_ADDITIONS = Statement("SELECT pg_advisory_xact_lock(hashtextextended('members of ' || :unit_id::uuid, 0))")
LOCK_PEOPLE = Statement(
    """SELECT m.* FROM (SELECT k FROM unnest(:person_keys::text[]) AS k ORDER BY k) AS keys
       CROSS JOIN LATERAL (SELECT {member} FROM members WHERE person_key = k AND unit_id = :unit_id FOR UPDATE) AS m""",
    member=MEMBER,
)
LOCK_MEMBERS = Statement(
    "SELECT {member} FROM members WHERE member_id = ANY(:member_ids) ORDER BY unit_id, person_key FOR UPDATE",
    member=MEMBER,
)
NEXT_NUMBERS = Statement("SELECT lpad(nextval('member_numbers')::text, 12, '0') FROM generate_series(1, :count)")
ADD = Copy(WRITTEN, "created_at", "changed_at")
UPDATE = Statement(
    """UPDATE members AS m SET {changes}, changed_at = :now,
              removal_requested_at = CASE WHEN p.removal_id IS NULL THEN NULL ELSE m.removal_requested_at END
       FROM {people} AS p WHERE m.member_id = p.member_id""",
    changes=set_of(CHANGED.without("member_id"), "p"),
    people=rows_of(CHANGED),
)
# For each unit, find the first listed member of this unit or of a unit with a higher id. The unit has a member if the
# found member belongs to it. With `unit_id = u LIMIT 1`, and without statistics, PostgreSQL would read the table
# instead of the index `members_unit`.
UNITS_WITH_MEMBERS = Statement(
    """SELECT u FROM unnest(:unit_ids::uuid[]) AS u
       WHERE u = (SELECT m.unit_id FROM members AS m WHERE m.unit_id >= u AND m.removed_at IS NULL
                  ORDER BY m.unit_id LIMIT 1)"""
)
REQUEST_REMOVAL = Statement(
    "UPDATE members SET removal_id = :removal_id, removal_requested_at = :now WHERE member_id = ANY(:member_ids)"
)
REMOVE = Statement(
    """UPDATE members SET removed_at = :now, changed_at = :now, removal_id = NULL, removal_requested_at = NULL
       WHERE member_id = ANY(:member_ids)"""
)
CLEAR_REMOVAL = Statement(
    "UPDATE members SET removal_id = NULL, removal_requested_at = NULL WHERE member_id = ANY(:member_ids)"
)


async def memberships_of(connection: Connection, person_keys: Sequence[str]) -> list[ExistingMembership]:
    """Every membership of these people, in any unit."""
    return EXISTING.records(await MEMBERSHIPS_OF.fetch(connection, person_keys=sorted(set(person_keys))))


async def lock_additions(connection: Connection, unit_id: UUID) -> None:
    """Wait until no other transaction adds members to this unit. Until this transaction ends, all other transactions
    wait before they add members to the unit.

    Call it before `lock_people`, which then finds everybody whom another import has added.
    """
    await LOCK_ADDITIONS.execute(connection, unit_id=unit_id)


async def lock_people(connection: Connection, unit_id: UUID, person_keys: Sequence[str]) -> dict[str, MemberRecord]:
    """Lock the memberships of these people in this unit, removed ones included, in the order of the person key."""
    rows = await LOCK_PEOPLE.fetch(connection, unit_id=unit_id, person_keys=list(set(person_keys)))
    return {record.person_key: record for record in MEMBER.records(rows)}


async def lock_members(connection: Connection, member_ids: Sequence[UUID]) -> list[MemberRecord]:
    """Lock these memberships, removed ones included, in the order of unit and person key."""
    return MEMBER.records(await LOCK_MEMBERS.fetch(connection, member_ids=member_ids))


async def next_numbers(connection: Connection, count: int) -> list[str]:
    """New member numbers: 12 digits with leading zeros (F084). Unused numbers leave gaps."""
    return [row[0] for row in await NEXT_NUMBERS.fetch(connection, count=count)]


async def add(connection: Connection, people: Sequence[MemberRecord], now: datetime) -> None:
    """Add memberships to units that the caller has locked with `lock_additions`.

    The memberships must not exist yet.
    """
    if people:
        ordered = sorted(people, key=lambda record: record.person_key)
        await ADD.execute(connection, ordered, created_at=now, changed_at=now)


async def update(connection: Connection, people: Sequence[MemberRecord], now: datetime) -> None:
    """Write the changeable columns of memberships that the caller has locked."""
    if people:
        await UPDATE.execute(connection, people=people, now=now)


async def units_with_members(connection: Connection, unit_ids: Collection[UUID]) -> set[UUID]:
    """The units among `unit_ids` that have a member who is not removed."""
    return {row["u"] for row in await UNITS_WITH_MEMBERS.fetch(connection, unit_ids=list(unit_ids))}


async def request_removal(connection: Connection, member_ids: Sequence[UUID], removal_id: UUID, now: datetime) -> None:
    """Mark locked memberships as waiting for the decision on this request, and no longer on an earlier one (A57)."""
    await REQUEST_REMOVAL.execute(connection, member_ids=member_ids, removal_id=removal_id, now=now)


async def remove(connection: Connection, member_ids: Sequence[UUID], now: datetime) -> None:
    """Remove locked memberships from the list. Their sealed data stay, so that an import can revive them (A57)."""
    await REMOVE.execute(connection, member_ids=member_ids, now=now)


async def clear_removal(connection: Connection, member_ids: Sequence[UUID]) -> None:
    """Clear the removal request of locked memberships, because it was refused. The members stay in the list (A57)."""
    await CLEAR_REMOVAL.execute(connection, member_ids=member_ids)
