"""Statements about the parts in which an import is applied and told."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.sql import Connection

CREATED = "created"
CHANGED = "changed"


@dataclass(slots=True)
class Part:
    """The rows of one event."""

    purpose: str
    unit_id: UUID
    index: int
    count: int
    row_nos: list[int]


NEW_PEOPLE = """
    SELECT p.unit_id, p.row_no, octet_length(p.sealed), coalesce(octet_length(p.tag), 0)
    FROM import_people AS p LEFT JOIN members AS m ON m.unit_id = p.unit_id AND m.person_key = p.person_key
    WHERE p.import_id = $1 AND (m.member_id IS NULL OR m.removed_at IS NOT NULL OR m.removal_id IS NOT NULL)
    ORDER BY p.unit_id, p.row_no"""
CHANGED_PEOPLE = """
    SELECT p.unit_id, p.row_no, octet_length(p.sealed), coalesce(octet_length(p.tag), 0)
    FROM import_people AS p JOIN members AS m ON m.unit_id = p.unit_id AND m.person_key = p.person_key
    WHERE p.import_id = $1 AND m.removed_at IS NULL AND m.removal_id IS NULL
      AND (coalesce(p.name_written_key, p.name_key) <> coalesce(m.name_written_key, m.name_key)
           OR p.mobile_key IS NOT NULL AND p.mobile_key IS DISTINCT FROM m.mobile_key
           OR p.card_key IS NOT NULL AND p.card_key IS DISTINCT FROM m.card_key
           OR p.tag IS NOT NULL AND p.tag IS DISTINCT FROM m.tag
           OR p.joined_on IS NOT NULL AND p.joined_on IS DISTINCT FROM m.joined_on)
    ORDER BY p.unit_id, p.row_no"""


async def sizes(connection: Connection, import_id: UUID, purpose: str) -> dict[UUID, list[tuple[int, int]]]:
    """Per unit: (row, bytes it may take in an event) of the people to be created or changed, in sheet order."""
    found: dict[UUID, list[tuple[int, int]]] = defaultdict(list)
    sql = NEW_PEOPLE if purpose == CREATED else CHANGED_PEOPLE
    async for unit_id, row_no, sealed, tag in connection.cursor(sql, import_id, prefetch=5000):
        # The name stands twice: masked, and in base64 in the sealed block. Ids, keys and field names take 400.
        found[unit_id].append((row_no, 400 + 3 * sealed + tag))
    return found


async def fix_parts(connection: Connection, import_id: UUID, parts: Sequence[Part]) -> None:
    """Write down which rows go in which part."""
    await connection.copy_records_to_table(
        "import_parts",
        records=[(import_id, p.purpose, p.unit_id, p.index, p.count, p.row_nos) for p in parts],
        columns=["import_id", "purpose", "unit_id", "part_index", "part_count", "row_nos"],
    )


async def open_parts(connection: Connection, import_id: UUID, purpose: str) -> list[tuple[UUID, int]]:
    """Unit and index of the parts that are not applied yet, in order."""
    rows = await connection.fetch(
        """SELECT unit_id, part_index FROM import_parts
           WHERE import_id = $1 AND purpose = $2 AND applied_at IS NULL ORDER BY unit_id, part_index""",
        import_id,
        purpose,
    )
    return [(row["unit_id"], row["part_index"]) for row in rows]


async def take_part(
    connection: Connection, import_id: UUID, purpose: str, unit_id: UUID, index: int, now: datetime
) -> Part | None:
    """Mark a part as applied, with the transaction that applies it; None where that was done already."""
    row = await connection.fetchrow(
        """UPDATE import_parts SET applied_at = $5
           WHERE import_id = $1 AND purpose = $2 AND unit_id = $3 AND part_index = $4 AND applied_at IS NULL
           RETURNING purpose, unit_id, part_index, part_count, row_nos""",
        import_id,
        purpose,
        unit_id,
        index,
        now,
    )
    return Part(*row) if row else None


async def settle_unchanged(connection: Connection, import_id: UUID) -> int:
    """Whoever is in no open part is equal to what is kept; returns how many."""
    return int(
        await connection.fetchval(
            """WITH waiting AS (
                   SELECT unnest(row_nos) AS row_no FROM import_parts WHERE import_id = $1 AND applied_at IS NULL
               ), gone AS (
                   DELETE FROM import_people AS p WHERE import_id = $1
                   AND NOT EXISTS (SELECT FROM waiting AS w WHERE w.row_no = p.row_no) RETURNING row_no
               ), told AS (
                   UPDATE import_rows AS r SET outcome = 'unchanged' FROM gone AS g
                   WHERE r.import_id = $1 AND r.row_no = g.row_no AND r.outcome <> 'unchanged'
               )
               SELECT count(*) FROM gone""",
            import_id,
        )
    )
