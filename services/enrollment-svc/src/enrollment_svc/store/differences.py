"""A selection beside an earlier submission, person by person."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from chassis.sql import Connection
from chassis.web import PageRequest
from enrollment_svc.store.submissions import PERSON_COLUMNS

if TYPE_CHECKING:
    import asyncpg

#: `base`: the earlier people of union $1, of batch $4 or of the year before $2; `chosen`: those of $3.
#: `mine`: what the union knows of a person now.
_DIFFERENCE = f"""
    WITH base AS (
        SELECT DISTINCT ON (e.person_key) e.person_key, e.member_no, e.masked_name, e.masked_number, l.batch_no
        FROM lines l JOIN enrollments e ON e.line_id = l.line_id
        WHERE l.union_id = $1 AND ($4::text IS NOT NULL OR (l.year = $2 - 1 AND e.state = 'held'))
              AND ($4::text IS NULL OR l.batch_no = $4) AND l.channel = $5
        ORDER BY e.person_key, l.submitted_at DESC),
    mine AS (
        SELECT DISTINCT ON (c.person_key) c.person_key, c.member_no AS own_no, c.masked_name AS own_name,
               c.masked_number AS own_number, c.member_id = ANY ($3::uuid[]) AS chosen, {PERSON_COLUMNS}
        FROM candidates c WHERE c.union_id = $1
        ORDER BY c.person_key, c.member_id = ANY ($3::uuid[]) DESC, c.removed_at NULLS FIRST, c.member_id),
    compared AS (
        SELECT m.*, b.batch_no, coalesce(m.own_no, b.member_no) AS member_no,
               coalesce(m.own_name, b.masked_name) AS masked_name,
               coalesce(m.own_number, b.masked_number) AS masked_number,
               CASE WHEN m.chosen THEN CASE WHEN b.person_key IS NULL THEN 'new' ELSE 'kept' END
                    WHEN m.enrolled THEN 'already' ELSE 'missing' END AS change
        FROM base b FULL JOIN mine m ON m.person_key = b.person_key
        WHERE b.person_key IS NOT NULL OR m.chosen)"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Compared:
    """`batch_no` None: against everybody who was enrolled in the year before."""

    union_id: UUID
    year: int
    member_ids: Sequence[UUID]
    batch_no: str | None
    channel: str

    def parameters(self) -> tuple[Any, ...]:
        return self.union_id, self.year, self.member_ids, self.batch_no, self.channel


async def last_batch(connection: Connection, union_id: UUID, channel: str) -> str | None:
    """The number under which the union last submitted in this channel."""
    number: str | None = await connection.fetchval(
        """SELECT l.batch_no FROM lines l WHERE l.union_id = $1 AND l.channel = $2
           ORDER BY l.submitted_at DESC, l.batch_no DESC LIMIT 1""",
        union_id,
        channel,
    )
    return number


async def counts(connection: Connection, compared: Compared) -> dict[str, int]:
    """How many people are new, missing, kept, or enrolled already."""
    rows = await connection.fetch(
        f"{_DIFFERENCE} SELECT change, count(*)::int AS people FROM compared GROUP BY change",  # noqa: S608
        *compared.parameters(),
    )
    return {row["change"]: row["people"] for row in rows}


async def page(connection: Connection, compared: Compared, page: PageRequest) -> list["asyncpg.Record"]:
    """One page of those who are new or missing, the missing first."""
    return await connection.fetch(
        f"""{_DIFFERENCE} SELECT * FROM compared WHERE change IN ('new', 'missing')
            ORDER BY change, member_no, person_key LIMIT $6 OFFSET $7""",  # noqa: S608
        *compared.parameters(),
        page.limit,
        page.offset,
    )
