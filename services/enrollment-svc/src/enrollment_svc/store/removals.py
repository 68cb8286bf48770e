"""Which lines hold the members whose removal is asked for (A57)."""

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from chassis.sql import Connection
from enrollment_svc.domain.lines import LineState


async def holding_lines(connection: Connection, member_ids: Sequence[UUID]) -> dict[UUID, list[LineState]]:
    """The states of the live lines that hold these very memberships, of whatever year.

    The lines are taken before the people, in order, so that none of them is reopened between this look and the commit.
    """
    rows = await connection.fetch(
        """SELECT e.member_id, l.state
           FROM candidates c
           JOIN enrollments e ON e.person_key = c.person_key AND e.member_id = c.member_id AND e.state = 'held'
           JOIN lines l ON l.line_id = e.line_id
           WHERE c.member_id = ANY ($1) ORDER BY l.line_id FOR SHARE OF l""",
        member_ids,
    )
    found: dict[UUID, list[LineState]] = defaultdict(list)
    for row in rows:
        found[row["member_id"]].append(LineState(row["state"]))
    return found
