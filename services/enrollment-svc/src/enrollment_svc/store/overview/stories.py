"""Everything about a person, found by person key: candidates, lines, and the history of these lines (F035)."""

from collections.abc import Sequence
from uuid import UUID

from asyncpg import Record

from chassis.sql import Connection, Statement
from chassis.web import within
from enrollment_svc.store.batches.enrollments import OF_PERSONS
from enrollment_svc.store.batches.payments import PAID_LINES, PAYMENT
from enrollment_svc.store.candidates.current import CANDIDATES as CURRENT_CANDIDATES
from enrollment_svc.store.candidates.people import IN_YEAR

CANDIDATES = Statement(
    """SELECT c.*, {confirmed} AS confirmed, {stands} AS stands, {enrolled} AS enrolled,
              c.removed_at IS NOT NULL AS removed
       FROM {candidates}
       WHERE c.person_key = ANY (:person_keys) AND {within}
       ORDER BY c.member_no""",
    candidates=CURRENT_CANDIDATES,
    within=within("c.union_id"),
    **IN_YEAR,
)
ENROLLMENTS = Statement(
    """SELECT e.member_id, e.state AS person_state, e.reason AS person_reason, l.line_id, l.batch_no, l.unit_id,
              l.submission_no, l.state, {payment} AS payment, a.answered_at AS center_confirmed_at, s.settled_at
       FROM {paid_lines} JOIN {of_persons} AS e ON e.line_id = l.line_id
       WHERE {within}
       ORDER BY l.submitted_at""",
    payment=PAYMENT,
    paid_lines=PAID_LINES,
    of_persons=OF_PERSONS,
    within=within("l.union_id"),
)
HISTORY = Statement(
    "SELECT line_id, at, what, by, reason FROM line_history WHERE line_id = ANY (:line_ids) ORDER BY id"
)


async def candidates(
    connection: Connection, person_keys: Sequence[str], year: int, scope_id: UUID | None
) -> list[Record]:
    """The person's candidates, one for each unit, with standing and enrollment in `year`. Removed and enrolled
    candidates are included.
    """
    return await CANDIDATES.fetch(connection, person_keys=list(person_keys), year=year, scope_id=scope_id)


async def enrollments(connection: Connection, person_keys: Sequence[str], scope_id: UUID | None) -> list[Record]:
    """The lines that the person is or was in, with the state of each."""
    return await ENROLLMENTS.fetch(connection, person_keys=list(person_keys), scope_id=scope_id)


async def history(connection: Connection, line_ids: Sequence[UUID]) -> list[Record]:
    """What happened to these lines, in order."""
    return await HISTORY.fetch(connection, line_ids=list(line_ids))
