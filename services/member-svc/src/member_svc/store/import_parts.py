"""Statements about the parts of an import. Each part is applied and published in one transaction."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.sql import Connection, Copy, Statement, columns_of
from member_svc.domain.people import DETAILS, PlainValues, bytes_in_event
from member_svc.tables import ImportPartRow, StagedPersonRow

CREATED = "created"
CHANGED = "changed"


@dataclass(slots=True)
class Part:
    """The rows of one event."""

    purpose: str
    unit_id: UUID
    part_index: int
    part_count: int
    row_nos: list[int]


PART = columns_of(ImportPartRow, Part)
PLAIN_TEXTS = [name for name, kind in columns_of(StagedPersonRow, PlainValues).types.items() if kind == "TEXT"]
TEXTS = " + ".join(f"coalesce(octet_length(p.{name}), 0)" for name in PLAIN_TEXTS)
#: The rule of `differs` in `domain/people.py` as SQL: the staged person p changes the member m.
DIFFERS = " OR ".join(
    [
        "coalesce(p.name_written_key, p.name_key) <> coalesce(m.name_written_key, m.name_key)",
        *(f"p.{name} IS NOT NULL AND p.{name} IS DISTINCT FROM m.{name}" for name in DETAILS.names),
    ]
)
SIZES = """
    SELECT p.unit_id, p.row_no, octet_length(p.sealed), {texts}
    FROM import_people AS p {members}
    WHERE p.import_id = :import_id AND {condition} ORDER BY p.unit_id, p.row_no"""
NEW_PEOPLE = Statement(
    SIZES,
    texts=TEXTS,
    members="LEFT JOIN members AS m ON m.unit_id = p.unit_id AND m.person_key = p.person_key",
    condition="(m.member_id IS NULL OR m.removed_at IS NOT NULL OR m.removal_id IS NOT NULL)",
)
CHANGED_PEOPLE = Statement(
    SIZES,
    texts=TEXTS,
    members="JOIN members AS m ON m.unit_id = p.unit_id AND m.person_key = p.person_key",
    condition="m.removed_at IS NULL AND m.removal_id IS NULL AND ({differs})",
    differs=DIFFERS,
)
INSERT_PARTS = Copy(PART, "import_id")
OPEN_PARTS = Statement(
    """SELECT unit_id, part_index FROM import_parts
       WHERE import_id = :import_id AND purpose = :purpose AND applied_at IS NULL ORDER BY unit_id, part_index"""
)
MARK_APPLIED = Statement(
    """UPDATE import_parts SET applied_at = :now
       WHERE import_id = :import_id AND purpose = :purpose AND unit_id = :unit_id AND part_index = :index
         AND applied_at IS NULL
       RETURNING {part}""",
    part=PART,
)
MARK_UNCHANGED = Statement(
    """WITH waiting AS (
           SELECT unnest(row_nos) AS row_no FROM import_parts WHERE import_id = :import_id AND applied_at IS NULL
       ), unchanged AS (
           DELETE FROM import_people AS p WHERE import_id = :import_id
           AND NOT EXISTS (SELECT FROM waiting AS w WHERE w.row_no = p.row_no) RETURNING row_no
       ), reported AS (
           UPDATE import_rows AS r SET outcome = 'unchanged' FROM unchanged AS g
           WHERE r.import_id = :import_id AND r.row_no = g.row_no AND r.outcome <> 'unchanged'
       )
       SELECT count(*) FROM unchanged"""
)


async def sizes(connection: Connection, import_id: UUID, purpose: str) -> dict[UUID, list[tuple[int, int]]]:
    """The people to create (`purpose` CREATED) or to change (CHANGED), by unit and in sheet order.

    Each person is a pair of the row number and the maximum bytes in an event.
    """
    found: dict[UUID, list[tuple[int, int]]] = defaultdict(list)
    people = NEW_PEOPLE if purpose == CREATED else CHANGED_PEOPLE
    text, arguments = people.bind(import_id=import_id)
    async for unit_id, row_no, sealed, texts in connection.cursor(text, *arguments, prefetch=5000):
        found[unit_id].append((row_no, bytes_in_event(sealed, texts)))
    return found


async def insert_parts(connection: Connection, import_id: UUID, parts: Sequence[Part]) -> None:
    """Store the parts with their rows."""
    await INSERT_PARTS.execute(connection, parts, import_id=import_id)


async def open_parts(connection: Connection, import_id: UUID, purpose: str) -> list[tuple[UUID, int]]:
    """Unit and index of the parts that are not applied yet, in order."""
    rows = await OPEN_PARTS.fetch(connection, import_id=import_id, purpose=purpose)
    return [(row["unit_id"], row["part_index"]) for row in rows]


async def mark_applied(
    connection: Connection, import_id: UUID, purpose: str, unit_id: UUID, index: int, now: datetime
) -> Part | None:
    """Mark a part as applied, in the transaction that applies it. None if it is marked already."""
    row = await MARK_APPLIED.fetchrow(
        connection, import_id=import_id, purpose=purpose, unit_id=unit_id, index=index, now=now
    )
    return PART.record(row) if row else None


async def mark_unchanged(connection: Connection, import_id: UUID) -> int:
    """Mark the staged people who are in no CHANGED part as unchanged, and delete them. Returns their number.

    Called after the CHANGED parts are stored. At this time, all CREATED parts are applied, and the people whom they
    added are not staged any more. A person who is still staged and in no CHANGED part is a member already. The row of
    this person has no new value, or the member's removal was requested after the CREATED parts were stored.
    """
    return int(await MARK_UNCHANGED.fetchval(connection, import_id=import_id))
