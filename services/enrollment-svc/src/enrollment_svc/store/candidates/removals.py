"""The lines in which members have a live enrollment, if their removal is requested (A57)."""

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from chassis.sql import Connection, Statement
from enrollment_svc.domain.batches.lines import LineState

LIVE_LINES = Statement(
    """SELECT e.member_id, l.state
       FROM candidates AS c
       JOIN enrollments AS e ON e.person_key = c.person_key AND e.member_id = c.member_id AND e.state = 'held'
       JOIN lines AS l ON l.line_id = e.line_id
       WHERE c.member_id = ANY (:member_ids) ORDER BY l.line_id FOR SHARE OF l"""
)


async def live_lines(connection: Connection, member_ids: Sequence[UUID]) -> dict[UUID, list[LineState]]:
    """For each of these members: the states of the lines in which the member has a live enrollment, in any year.

    The lines stay locked until the commit, so that no line comes under review again meanwhile. All transactions lock
    lines before people, and lines in the order of their ids. So these transactions cannot deadlock.
    """
    found: dict[UUID, list[LineState]] = defaultdict(list)
    for row in await LIVE_LINES.fetch(connection, member_ids=member_ids):
        found[row["member_id"]].append(LineState(row["state"]))
    return found
