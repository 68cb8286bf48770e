"""Flags people under review whom a registry has reported as retired or deceased (A54).

A person who is a member of several units has a *membership* in each: a member id with statuses of its own.
"""

from collections.abc import Sequence
from uuid import UUID

from asyncpg import Record

from chassis.sql import Connection, Statement, columns_of, set_of
from enrollment_svc.store.candidates.current import CANDIDATES
from enrollment_svc.tables import CandidateStatusRow

EMPLOYMENT = columns_of(
    CandidateStatusRow, "employment_status", "employment_raw", "employment_checked_at", "employment_source"
)

#: This query locks the lines in the order of their ids, before FLAG changes their people. Decisions about lines lock in
#: the same order, so that a decision and this query never deadlock.
RETIRED_OR_DECEASED = """SELECT e.line_id, e.member_id, c.employment_status, l.batch_no, l.union_id, l.unit_id
          FROM {candidates} JOIN enrollments AS e ON {match} AND e.state = 'held'
          JOIN lines AS l ON l.line_id = e.line_id AND l.state = 'in_review'
          WHERE {condition} AND c.employment_status IN ('retired', 'deceased')
          ORDER BY l.line_id, e.member_id FOR UPDATE OF l"""
FLAG = """WITH found AS ({found})
          UPDATE enrollments AS e SET flagged = f.employment_status FROM found AS f
          WHERE e.line_id = f.line_id AND e.member_id = f.member_id
          RETURNING e.line_id, e.member_id, e.flagged, f.batch_no, f.union_id, f.unit_id"""
FLAG_PEOPLE = Statement(
    FLAG,
    found=RETIRED_OR_DECEASED,
    candidates=CANDIDATES,
    match="e.person_key = c.person_key",
    condition="c.member_id = ANY (:member_ids) AND e.flagged IS DISTINCT FROM c.employment_status",
)
FLAG_LINES = Statement(
    FLAG,
    found=RETIRED_OR_DECEASED,
    candidates=CANDIDATES,
    match="e.member_id = c.member_id",
    condition="e.line_id = ANY (:line_ids)",
)
ELSEWHERE = Statement(
    """SELECT e.member_id, o.member_id AS other_member_id
       FROM enrollments AS e
       JOIN candidates AS o ON o.person_key = e.person_key AND o.member_id <> e.member_id
       JOIN candidate_statuses AS n ON n.member_id = o.member_id
       WHERE e.line_id = ANY (:line_ids) AND e.state = 'held' AND n.employment_status IN ('retired', 'deceased')
             AND coalesce((SELECT s.employment_checked_at FROM candidate_statuses AS s
                           WHERE s.member_id = e.member_id) <= n.employment_checked_at, true)"""
)
COPY_STATUS = Statement(
    """INSERT INTO candidate_statuses AS s (member_id, {employment})
       SELECT c.member_id, {n.employment}
       FROM candidates AS c
       JOIN (SELECT DISTINCT ON (o.person_key) o.person_key, a.*
             FROM candidates AS o JOIN candidate_statuses AS a ON a.member_id = o.member_id
             WHERE o.member_id = ANY (:member_ids)
             ORDER BY o.person_key, a.employment_checked_at DESC NULLS LAST) AS n ON n.person_key = c.person_key
       WHERE c.member_id = ANY (:flagged) ORDER BY c.member_id
       ON CONFLICT (member_id) DO UPDATE SET {changes}
       WHERE s.employment_checked_at IS NULL OR s.employment_checked_at <= excluded.employment_checked_at""",
    employment=EMPLOYMENT,
    changes=set_of(EMPLOYMENT, "excluded"),
)


async def flag_people(connection: Connection, member_ids: Sequence[UUID]) -> list[Record]:
    """Flag the people among these members who are retired or deceased. Each of them is flagged in all lines under
    review, also as a member of another unit.

    Returns the people whose flag is new or has changed.
    """
    return await FLAG_PEOPLE.fetch(connection, member_ids=member_ids)


async def flag_lines(connection: Connection, line_ids: Sequence[UUID]) -> list[Record]:
    """Flag the retired and deceased people of lines that are new or under review again. Returns all these people.

    The result also contains people who were flagged before. review-svc possibly does not have their flags, because
    review-svc drops a flag that arrives while the line is completed.
    """
    return await FLAG_LINES.fetch(connection, line_ids=line_ids)


async def retired_or_deceased_elsewhere(connection: Connection, line_ids: Sequence[UUID]) -> list[Record]:
    """People of these lines whose latest status is retired or deceased, but is stored for their membership in another
    unit (`other_member_id`).
    """
    return await ELSEWHERE.fetch(connection, line_ids=line_ids)


async def copy_status(connection: Connection, flagged: Sequence[UUID], member_ids: Sequence[UUID]) -> None:
    """Copy the latest employment status of each person from the memberships `member_ids` to the memberships `flagged`.

    Both lists are about the same people. It is possible that the answer retired or deceased is stored only for a
    membership of `member_ids`, and that the flagged membership has the older status 在职. Without the copy, the flagged
    membership could be submitted again after a reviewer has returned it (F118).
    """
    await COPY_STATUS.execute(connection, flagged=flagged, member_ids=member_ids)
