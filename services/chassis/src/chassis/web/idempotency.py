"""Every POST takes an Idempotency-Key, and the stored answer is returned again."""

import hashlib
from dataclasses import dataclass
from uuid import NAMESPACE_URL, UUID, uuid5

from chassis.domain import AnswerOfFormerPlace, IdempotencyKeyReused
from chassis.identity import Principal
from chassis.sql import Connection

NAMESPACE = uuid5(NAMESPACE_URL, "urn:union-enrollment:acts")


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    status: int
    body: bytes


def act_id(account: str, key: str) -> UUID:
    """The same account and key are the same act, and cause the same event ids."""
    return uuid5(NAMESPACE, f"{account}|{key}")


def fingerprint(method: str, path: str, body: bytes) -> str:
    """What the key was used for."""
    return hashlib.sha256(f"{method} {path}\n".encode() + body).hexdigest()


async def claim(connection: Connection, principal: Principal, key: str, print_: str) -> StoredAnswer | None:
    """Take the key, or return the answer it gave. A second request in flight waits here for the first one's commit.

    Raises IdempotencyKeyReused where the key served another request, and AnswerOfFormerPlace where the account had
    another role or union then: what it was told may lie out of its reach now.
    """
    account, given_to = principal.account, _standing(principal)
    taken = await connection.fetchval(
        """INSERT INTO idempotency_keys (account, key, fingerprint, given_to) VALUES ($1, $2, $3, $4)
           ON CONFLICT (account, key) DO NOTHING RETURNING true""",
        account,
        key,
        print_,
        given_to,
    )
    if taken:
        return None
    row = await connection.fetchrow(
        "SELECT fingerprint, given_to, status, answer FROM idempotency_keys WHERE account = $1 AND key = $2",
        account,
        key,
    )
    assert row is not None
    if row["fingerprint"] != print_:
        raise IdempotencyKeyReused
    # An answer kept before it was noted to whom has none; it goes with its age.
    if row["given_to"] not in (None, given_to):
        raise AnswerOfFormerPlace
    return StoredAnswer(row["status"], row["answer"])


def _standing(principal: Principal) -> str:
    return f"{principal.role}/{principal.scope_id or ''}"


async def store(connection: Connection, account: str, key: str, answer: StoredAnswer) -> None:
    """Keep the answer, in the act's own transaction."""
    await connection.execute(
        "UPDATE idempotency_keys SET status = $3, answer = $4 WHERE account = $1 AND key = $2",
        account,
        key,
        answer.status,
        answer.body,
    )
