"""People under review of whom a registry says now that they retired or died (A54)."""

from collections.abc import Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from chassis.sql import Connection

if TYPE_CHECKING:
    import asyncpg

#: Lines are taken first and in order, as a decision about a line takes it before its people.
_GONE = """SELECT e.line_id, e.member_id, c.employment_status, l.batch_no, l.union_id, l.unit_id
           FROM candidates c JOIN enrollments e ON {joined} AND e.state = 'held'
           JOIN lines l ON l.line_id = e.line_id AND l.state = 'in_review'
           WHERE {wanted} AND c.employment_status IN ('retired', 'deceased')
           ORDER BY l.line_id, e.member_id FOR UPDATE OF l"""
_FLAG = """WITH gone AS ({gone})
           UPDATE enrollments e SET flagged = g.employment_status FROM gone g
           WHERE e.line_id = g.line_id AND e.member_id = g.member_id
           RETURNING e.line_id, e.member_id, e.flagged, g.batch_no, g.union_id, g.unit_id"""
_OF_PEOPLE = _FLAG.format(
    gone=_GONE.format(
        joined="e.person_key = c.person_key",
        wanted="c.member_id = ANY ($1) AND e.flagged IS DISTINCT FROM c.employment_status",
    )
)
_OF_LINES = _FLAG.format(gone=_GONE.format(joined="e.member_id = c.member_id", wanted="e.line_id = ANY ($1)"))


async def flag_people(connection: Connection, member_ids: Sequence[UUID]) -> list["asyncpg.Record"]:
    """Mark these people where they are under review, in whichever unit; returns those not marked so before."""
    return await connection.fetch(_OF_PEOPLE, member_ids)


async def flag_lines(connection: Connection, line_ids: Sequence[UUID]) -> list["asyncpg.Record"]:
    """Mark whoever is gone in lines that are new or under review again; returns those marked before, too.

    review-svc leaves a completed line alone. What it was told of one while we took it for under review, it forgot.
    """
    return await connection.fetch(_OF_LINES, line_ids)


async def gone_elsewhere(connection: Connection, line_ids: Sequence[UUID]) -> list["asyncpg.Record"]:
    """Who of these new lines retired or died by what a registry said, later than of himself, in another unit of his.

    Their own memberships are locked by the submission.
    """
    return await connection.fetch(
        """SELECT e.member_id, o.member_id AS told_of
           FROM enrollments e
           JOIN candidates c ON c.member_id = e.member_id
           JOIN candidates o ON o.person_key = e.person_key AND o.member_id <> e.member_id
           WHERE e.line_id = ANY ($1) AND e.state = 'held' AND o.employment_status IN ('retired', 'deceased')
                 AND (c.employment_checked_at IS NULL OR c.employment_checked_at <= o.employment_checked_at)""",
        line_ids,
    )


#: $1: people under review; $2: the memberships of which a registry said it, in whichever unit.
_LEARN = """
    UPDATE candidates AS c
    SET employment_status = n.employment_status, employment_raw = n.employment_raw,
        employment_checked_at = n.employment_checked_at, employment_source = n.employment_source,
        standing = 'excluded_' || n.employment_status, standing_confirmed = 'excluded_' || n.employment_status,
        to_confirm = false
    FROM (SELECT DISTINCT ON (s.person_key) s.* FROM candidates s WHERE s.member_id = ANY ($2)
          ORDER BY s.person_key, s.employment_checked_at DESC) AS n,
         (SELECT member_id FROM candidates WHERE member_id = ANY ($1) ORDER BY member_id FOR UPDATE) AS locked
    WHERE c.member_id = locked.member_id AND c.person_key = n.person_key
          AND (c.employment_checked_at IS NULL OR c.employment_checked_at <= n.employment_checked_at)"""


async def learn_gone(connection: Connection, flagged: Sequence[UUID], member_ids: Sequence[UUID]) -> None:
    """What a registry said of a person in one unit is known where he is under review: returned, he must not be ready
    for another submission (F118)."""
    await connection.execute(_LEARN, flagged, member_ids)
