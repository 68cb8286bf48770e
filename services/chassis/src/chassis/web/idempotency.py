"""Every command requires an Idempotency-Key. A command that is sent again with the same key gets the stored answer."""

import hashlib
from collections.abc import Iterable
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


def command_id(account: str, key: str) -> UUID:
    """The id of a command. It is computed from account and Idempotency-Key, so a repeated command has the same id."""
    return uuid5(NAMESPACE, f"{account}|{key}")


def fingerprint(method: str, path: str, body: Iterable[bytes]) -> str:
    """A hash of a request. By this hash, `claim` finds out whether a key is used again for a different request.

    `body`: the content in pieces, so that a large file is not copied.
    """
    digest = hashlib.sha256(f"{method} {path}\n".encode())
    for piece in body:
        digest.update(piece)
    return digest.hexdigest()


async def claim(connection: Connection, principal: Principal, key: str, request_hash: str) -> StoredAnswer | None:
    """Claim the key, or return the stored answer. A second request with the same key waits here until the transaction
    of the first request ends.

    Raises IdempotencyKeyReused if the key was used for a different request. Raises AnswerOfFormerPlace if the account
    had another role or union when the answer was stored, because now the account is possibly not allowed to see the
    answer.
    """
    account, given_to = principal.account, _role_and_place(principal)
    is_new = await connection.fetchval(
        """INSERT INTO idempotency_keys (account, key, fingerprint, given_to) VALUES ($1, $2, $3, $4)
           ON CONFLICT (account, key) DO NOTHING RETURNING true""",
        account,
        key,
        request_hash,
        given_to,
    )
    if is_new:
        return None
    row = await connection.fetchrow(
        "SELECT fingerprint, given_to, status, answer FROM idempotency_keys WHERE account = $1 AND key = $2",
        account,
        key,
    )
    assert row is not None
    if row["fingerprint"] != request_hash:
        raise IdempotencyKeyReused
    # `given_to` is NULL in rows that were stored before this column existed; retention deletes these rows.
    if row["given_to"] not in (None, given_to):
        raise AnswerOfFormerPlace
    return StoredAnswer(row["status"], row["answer"])


def _role_and_place(principal: Principal) -> str:
    return f"{principal.role}/{principal.scope_id or ''}"


async def store(connection: Connection, account: str, key: str, answer: StoredAnswer) -> None:
    """Store the answer, in the transaction of the command."""
    await connection.execute(
        "UPDATE idempotency_keys SET status = $3, answer = $4 WHERE account = $1 AND key = $2",
        account,
        key,
        answer.status,
        answer.body,
    )
