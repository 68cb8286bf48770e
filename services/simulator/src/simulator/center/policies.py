"""The policies by which the center decides: a default for submissions, a default for vouchers, and exceptions.

An exception is a policy for one submission or one voucher.
"""

from typing import Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from simulator.database import Connection, Database

DEFAULT_DELAY_MS = 200
Subject = Literal["submission", "voucher"]

_SAVE = """
    INSERT INTO policies (subject, key, decision, reason, line_ids, delay_ms) VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (subject, key) DO UPDATE SET decision = excluded.decision, reason = excluded.reason,
        line_ids = excluded.line_ids, delay_ms = excluded.delay_ms
"""
#: The exception for a key if there is one, otherwise the default.
_FIND = """
    SELECT decision, reason, line_ids, delay_ms FROM policies
    WHERE subject = $1 AND key IN ('', $2) ORDER BY key DESC LIMIT 1
"""
_ALLOWED = {"submission": ("confirm", "reject", "hold"), "voucher": ("accept", "reject", "hold")}
_DEFAULT_DECISIONS = {"submission": "confirm", "voucher": "accept"}


class Policy(BaseModel):
    """How the center decides a submission or a voucher.

    `decision`: `confirm` (vouchers: `accept`), `reject` with a reason, or `hold` until somebody decides by hand or the
    policy changes. A policy without `submission_no` or `voucher_id` is the default for all submissions or for all
    vouchers. A `reject` with `line_ids` rejects the lines with these ids and confirms all other lines. After the
    delay, the center uses the policy that is in force at that moment. While this policy is `hold`, the center looks
    again and again. So if a `hold` is removed, the center decides the submissions or vouchers that were held.

    Even if the policy says `confirm` or `accept`, the center rejects a line with a person who has cover already, and a
    voucher with wrong amounts.
    """

    model_config = ConfigDict(extra="forbid")

    subject: Subject = "submission"
    submission_no: str | None = None
    voucher_id: UUID | None = None
    decision: Literal["confirm", "accept", "reject", "hold"]
    reason: str | None = None
    line_ids: list[UUID] = Field(default_factory=list)
    delay_ms: int = Field(default=DEFAULT_DELAY_MS, ge=0, le=3_600_000)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.decision not in _ALLOWED[self.subject]:
            raise ValueError(f"a {self.subject} policy is one of {_ALLOWED[self.subject]}")
        if self.decision == "reject" and not self.reason:
            raise ValueError("reject needs a reason")
        return self

    @property
    def key(self) -> str:
        exception = self.submission_no if self.subject == "submission" else self.voucher_id
        return str(exception or "")


class Policies:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def set(self, policy: Policy) -> None:
        row = (policy.subject, policy.key, policy.decision, policy.reason, policy.line_ids, policy.delay_ms)
        await self._database.pool.execute(_SAVE, *row)

    async def all(self) -> list[dict[str, Any]]:
        rows = await self._database.pool.fetch("SELECT * FROM policies ORDER BY subject, key")
        return [dict(row) for row in rows]

    async def clear(self) -> None:
        await self._database.pool.execute("DELETE FROM policies")


async def policy_for(connection: Connection, subject: Subject, key: str) -> dict[str, Any]:
    row = await connection.fetchrow(_FIND, subject, key)
    if row is None:
        return {"decision": _DEFAULT_DECISIONS[subject], "reason": None, "line_ids": [], "delay_ms": DEFAULT_DELAY_MS}
    return dict(row)


async def delay_of(connection: Connection, subject: Subject, key: str) -> int:
    return int((await policy_for(connection, subject, key))["delay_ms"])
