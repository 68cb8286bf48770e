"""The center's decisions on a submission: they confirm or reject its lines.

The people of a rejected line lose the cover that they have through this line. The sender gets a callback.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from simulator.center.callbacks import store_callback
from simulator.center.policies import policy_for
from simulator.center.schemas import Decision, sum_of
from simulator.database import Connection, Database
from simulator.refusals import Refused

DOUBLED_REASON = "名单中有人员本年度已参保，本批次整行退回"

_LOCKED = "SELECT * FROM submissions WHERE submission_no = $1 AND version = $2 FOR UPDATE"
#: One due submission, unless a policy says `hold` for it. The row is locked, so another worker skips it.
_NEXT_DUE = """
    SELECT submission_no, version FROM submissions AS s
    WHERE state = 'received' AND decide_at <= now() AND coalesce(
        (SELECT decision FROM policies WHERE subject = 'submission' AND key IN ('', s.submission_no)
         ORDER BY key DESC LIMIT 1), 'confirm') <> 'hold'
    ORDER BY decide_at LIMIT 1 FOR UPDATE SKIP LOCKED
"""
_REJECT_LINES = """
    UPDATE submission_lines SET state = 'rejected'
    WHERE submission_no = $1 AND version = $2 AND state = 'open'
      AND (line_id = ANY($3::uuid[]) OR ($4 AND doubled > 0) OR $5)
    RETURNING line_id, heads, total_fen, city_fen, district_fen, unit_fen
"""
_CONFIRM_LINES = """
    UPDATE submission_lines SET state = 'confirmed'
    WHERE submission_no = $1 AND version = $2 AND state = 'open'
    RETURNING line_id, heads, total_fen, city_fen, district_fen, unit_fen
"""
_FREE_COVER = """
    DELETE FROM live_people AS live USING (
        SELECT DISTINCT p.person FROM submission_parts AS part
        CROSS JOIN LATERAL unnest(part.persons, part.line_ids) AS p (person, line_id)
        WHERE part.submission_no = $1 AND part.version = $2 AND p.line_id = ANY($3::uuid[])) AS p
    WHERE live.year = $4 AND live.person = p.person
      AND live.submission_no = $1 AND live.version = $2 AND live.line_id = ANY($3::uuid[])
"""
_DECIDED = """
    UPDATE submissions SET state = $3, reason = $4, decided_at = $5 WHERE submission_no = $1 AND version = $2
"""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A rejection rejects the lines `line_ids` (empty = all) and confirms all other lines of the submission.

    A confirmation confirms all lines and does not use `line_ids`. In both cases, a line is always rejected if one of
    its people has cover already.
    """

    decision: Decision
    reason: str | None = None
    line_ids: Sequence[UUID] = ()


class Verdicts:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def decide_next(self, *, now: datetime, copies: int) -> str | None:
        """Decide one due submission by the policy in force. Returns its number, or None if none is due."""
        async with self._database.pool.acquire() as connection, connection.transaction():
            due = await connection.fetchrow(_NEXT_DUE)
            if due is None:
                return None
            policy = await policy_for(connection, "submission", due["submission_no"])
            rejects = policy["decision"] == "reject"
            verdict = Verdict(
                Decision.REJECTED if rejects else Decision.CONFIRMED, policy["reason"], policy["line_ids"]
            )
            head = await connection.fetchrow(_LOCKED, due["submission_no"], due["version"])
            await _carry_out(connection, head, verdict, now, copies)
            return str(due["submission_no"])

    async def decide(self, no: str, version: int, verdict: Verdict, *, now: datetime, copies: int) -> dict[str, Any]:
        """Decide by hand. If the submission is decided already, nothing changes.

        In that case a decision about the whole submission (without `line_ids`) is refused if it is not the decision
        that was made. Example: the submission is confirmed, and somebody rejects all lines.
        """
        async with self._database.pool.acquire() as connection, connection.transaction():
            head = await connection.fetchrow(_LOCKED, no, version)
            if head is None:
                raise Refused(404, "SUBMISSION_UNKNOWN", f"submission {no} version {version} was never opened")
            if head["state"] == "receiving":
                raise Refused(409, "NOT_COMPLETE", f"submission {no} version {version} is still being sent")
            if head["state"] == "received":
                state = await _carry_out(connection, head, verdict, now, copies)
            elif head["state"] == verdict.decision.value or verdict.line_ids:
                state = head["state"]
            else:
                raise Refused(409, "ALREADY_DECIDED", f"submission {no} is {head['state']}", state=head["state"])
        return {"submission_no": no, "version": version, "state": state}


async def _carry_out(connection: Connection, head: Any, verdict: Verdict, now: datetime, copies: int) -> str:
    """Decide each line of the submission and store the callbacks; returns the new state of the submission.

    A line with a person who has cover already is always rejected, because a person has one cover a year.
    """
    no, version = head["submission_no"], head["version"]
    rejects = verdict.decision is Decision.REJECTED
    rejects_all = rejects and not verdict.line_ids
    to_reject = list(verdict.line_ids) if rejects else []
    rejected = await connection.fetch(_REJECT_LINES, no, version, to_reject, not rejects_all, rejects_all)
    confirmed = await connection.fetch(_CONFIRM_LINES, no, version)
    reason = (verdict.reason if rejects else None) or DOUBLED_REASON
    if rejected:
        rejected_ids = [line["line_id"] for line in rejected]
        await connection.execute(_FREE_COVER, no, version, rejected_ids, head["year"])
        # The callback for a rejection of all lines has an empty list of ids.
        named_ids = rejected_ids if confirmed else []
        await _store_decision(connection, head, Decision.REJECTED, named_ids, rejected, reason, now, copies)
    if confirmed:
        await _store_decision(connection, head, Decision.CONFIRMED, [], confirmed, None, now, copies)
    state = Decision.CONFIRMED.value if confirmed else Decision.REJECTED.value
    await connection.execute(_DECIDED, no, version, state, reason if rejected else None, now)
    return state


async def _store_decision(
    connection: Connection,
    head: Any,
    decision: Decision,
    line_ids: Sequence[UUID],
    lines: Sequence[Any],
    reason: str | None,
    now: datetime,
    copies: int,
) -> None:
    subject = f"{head['submission_no']}/{head['version']}"
    body = {
        "submission_no": head["submission_no"],
        "version": head["version"],
        "decision": decision.value,
        "line_ids": list(line_ids),
        "heads": sum(line["heads"] for line in lines),
        "fee": sum_of(lines),
        "reason": reason,
        "decided_at": now.isoformat(),
    }
    await store_callback(
        connection, subject=subject, url=head["callback_url"], word=decision.value, body=body, copies=copies
    )
