"""Compares a selection with an earlier list, person by person."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from asyncpg import Record

from chassis.sql import Connection, Statement
from chassis.web import PageRequest
from enrollment_svc.store.candidates.current import CANDIDATES
from enrollment_svc.store.submissions.submissions import PERSON_COLUMNS


@dataclass(frozen=True, slots=True)
class Comparison:
    """A selection, and the earlier list with which it is compared.

    The earlier list has the people of the batch `batch_no`. If `batch_no` is None, the earlier list has the people who
    were enrolled in the year before.
    """

    union_id: UUID
    year: int
    member_ids: Sequence[UUID]
    batch_no: str | None
    channel: str


#: `base`: the people of the earlier batch, or those enrolled in the year before. `mine`: the union's candidates,
#: one row for each person. `chosen`: True if the person is in the selection.
COMPARED = Statement(
    """
    WITH base AS (
        SELECT DISTINCT ON (e.person_key) e.person_key, e.member_no, e.masked_name, e.masked_number, l.batch_no
        FROM lines AS l JOIN enrollments AS e ON e.line_id = l.line_id
        WHERE l.union_id = :union_id AND (:batch_no::text IS NOT NULL OR (l.year = :year - 1 AND e.state = 'held'))
              AND (:batch_no::text IS NULL OR l.batch_no = :batch_no) AND l.channel = :channel
        ORDER BY e.person_key, l.submitted_at DESC),
    mine AS (
        SELECT DISTINCT ON (c.person_key) c.person_key, c.member_no AS own_no, c.masked_name AS own_name,
               c.masked_number AS own_number, c.member_id = ANY (:member_ids::uuid[]) AS chosen, {person}
        FROM {candidates} WHERE c.union_id = :union_id
        ORDER BY c.person_key, c.member_id = ANY (:member_ids::uuid[]) DESC, c.removed_at NULLS FIRST, c.member_id),
    compared AS (
        SELECT m.*, b.batch_no, coalesce(m.own_no, b.member_no) AS member_no,
               coalesce(m.own_name, b.masked_name) AS masked_name,
               coalesce(m.own_number, b.masked_number) AS masked_number,
               CASE WHEN m.chosen THEN CASE WHEN b.person_key IS NULL THEN 'new' ELSE 'kept' END
                    WHEN m.enrolled THEN 'already' ELSE 'missing' END AS change
        FROM base AS b FULL JOIN mine AS m ON m.person_key = b.person_key
        WHERE b.person_key IS NOT NULL OR m.chosen)""",
    candidates=CANDIDATES,
    person=PERSON_COLUMNS,
)
LAST_BATCH = Statement(
    """SELECT batch_no FROM lines WHERE union_id = :union_id AND channel = :channel
       ORDER BY submitted_at DESC, batch_no DESC LIMIT 1"""
)
COUNTS = Statement("{compared} SELECT change, count(*)::int AS people FROM compared GROUP BY change", compared=COMPARED)
PAGE = Statement(
    """{compared} SELECT * FROM compared WHERE change IN ('new', 'missing')
       ORDER BY change, member_no, person_key LIMIT :limit OFFSET :offset""",
    compared=COMPARED,
)


async def last_batch(connection: Connection, union_id: UUID, channel: str) -> str | None:
    """The number of the union's latest submission in this channel."""
    number: str | None = await LAST_BATCH.fetchval(connection, union_id=union_id, channel=channel)
    return number


async def counts(connection: Connection, comparison: Comparison) -> dict[str, int]:
    """How many people are new, missing, kept, or enrolled already."""
    return {row["change"]: row["people"] for row in await COUNTS.fetch(connection, comparison)}


async def page(connection: Connection, comparison: Comparison, page: PageRequest) -> list[Record]:
    """One page of the people who are new or missing. Missing people come first."""
    return await PAGE.fetch(connection, comparison, page)
