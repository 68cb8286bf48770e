"""Statements about members. Whoever locks several rows locks them by unit and person key, so that nobody deadlocks."""

from collections.abc import Collection, Sequence
from dataclasses import fields
from datetime import date, datetime
from operator import attrgetter
from typing import Any, NamedTuple
from uuid import UUID

from member_svc.people import MemberRecord
from member_svc.store.connection import Connection

COLUMNS = """member_id, member_no, union_id, unit_id, person_key, document_type, masked_name, masked_number,
             name_key, mobile_key, card_key, sealed, card_sealed, tag, joined_on, removed_at, name_written_key,
             removal_id"""


VALUES = attrgetter(*(field.name for field in fields(MemberRecord)), "tag_key")


class KnownPerson(NamedTuple):
    """What the check compares a row with."""

    unit_id: UUID
    person_key: str
    written: str
    mobile_key: str | None
    card_key: str | None
    tag: str | None
    joined_on: date | None
    removed: bool
    removal_pending: bool = False


async def known_people(connection: Connection, person_keys: Sequence[str]) -> list[KnownPerson]:
    """Every membership of these people, in whatever unit."""
    rows = await connection.fetch(
        """SELECT unit_id, person_key, coalesce(name_written_key, name_key), mobile_key, card_key, tag, joined_on,
                  removed_at IS NOT NULL, removal_id IS NOT NULL
           FROM members WHERE person_key = ANY($1)""",
        list(person_keys),
    )
    return [KnownPerson(*row) for row in rows]


async def lock_people(connection: Connection, unit_id: UUID, person_keys: Sequence[str]) -> dict[str, MemberRecord]:
    """The memberships of these people in this unit, removed ones included, locked in the agreed order."""
    rows = await connection.fetch(
        f"""SELECT {COLUMNS} FROM members WHERE unit_id = $1 AND person_key = ANY($2)
            ORDER BY person_key FOR UPDATE""",  # noqa: S608 - a constant
        unit_id,
        list(person_keys),
    )
    return {row["person_key"]: MemberRecord(*row) for row in rows}


async def lock_members(connection: Connection, member_ids: Sequence[UUID]) -> list[MemberRecord]:
    """These memberships, removed ones included, locked in the agreed order."""
    rows = await connection.fetch(
        f"""SELECT {COLUMNS} FROM members WHERE member_id = ANY($1)
            ORDER BY unit_id, person_key FOR UPDATE""",  # noqa: S608 - a constant
        list(member_ids),
    )
    return [MemberRecord(*row) for row in rows]


async def next_numbers(connection: Connection, count: int) -> list[str]:
    """Fresh member numbers: 12 digits with leading zeros (F084). Numbers that are not used leave gaps."""
    rows = await connection.fetch(
        "SELECT lpad(nextval('member_numbers')::text, 12, '0') FROM generate_series(1, $1)", count
    )
    return [row[0] for row in rows]


async def insert(connection: Connection, people: Sequence[MemberRecord], now: datetime) -> set[str]:
    """Add memberships; who came first through another import stays as he is. Returns the person keys added."""
    if not people:
        return set()
    ordered = sorted(people, key=lambda record: record.person_key)
    rows = await connection.fetch(
        f"""INSERT INTO members ({COLUMNS}, tag_key, created_at, changed_at)
            SELECT t.*, $20, $20 FROM unnest(
                $1::uuid[], $2::text[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[],
                $9::text[], $10::text[], $11::text[], $12::bytea[], $13::bytea[], $14::text[], $15::date[],
                $16::timestamptz[], $17::text[], $18::uuid[], $19::text[]) AS t
            ON CONFLICT DO NOTHING RETURNING person_key""",  # noqa: S608 - a constant
        *_columns(ordered),
        now,
    )
    return {row["person_key"] for row in rows}


async def update(connection: Connection, people: Sequence[MemberRecord], now: datetime) -> None:
    """Write the changeable columns of memberships that the caller has locked."""
    if not people:
        return
    await connection.execute(
        """UPDATE members AS m SET masked_name = t.masked_name, name_key = t.name_key, mobile_key = t.mobile_key,
                  card_key = t.card_key, sealed = t.sealed, card_sealed = t.card_sealed, tag = t.tag,
                  joined_on = t.joined_on, removed_at = t.removed_at, name_written_key = t.name_written_key,
                  tag_key = t.tag_key, changed_at = $10, removal_id = t.removal_id,
                  removal_requested_at = CASE WHEN t.removal_id IS NULL THEN NULL ELSE m.removal_requested_at END
           FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bytea[], $7::bytea[],
                       $8::text[], $9::date[], $11::timestamptz[], $12::text[], $13::text[], $14::uuid[])
                AS t (member_id, masked_name, name_key, mobile_key, card_key, sealed, card_sealed, tag, joined_on,
                      removed_at, name_written_key, tag_key, removal_id)
           WHERE m.member_id = t.member_id""",
        [p.member_id for p in people],
        [p.masked_name for p in people],
        [p.name_key for p in people],
        [p.mobile_key for p in people],
        [p.card_key for p in people],
        [p.sealed for p in people],
        [p.card_sealed for p in people],
        [p.tag for p in people],
        [p.joined_on for p in people],
        now,
        [p.removed_at for p in people],
        [p.name_written_key for p in people],
        [p.tag_key for p in people],
        [p.removal_id for p in people],
    )


async def units_with_members(connection: Connection, unit_ids: Collection[UUID]) -> set[UUID]:
    """Those of these units in which somebody is listed."""
    rows = await connection.fetch(
        """SELECT u FROM unnest($1::uuid[]) AS u
           WHERE EXISTS (SELECT FROM members AS m WHERE m.unit_id = u AND m.removed_at IS NULL)""",
        list(unit_ids),
    )
    return {row["u"] for row in rows}


async def request_removal(connection: Connection, member_ids: Sequence[UUID], removal_id: UUID, now: datetime) -> None:
    """Memberships that the caller has locked wait for the answer to this request; an earlier one is forgotten (A57)."""
    await connection.execute(
        "UPDATE members SET removal_id = $2, removal_requested_at = $3 WHERE member_id = ANY($1)",
        list(member_ids),
        removal_id,
        now,
    )


async def remove(connection: Connection, member_ids: Sequence[UUID], now: datetime) -> None:
    """Take memberships that the caller has locked out of the list; they stay sealed, to be revived (A57)."""
    await connection.execute(
        """UPDATE members SET removed_at = $2, changed_at = $2, removal_id = NULL, removal_requested_at = NULL
           WHERE member_id = ANY($1)""",
        list(member_ids),
        now,
    )


async def keep(connection: Connection, member_ids: Sequence[UUID]) -> None:
    """Memberships that the caller has locked stay in the list: their removal was refused (A57)."""
    await connection.execute(
        "UPDATE members SET removal_id = NULL, removal_requested_at = NULL WHERE member_id = ANY($1)",
        list(member_ids),
    )


def _columns(people: Sequence[MemberRecord]) -> list[list[Any]]:
    return [list(values) for values in zip(*map(VALUES, people), strict=True)]
