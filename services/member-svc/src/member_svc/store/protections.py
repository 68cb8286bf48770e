"""Statements about members who are protected from removal, because a batch line with them is under review.

Submissions and decisions arrive on two topics, so a decision can arrive before the line that it is about.
"""

from collections.abc import Iterable, Sequence
from uuid import UUID

from chassis.sql import Connection, Statement

#: This line id, all zeros, means all lines of a submission.
ALL_LINES = UUID(int=0)

LOCK_SUBMISSIONS = Statement(
    """SELECT pg_advisory_xact_lock(hashtextextended('submission ' || number, 0))
       FROM (SELECT number FROM unnest(:numbers::text[]) AS number ORDER BY number) AS numbers"""
)
ADD_LINE = Statement(
    "INSERT INTO batch_lines (line_id, state) VALUES (:line_id, 'under_review') ON CONFLICT DO NOTHING"
)
#: Each row gets at most 100 members, because a longer array would be stored outside of its row, and searches would be
#: slow.
ADD_MEMBERS = Statement(
    """INSERT INTO line_parts (line_id, part_index, number, member_ids)
       SELECT :line_id, :part_index, (n - 1) / 100, array_agg(m ORDER BY n)
       FROM unnest(:member_ids::uuid[]) WITH ORDINALITY AS members (m, n) GROUP BY (n - 1) / 100
       ON CONFLICT DO NOTHING"""
)
RETURN_MEMBERS = Statement(
    """INSERT INTO returned_members (line_id, member_id)
       SELECT :line_id, m FROM unnest(:member_ids::uuid[]) AS m ORDER BY m ON CONFLICT DO NOTHING"""
)
END_LINE = Statement(
    """INSERT INTO batch_lines (line_id, state) VALUES (:line_id, 'ended')
       ON CONFLICT (line_id) DO UPDATE SET state = 'ended'"""
)
COMPLETE_LINE = Statement(
    """INSERT INTO batch_lines AS l (line_id, state, submission_no)
       SELECT :line_id, CASE WHEN EXISTS (SELECT FROM rejected_lines
                                          WHERE submission_no = :submission_no AND line_id IN (:line_id, :all_lines))
                             THEN 'under_review' ELSE 'completed' END, :submission_no
       ON CONFLICT (line_id) DO UPDATE SET state = excluded.state, submission_no = excluded.submission_no
       WHERE l.state <> 'ended'"""
)
REJECT_LINES = Statement(
    """INSERT INTO rejected_lines (submission_no, line_id)
       SELECT :submission_no, l FROM unnest(:line_ids::uuid[]) AS l ON CONFLICT DO NOTHING"""
)
REOPEN_LINES = Statement(
    """UPDATE batch_lines SET state = 'under_review'
       WHERE submission_no = :submission_no AND state = 'completed'
         AND (line_id = ANY(:line_ids) OR :all_lines = ANY(:line_ids))"""
)
#: Whether the member `m` is in a line under review. The state of the line, and the return of the member from the line,
#: are looked up by subqueries and not by joins, because PostgreSQL then searches by key, even without statistics.
IS_UNDER_REVIEW = """EXISTS (
    SELECT FROM line_parts AS p WHERE p.member_ids @> ARRAY[m.member_id]
      AND (SELECT true FROM returned_members AS r WHERE r.line_id = p.line_id AND r.member_id = m.member_id) IS NULL
      AND (SELECT l.state FROM batch_lines AS l WHERE l.line_id = p.line_id) = 'under_review')"""
#: `IS TRUE` after the EXISTS keeps PostgreSQL from planning a join. In a join it could compare each of these members
#: with all parts of all lines.
UNDER_REVIEW = Statement(
    """SELECT DISTINCT m.member_id FROM unnest(:member_ids::uuid[]) AS m (member_id)
       WHERE ({is_under_review}) IS TRUE ORDER BY 1""",
    is_under_review=IS_UNDER_REVIEW,
)


async def lock_submissions(connection: Connection, numbers: Iterable[str]) -> None:
    """Lock these submission numbers for this transaction, in ascending order, so that there is no deadlock."""
    await LOCK_SUBMISSIONS.execute(connection, numbers=list(numbers))


async def add_members(connection: Connection, line_id: UUID, part_index: int, member_ids: Sequence[UUID]) -> None:
    """Add the members of one part of a submitted line.

    If a decision on the line or on a member arrived earlier, this decision is kept.
    """
    await ADD_LINE.execute(connection, line_id=line_id)
    await ADD_MEMBERS.execute(connection, line_id=line_id, part_index=part_index, member_ids=list(member_ids))


async def return_members(connection: Connection, line_id: UUID, member_ids: Sequence[UUID]) -> None:
    """End the protection of returned people of a line (A48)."""
    await RETURN_MEMBERS.execute(connection, line_id=line_id, member_ids=list(member_ids))


async def end_line(connection: Connection, line_id: UUID) -> None:
    """End the protection of all members of a returned or withdrawn line (A49, A50)."""
    await END_LINE.execute(connection, line_id=line_id)


async def complete_line(connection: Connection, line_id: UUID, submission_no: str) -> None:
    """Complete a line. If the center's rejection of the line arrived earlier, set the line to under review instead
    (A53).
    """
    await COMPLETE_LINE.execute(connection, line_id=line_id, submission_no=submission_no, all_lines=ALL_LINES)


async def reject_submission(connection: Connection, submission_no: str, line_ids: Sequence[UUID]) -> None:
    """Set lines back to under review, because the center rejected them (A53). Without line ids: all lines of the
    submission.
    """
    lines = sorted(line_ids) or [ALL_LINES]
    await REJECT_LINES.execute(connection, submission_no=submission_no, line_ids=lines)
    await REOPEN_LINES.execute(connection, submission_no=submission_no, line_ids=lines, all_lines=ALL_LINES)


async def under_review(connection: Connection, member_ids: Sequence[UUID]) -> list[UUID]:
    """The members among `member_ids` who are in a line under review."""
    return [row["member_id"] for row in await UNDER_REVIEW.fetch(connection, member_ids=list(member_ids))]
