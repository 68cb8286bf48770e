"""Who stands in a batch under review. Submissions and decisions come on different topics, in either order."""

from collections.abc import Sequence
from uuid import UUID

from chassis.sql import Connection

#: Stands for every line of a submission.
ALL_LINES = UUID(int=0)


async def add_members(connection: Connection, line_id: UUID, member_ids: Sequence[UUID]) -> None:
    """Members of a submitted line; a decision about the line or the person that came before stays as it is."""
    await connection.execute(
        "INSERT INTO batch_lines (line_id, state) VALUES ($1, 'under_review') ON CONFLICT DO NOTHING", line_id
    )
    await connection.execute(
        """INSERT INTO line_members (line_id, member_id, returned)
           SELECT $1, m, false FROM unnest($2::uuid[]) AS m ORDER BY m ON CONFLICT DO NOTHING""",
        line_id,
        list(member_ids),
    )


async def return_members(connection: Connection, line_id: UUID, member_ids: Sequence[UUID]) -> None:
    """Chosen people of a line are free again (A48)."""
    await connection.execute(
        """INSERT INTO line_members (line_id, member_id, returned)
           SELECT $1, m, true FROM unnest($2::uuid[]) AS m ORDER BY m
           ON CONFLICT (line_id, member_id) DO UPDATE SET returned = true""",
        line_id,
        list(member_ids),
    )


async def end_line(connection: Connection, line_id: UUID) -> None:
    """The whole line went back or was withdrawn: nobody of it is protected any more (A49, A50)."""
    await connection.execute(
        """INSERT INTO batch_lines (line_id, state) VALUES ($1, 'ended')
           ON CONFLICT (line_id) DO UPDATE SET state = 'ended'""",
        line_id,
    )


async def complete_line(connection: Connection, line_id: UUID, submission_no: str) -> None:
    """The line went to the center; a rejection of that submission that came before leaves it under review (A53)."""
    await connection.execute(
        """INSERT INTO batch_lines AS l (line_id, state, submission_no)
           SELECT $1, CASE WHEN EXISTS (SELECT FROM rejected_lines WHERE submission_no = $2 AND line_id IN ($1, $3))
                           THEN 'under_review' ELSE 'completed' END, $2
           ON CONFLICT (line_id) DO UPDATE SET state = excluded.state, submission_no = excluded.submission_no
           WHERE l.state <> 'ended'""",
        line_id,
        submission_no,
        ALL_LINES,
    )


async def reject_submission(connection: Connection, submission_no: str, line_ids: Sequence[UUID]) -> None:
    """The center rejected lines of a submission, or all: they are under review again (A53)."""
    lines = sorted(line_ids) or [ALL_LINES]
    await connection.execute(
        """INSERT INTO rejected_lines (submission_no, line_id)
           SELECT $1, l FROM unnest($2::uuid[]) AS l ON CONFLICT DO NOTHING""",
        submission_no,
        lines,
    )
    await connection.execute(
        """UPDATE batch_lines SET state = 'under_review'
           WHERE submission_no = $1 AND state = 'completed' AND (line_id = ANY($2) OR $3 = ANY($2))""",
        submission_no,
        lines,
        ALL_LINES,
    )


async def under_review(connection: Connection, member_ids: Sequence[UUID]) -> list[UUID]:
    """Those of these members who stand in a line under review."""
    rows = await connection.fetch(
        """SELECT DISTINCT p.member_id FROM line_members AS p JOIN batch_lines AS l USING (line_id)
           WHERE p.member_id = ANY($1) AND NOT p.returned AND l.state = 'under_review' ORDER BY 1""",
        list(member_ids),
    )
    return [row["member_id"] for row in rows]
