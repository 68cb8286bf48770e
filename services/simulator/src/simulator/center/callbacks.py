"""Callbacks that report the center's decisions to the senders of submissions and vouchers.

A callback is stored in the transaction of the decision. It is sent again until the answer is 2xx.
"""

from dataclasses import dataclass
from typing import Any

import httpx
import orjson
import structlog

from simulator.center.tokens import CenterToken
from simulator.database import Connection, Database

log = structlog.get_logger()

LEASED_AT_ONCE = 8
TIMEOUT_S = 10.0

_STORE = """
    INSERT INTO callbacks (subject, url, idempotency_key, body, copies) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (idempotency_key) DO NOTHING
"""
#: Lease the due callbacks for half a minute, so that no other process sends them in this time. The subject of a
#: callback is a submission or a voucher. Only the oldest undelivered callback of a subject is leased, so the callbacks
#: of a subject arrive in order. Example: rejected lines are reported before confirmed lines.
_LEASE = """
    UPDATE callbacks SET due_at = now() + interval '30 seconds', attempts = attempts + 1
    WHERE callback_id IN (
        SELECT callback_id FROM callbacks AS c
        WHERE copies > 0 AND due_at <= now() AND NOT EXISTS (
            SELECT FROM callbacks AS e
            WHERE e.subject = c.subject AND e.copies > 0 AND e.callback_id < c.callback_id)
        ORDER BY callback_id LIMIT $1 FOR UPDATE SKIP LOCKED)
    RETURNING callback_id, subject, url, idempotency_key, body, attempts
"""
_DELIVERED = """
    UPDATE callbacks SET copies = copies - 1, due_at = now(), answered = $2,
                         delivered_at = coalesce(delivered_at, now())
    WHERE callback_id = $1
"""
#: The next attempt is due after 0.2 s. The wait doubles with each attempt, up to 30 s.
_RETRY = """
    UPDATE callbacks SET answered = $2,
        due_at = now() + make_interval(secs => least(30, 0.2 * 2 ^ least(attempts - 1, 10)))
    WHERE callback_id = $1
"""


async def store_callback(
    connection: Connection, *, subject: str, url: str, word: str, body: dict[str, Any], copies: int
) -> None:
    """Store a callback, unless one with the same `subject` and `word` is stored already.

    `subject`: the submission or voucher. `word`: what the callback reports, such as `confirmed`. `copies`: how many
    times it must be delivered. A number above 1 is an injected fault (`duplicate_callbacks`).
    """
    key = f"{subject}/{word}"
    await connection.execute(_STORE, subject, url, key, orjson.dumps(body, default=str).decode(), copies)


@dataclass(frozen=True, slots=True)
class Callback:
    callback_id: int
    subject: str
    url: str
    idempotency_key: str
    body: str
    attempts: int


class Callbacks:
    """Leases and sends the center's callbacks."""

    def __init__(self, database: Database, token: CenterToken) -> None:
        self._database, self._token = database, token
        self._client = httpx.AsyncClient(timeout=TIMEOUT_S, trust_env=False)

    def require_token(self) -> None:
        """Raises TokenMissing. Call this before `lease`, because each lease counts as an attempt."""
        self._token.bearer()

    async def lease(self) -> list[Callback]:
        return [Callback(*row) for row in await self._database.pool.fetch(_LEASE, LEASED_AT_ONCE)]

    async def send(self, callback: Callback) -> bool:
        """Make one attempt; returns whether the answer was 2xx."""
        status = await self._status_of(callback)
        delivered = status is not None and 200 <= status < 300
        await self._database.pool.execute(_DELIVERED if delivered else _RETRY, callback.callback_id, status)
        if delivered:
            log.info("callback_delivered", subject=callback.subject, attempts=callback.attempts)
        else:
            log.warning("callback_failed", subject=callback.subject, attempts=callback.attempts, status=status)
        return delivered

    async def _status_of(self, callback: Callback) -> int | None:
        headers = {
            "Authorization": f"Bearer {self._token.bearer()}",
            "Idempotency-Key": callback.idempotency_key,
            "Content-Type": "application/json",
        }
        try:
            answer = await self._client.post(callback.url, content=callback.body, headers=headers)
        except httpx.HTTPError:
            return None
        return answer.status_code

    async def close(self) -> None:
        await self._client.aclose()
