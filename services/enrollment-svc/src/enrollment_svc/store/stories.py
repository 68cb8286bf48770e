"""What is known of a person by key: candidates, lines, what became of them (F035)."""

from collections.abc import Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from chassis.sql import Connection
from chassis.web import within
from enrollment_svc.store.payments import PAID_LINES, PAYMENT
from enrollment_svc.store.people import CONFIRMED, ENROLLED, STANDS

if TYPE_CHECKING:
    import asyncpg

#: The person's places in lines: live ones by their city keys, the others by an index of their own.
_PLACES = """(SELECT * FROM enrollments WHERE person_key = ANY($1) AND state = 'held'
              UNION ALL SELECT * FROM enrollments WHERE person_key = ANY($1) AND state <> 'held')"""


async def candidates(
    connection: Connection, person_keys: Sequence[str], year: int, scope_id: UUID | None
) -> list["asyncpg.Record"]:
    """The person's memberships as candidates of a year, removed and enrolled ones included."""
    return await connection.fetch(
        f"""SELECT c.*, {CONFIRMED} AS confirmed, {STANDS} AS stands, {ENROLLED} AS enrolled,
                   c.removed_at IS NOT NULL AS removed
            FROM candidates c WHERE c.person_key = ANY($1) AND {within("c.union_id", 3)}
            ORDER BY c.member_no""",  # noqa: S608
        list(person_keys),
        year,
        scope_id,
    )


async def places(connection: Connection, person_keys: Sequence[str], scope_id: UUID | None) -> list["asyncpg.Record"]:
    """The lines that the person is or was in, with how far each is."""
    return await connection.fetch(
        f"""SELECT e.member_id, e.state AS person_state, e.reason AS person_reason, l.line_id, l.batch_no, l.unit_id,
                   l.submission_no, l.state, {PAYMENT} AS payment, a.answered_at AS center_confirmed_at, s.settled_at
            FROM {PAID_LINES} JOIN {_PLACES} AS e ON e.line_id = l.line_id
            WHERE {within("l.union_id", 2)} ORDER BY l.submitted_at""",  # noqa: S608
        list(person_keys),
        scope_id,
    )


async def history(connection: Connection, line_ids: Sequence[UUID]) -> list["asyncpg.Record"]:
    """What happened to these lines, in order."""
    return await connection.fetch(
        "SELECT line_id, at, what, by, reason FROM line_history WHERE line_id = ANY($1) ORDER BY id", list(line_ids)
    )
