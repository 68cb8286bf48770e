"""Statements about the parts of an import. Each part is applied and published in one transaction."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.sql import Connection, Copy, Statement, columns_of
from member_svc.domain.people import DETAILS, PlainValues, bytes_in_event
from member_svc.tables import ImportPartRow, MemberRow, StagedPeopleRow

CREATED = "created"
CHANGED = "changed"


@dataclass(slots=True)
class Part:
    """The rows of one event, in sheet order. `purpose`: CREATED if the event adds people, CHANGED if it changes
    members.
    """

    purpose: str
    unit_id: UUID
    part_index: int
    part_count: int
    row_nos: list[int]


PART = columns_of(ImportPartRow, Part)
PLAIN_TEXTS = [name for name, kind in columns_of(StagedPeopleRow, PlainValues).types.items() if kind == "TEXT[]"]
TEXTS = " + ".join(f"coalesce(octet_length(p.{name}), 0)" for name in PLAIN_TEXTS)
#: The rule of `differs` in `domain/people.py` as SQL: whether the row of the staged person p changes the member m.
DIFFERS = " OR ".join(
    [
        "coalesce(p.name_written_key, p.name_key) <> coalesce(m.name_written_key, m.name_key)",
        *(f"p.{name} IS NOT NULL AND p.{name} IS DISTINCT FROM m.{name}" for name in DETAILS.names),
    ]
)
#: The values of a staged person that are compared with the values of the member.
PLANNED = ("person_key", "name_key", "name_written_key", *DETAILS.names)
UNNESTED = ", ".join(f"unnest(s.{name}) AS {name}" for name in PLANNED)
COMPARED = columns_of(
    MemberRow, "member_id", "removed_at", "removal_id", "name_key", "name_written_key", *DETAILS.names
)
# One row for each unit. OFFSET 0 makes PostgreSQL find the members one by one in the index `members_person_unit`,
# whatever the statistics say (see `store/members.py`).
SIZES = """
    SELECT p.unit_id, array_agg(p.row_no) AS row_nos, array_agg(p.sealed) AS sealed, array_agg({texts}) AS texts
    FROM (SELECT s.unit_id, unnest(s.row_no) AS row_no, octet_length(unnest(s.sealed)) AS sealed, {unnested}
          FROM import_people AS s WHERE s.import_id = :import_id OFFSET 0) AS p
    LEFT JOIN LATERAL (
        SELECT {compared} FROM members WHERE person_key = p.person_key AND unit_id = p.unit_id OFFSET 0) AS m ON true
    WHERE {condition} GROUP BY p.unit_id ORDER BY p.unit_id"""
NEW_PEOPLE = Statement(
    SIZES,
    unnested=UNNESTED,
    compared=COMPARED,
    texts=TEXTS,
    condition="m.member_id IS NULL OR m.removed_at IS NOT NULL OR m.removal_id IS NOT NULL",
)
CHANGED_PEOPLE = Statement(
    SIZES,
    unnested=UNNESTED,
    compared=COMPARED,
    texts=TEXTS,
    condition="m.member_id IS NOT NULL AND m.removed_at IS NULL AND m.removal_id IS NULL AND ({differs})",
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
LEAVE_OUT = Statement(
    """UPDATE import_parts SET left_out = :left_out
       WHERE import_id = :import_id AND purpose = :purpose AND unit_id = :unit_id AND part_index = :part_index"""
)
CREATED_COUNT = Statement(
    """SELECT coalesce(sum(cardinality(row_nos) - cardinality(left_out)), 0) FROM import_parts
       WHERE import_id = :import_id AND purpose = 'created'"""
)
CREATED_ROWS = Statement(
    "SELECT row_nos, left_out FROM import_parts WHERE import_id = :import_id AND purpose = 'created'"
)


async def sizes(connection: Connection, import_id: UUID, purpose: str) -> Iterable[tuple[UUID, list[tuple[int, int]]]]:
    """The people to create (`purpose` CREATED) or to change (CHANGED), one unit after the other, in sheet order.

    Each person is a pair of the row number and the maximum bytes in an event. The pairs of 100,000 people would need
    10 MB, so the pairs of a unit are made only when the caller asks for the unit.
    """
    people = NEW_PEOPLE if purpose == CREATED else CHANGED_PEOPLE
    rows = await people.fetch(connection, import_id=import_id)
    return (
        (unit_id, sorted(zip(row_nos, map(bytes_in_event, sealed, texts), strict=True)))
        for unit_id, row_nos, sealed, texts in rows
    )


async def insert_parts(connection: Connection, import_id: UUID, parts: Sequence[Part]) -> None:
    """Store the parts with their rows."""
    await INSERT_PARTS.execute(connection, parts, import_id=import_id)


async def open_parts(connection: Connection, import_id: UUID, purpose: str) -> list[tuple[UUID, int]]:
    """The unit and the index of each part that is not applied yet, in order."""
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


async def leave_out(connection: Connection, import_id: UUID, part: Part, row_nos: Sequence[int]) -> None:
    """Store the rows of a CREATED part whose people were members already when the part was applied."""
    if row_nos:
        await LEAVE_OUT.execute(connection, part, import_id=import_id, left_out=row_nos)


async def created_count(connection: Connection, import_id: UUID) -> int:
    """How many people the CREATED parts have added, after all these parts are applied."""
    return int(await CREATED_COUNT.fetchval(connection, import_id=import_id))


async def created_rows(connection: Connection, import_id: UUID) -> set[int]:
    """The rows whose people the CREATED parts have added, after all these parts are applied."""
    rows = await CREATED_ROWS.fetch(connection, import_id=import_id)
    left_out = {row_no for row in rows for row_no in row["left_out"]}
    return {row_no for row in rows for row_no in row["row_nos"]} - left_out
