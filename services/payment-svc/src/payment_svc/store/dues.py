"""Statements on one due at a time: open, lock, read, write."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from chassis.sql import Connection
from contracts.reviews import SubmissionEvent
from payment_svc.domain.dues import Confirmed, Due, Rejected, Submitted, Sums

if TYPE_CHECKING:
    import asyncpg


async def open_due(connection: Connection, event: SubmissionEvent) -> Due:
    """The submission's due, locked; an empty one where this is the first that is heard of it."""
    await connection.execute(
        """INSERT INTO dues (submission_no, union_id, year, enrollment_type) VALUES ($1, $2, $3, $4)
           ON CONFLICT (submission_no) DO NOTHING""",
        event.submission_no,
        event.union_id,
        event.year,
        event.enrollment_type.value,
    )
    [row] = await lock_dues(connection, [event.submission_no])
    return due_of(row)


async def lock_dues(connection: Connection, submission_nos: Sequence[str]) -> list["asyncpg.Record"]:
    """Rows of these submissions, those that exist, locked in the order of their numbers."""
    return await connection.fetch(
        "SELECT * FROM dues WHERE submission_no = ANY($1) ORDER BY submission_no FOR UPDATE",
        sorted(set(submission_nos)),
    )


async def find_dues(connection: Connection, submission_nos: Sequence[str]) -> list["asyncpg.Record"]:
    """These dues, those that exist, whatever the scope."""
    return await connection.fetch(
        "SELECT * FROM dues WHERE submission_no = ANY($1) ORDER BY submission_no", list(submission_nos)
    )


async def save_due(connection: Connection, due: Due, now: datetime) -> None:
    """Write the facts, and what follows from them, back to a locked row."""
    sums = due.sums
    await connection.execute(
        """UPDATE dues SET submitted = $2, confirmed = $3, rejected = $4, version = $5, heads = $6, city_fen = $7,
                  district_fen = $8, unit_fen = $9, due_fen = $10, paid_fen = $11, pending_fen = $12, open_fen = $13,
                  state = $14, submitted_at = $15, confirmed_at = $16, due_on = $17, updated_at = $18
           WHERE submission_no = $1""",
        due.submission_no,
        _packed(due.submitted),
        _packed(due.confirmed),
        _packed_rejection(due.rejected),
        due.submitted.version if due.submitted else 0,
        sums.heads,
        sums.city_fen,
        sums.district_fen,
        sums.unit_fen,
        due.due_fen,
        due.paid_fen,
        due.pending_fen,
        due.open_fen,
        due.state.value,
        due.submitted.at if due.submitted else None,
        due.in_force.at if due.in_force else None,
        due.due_on,
        now,
    )


async def name_union(connection: Connection, submission_no: str, union_name: str) -> None:
    """The district's name as it was when it submitted."""
    await connection.execute("UPDATE dues SET union_name = $2 WHERE submission_no = $1", submission_no, union_name)


async def stamp_dues(
    connection: Connection,
    submission_nos: Sequence[str],
    *,
    voucher_at: datetime | None = None,
    feedback_at: datetime | None = None,
) -> None:
    """The last upload and the last feedback, for the list (F260, F261)."""
    await connection.execute(
        """UPDATE dues SET voucher_at = coalesce($2, voucher_at), feedback_at = coalesce($3, feedback_at)
           WHERE submission_no = ANY($1)""",
        list(submission_nos),
        voucher_at,
        feedback_at,
    )


def due_of(row: "asyncpg.Record") -> Due:
    submitted, confirmed, rejected = row["submitted"], row["confirmed"], row["rejected"]
    return Due(
        submission_no=row["submission_no"],
        submitted=Submitted(submitted["version"], _sums(submitted), _instant(submitted)) if submitted else None,
        confirmed=Confirmed(confirmed["version"], _sums(confirmed), _instant(confirmed)) if confirmed else None,
        rejected=_rejection(rejected) if rejected else None,
        paid_fen=row["paid_fen"],
        pending_fen=row["pending_fen"],
    )


def _packed(stand: Submitted | Confirmed | None) -> dict[str, Any] | None:
    if stand is None:
        return None
    sums = stand.sums
    return {
        "version": stand.version,
        "at": stand.at.isoformat(),
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
