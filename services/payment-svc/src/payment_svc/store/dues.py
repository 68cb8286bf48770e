"""Opens, locks, reads and writes single dues."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from asyncpg import Record

from chassis.sql import Connection, Statement
from contracts.reviews import SubmissionEvent
from payment_svc.domain.dues import Confirmed, Due, Rejected, Submitted, Sums

OPEN = Statement(
    """INSERT INTO dues (submission_no, union_id, year, enrollment_type)
       VALUES (:submission_no, :union_id, :year, :enrollment_type) ON CONFLICT (submission_no) DO NOTHING"""
)
FIND = Statement("SELECT * FROM dues WHERE submission_no = ANY(:submission_nos) ORDER BY submission_no")
LOCK = Statement("{find} FOR UPDATE", find=FIND)
SAVE = Statement(
    """UPDATE dues SET submitted = :submitted, confirmed = :confirmed, rejected = :rejected, version = :version,
              heads = :heads, city_fen = :city_fen, district_fen = :district_fen, unit_fen = :unit_fen,
              due_fen = :due_fen, paid_fen = :paid_fen, pending_fen = :pending_fen, open_fen = :open_fen,
              state = :state, submitted_at = :submitted_at, confirmed_at = :confirmed_at, due_on = :due_on,
              updated_at = :now
       WHERE submission_no = :submission_no"""
)
NAME_UNION = Statement("UPDATE dues SET union_name = :union_name WHERE submission_no = :submission_no")
STAMP = Statement(
    """UPDATE dues SET voucher_at = coalesce(:voucher_at, voucher_at), feedback_at = coalesce(:feedback_at, feedback_at)
       WHERE submission_no = ANY(:submission_nos)"""
)


async def open_due(connection: Connection, event: SubmissionEvent) -> Due:
    """The due of the event's submission, locked. If there is none yet, an empty due is stored first."""
    await OPEN.execute(connection, event)
    [row] = await lock_dues(connection, [event.submission_no])
    return due_of(row)


async def lock_dues(connection: Connection, submission_nos: Sequence[str]) -> list[Record]:
    """The rows of these submissions, locked in the order of their numbers. An unknown number has no row."""
    return await LOCK.fetch(connection, submission_nos=sorted(set(submission_nos)))


async def find_dues(connection: Connection, submission_nos: Sequence[str]) -> list[Record]:
    """The rows of these submissions, whichever union they belong to. An unknown number has no row."""
    return await FIND.fetch(connection, submission_nos=list(submission_nos))


async def save_due(connection: Connection, due: Due, now: datetime) -> None:
    """Write a due to its locked row, with the values that are computed from it."""
    await SAVE.execute(
        connection,
        due,
        due.sums,
        submitted=_packed(due.submitted),
        confirmed=_packed(due.confirmed),
        rejected=_packed_rejection(due.rejected),
        version=due.submitted.version if due.submitted else 0,
        submitted_at=due.submitted.at if due.submitted else None,
        confirmed_at=due.in_force.at if due.in_force else None,
        now=now,
    )


async def name_union(connection: Connection, submission_no: str, union_name: str) -> None:
    """Set the district's name as it was at the submission."""
    await NAME_UNION.execute(connection, submission_no=submission_no, union_name=union_name)


async def stamp_dues(
    connection: Connection,
    submission_nos: Sequence[str],
    *,
    voucher_at: datetime | None = None,
    feedback_at: datetime | None = None,
) -> None:
    """Set the times of the last upload and the last feedback, which the list shows (F260, F261). None = no change."""
    await STAMP.execute(connection, submission_nos=list(submission_nos), voucher_at=voucher_at, feedback_at=feedback_at)


def due_of(row: Record) -> Due:
    submitted, confirmed, rejected = row["submitted"], row["confirmed"], row["rejected"]
    return Due(
        submission_no=row["submission_no"],
        submitted=Submitted(submitted["version"], _sums(submitted), _instant(submitted)) if submitted else None,
        confirmed=Confirmed(confirmed["version"], _sums(confirmed), _instant(confirmed)) if confirmed else None,
        rejected=_rejection(rejected) if rejected else None,
        paid_fen=row["paid_fen"],
        pending_fen=row["pending_fen"],
    )


def _packed(entry: Submitted | Confirmed | None) -> dict[str, Any] | None:
    if entry is None:
        return None
    sums = entry.sums
    return {
        "version": entry.version,
        "at": entry.at.isoformat(),
        "heads": sums.heads,
        "city_fen": sums.city_fen,
        "district_fen": sums.district_fen,
        "unit_fen": sums.unit_fen,
    }


def _packed_rejection(rejected: Rejected | None) -> dict[str, Any] | None:
    if rejected is None:
        return None
    lines = sorted(map(str, rejected.line_ids))
    return {
        "version": rejected.version,
        "at": rejected.at.isoformat(),
        "reason": rejected.reason,
        "line_ids": lines,
        "heads": rejected.heads,
    }


def _rejection(packed: dict[str, Any]) -> Rejected:
    lines = frozenset(map(UUID, packed["line_ids"]))
    return Rejected(packed["version"], packed["reason"], _instant(packed), lines, packed["heads"])


def _sums(packed: dict[str, Any]) -> Sums:
    return Sums(packed["heads"], packed["city_fen"], packed["district_fen"], packed["unit_fen"])


def _instant(packed: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(packed["at"])
