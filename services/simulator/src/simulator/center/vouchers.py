"""Receives payment vouchers, compares them with the confirmed submissions, and answers by a callback (A62)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from contracts.words import MatchResult
from simulator.center.callbacks import store_callback
from simulator.center.policies import delay_of, policy_for
from simulator.center.schemas import Decision, VoucherIn
from simulator.database import Connection, Database
from simulator.fingerprints import Fingerprints
from simulator.refusals import Refused

UNCONFIRMED_REASON = "凭证所列批次尚未经职保中心确认，或版本不符"
UNEXPLAINED_REASON = "金额不符且未说明原因"
TOO_MUCH_REASON = "分配金额超过凭证金额或批次应缴余额"

_INSERT = """
    INSERT INTO vouchers (voucher_id, union_id, amount_fen, paid_on, bank_reference, file_sha256, result,
                          explanation, callback_url, content, decide_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, now() + make_interval(secs => $11::float8 / 1000))
    ON CONFLICT DO NOTHING RETURNING true
"""
_INSERT_SUBMISSIONS = """
    INSERT INTO voucher_submissions (voucher_id, submission_no, version, amount_fen)
    SELECT $1, * FROM unnest($2::text[], $3::int[], $4::bigint[])
"""
_LOCKED = "SELECT * FROM vouchers WHERE voucher_id = $1 FOR UPDATE"
_NEXT_DUE = """
    SELECT * FROM vouchers AS v
    WHERE state = 'received' AND decide_at <= now() AND coalesce(
        (SELECT decision FROM policies WHERE subject = 'voucher' AND key IN ('', v.voucher_id::text)
         ORDER BY key DESC LIMIT 1), 'accept') <> 'hold'
    ORDER BY decide_at LIMIT 1 FOR UPDATE SKIP LOCKED
"""
#: For each submission that a voucher names: whether the named version is confirmed, the amount that the voucher pays,
#: and the amount still owed. `_LOCK_SUBMISSIONS` runs first, so that two vouchers cannot pay the same debt.
_CLAIMS = """
    SELECT s.state IS NOT DISTINCT FROM 'confirmed' AS confirmed, v.amount_fen,
        (SELECT coalesce(sum(district_fen + unit_fen), 0)::bigint FROM submission_lines AS l
         WHERE l.submission_no = v.submission_no AND l.version = v.version AND l.state = 'confirmed')
        - (SELECT coalesce(sum(p.amount_fen), 0)::bigint FROM voucher_submissions AS p
           JOIN vouchers AS paid USING (voucher_id)
           WHERE p.submission_no = v.submission_no AND p.version = v.version AND paid.state = 'accepted') AS owed_fen
    FROM voucher_submissions AS v LEFT JOIN submissions AS s USING (submission_no, version)
    WHERE v.voucher_id = $1
"""
_LOCK_SUBMISSIONS = """
    SELECT s.submission_no FROM submissions AS s JOIN voucher_submissions AS v USING (submission_no, version)
    WHERE v.voucher_id = $1 ORDER BY s.submission_no FOR UPDATE OF s
"""
_DECIDED = "UPDATE vouchers SET state = $2, reason = $3, decided_at = $4 WHERE voucher_id = $1"


class Vouchers:
    def __init__(self, database: Database, fingerprints: Fingerprints) -> None:
        self._database, self._fingerprints = database, fingerprints

    async def receive(self, voucher_id: UUID, voucher: VoucherIn) -> tuple[dict[str, Any], int]:
        """Store a voucher. Returns the answer and the milliseconds until the center decides.

        Answers 409 if a voucher with this id and other content was received before.
        """
        content = self._fingerprints.content(voucher.model_dump_json().encode())
        async with self._database.pool.acquire() as connection, connection.transaction():
            delay_ms = await delay_of(connection, "voucher", str(voucher_id))
            if await _insert(connection, voucher_id, voucher, content, delay_ms):
                paid = voucher.submissions
                numbers, versions = [p.submission_no for p in paid], [p.version for p in paid]
                amounts = [p.amount_fen for p in paid]
                await connection.execute(_INSERT_SUBMISSIONS, voucher_id, numbers, versions, amounts)
            stored = await connection.fetchrow(_LOCKED, voucher_id)
            if stored is None or stored["content"] != content:
                message = f"voucher {voucher_id} was sent before with other content"
                raise Refused(409, "CONTENT_DIFFERS", message)
        return {"voucher_id": voucher_id, "state": "received"}, delay_ms

    async def decide_next(self, *, now: datetime, copies: int) -> UUID | None:
        """Decide one due voucher by the policy in force. Returns its id, or None if none is due."""
        async with self._database.pool.acquire() as connection, connection.transaction():
            voucher = await connection.fetchrow(_NEXT_DUE)
            if voucher is None:
                return None
            voucher_id: UUID = voucher["voucher_id"]
            policy = await policy_for(connection, "voucher", str(voucher_id))
            objection = policy["reason"] if policy["decision"] == "reject" else await _objection(connection, voucher)
            await _settle(connection, voucher, objection, now, copies)
            return voucher_id

    async def decide(
        self, voucher_id: UUID, decision: Decision, reason: str | None, *, now: datetime, copies: int
    ) -> dict[str, Any]:
        """Decide by hand, whatever the figures are. If the voucher is decided already, the same decision changes
        nothing, and a different decision is refused.
        """
        async with self._database.pool.acquire() as connection, connection.transaction():
            voucher = await connection.fetchrow(_LOCKED, voucher_id)
            if voucher is None:
                raise Refused(404, "VOUCHER_UNKNOWN", f"voucher {voucher_id} was never sent")
            if voucher["state"] == "received":
                await _settle(connection, voucher, reason if decision is Decision.REJECTED else None, now, copies)
            elif voucher["state"] != decision.value:
                state = voucher["state"]
                raise Refused(409, "ALREADY_DECIDED", f"voucher {voucher_id} is {state}", state=state)
        return {"voucher_id": voucher_id, "state": decision.value}


async def _insert(connection: Connection, voucher_id: UUID, voucher: VoucherIn, content: bytes, delay_ms: int) -> bool:
    inserted = await connection.fetchval(
        _INSERT, voucher_id, voucher.union_id, voucher.amount_fen, voucher.paid_on, voucher.bank_reference,
        voucher.file_sha256, voucher.result.value, voucher.reason, voucher.callback_url, content, delay_ms,
    )  # fmt: skip
    return bool(inserted)


async def _objection(connection: Connection, voucher: Any) -> str | None:
    """Why the center rejects the voucher; None if the center accepts it."""
    await connection.execute(_LOCK_SUBMISSIONS, voucher["voucher_id"])
    claims = await connection.fetch(_CLAIMS, voucher["voucher_id"])
    if not all(claim["confirmed"] for claim in claims):
        return UNCONFIRMED_REASON
    if voucher["result"] != MatchResult.MATCHED and not voucher["explanation"]:
        return UNEXPLAINED_REASON
    claimed_fen = sum(claim["amount_fen"] for claim in claims)
    if claimed_fen > voucher["amount_fen"] or any(claim["amount_fen"] > claim["owed_fen"] for claim in claims):
        return TOO_MUCH_REASON
    return None


async def _settle(connection: Connection, voucher: Any, objection: str | None, now: datetime, copies: int) -> None:
    decision = Decision.REJECTED if objection else Decision.ACCEPTED
    voucher_id = voucher["voucher_id"]
    await connection.execute(_DECIDED, voucher_id, decision.value, objection, now)
    body = {"voucher_id": voucher_id, "decision": decision.value, "reason": objection, "decided_at": now.isoformat()}
    await store_callback(
        connection, subject=str(voucher_id), url=voucher["callback_url"], word=decision.value, body=body, copies=copies
    )
