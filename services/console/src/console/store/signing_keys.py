"""Stores the keys that sign tokens. The private keys are encrypted with the storage key."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from chassis.privacy import RowCipher
from chassis.sql import Connection, Statement
from console.credentials.key_pairs import KeyPair
from console.domain.signing_keys import KeyTimes

#: Locks a fixed number, so that transactions that add or withdraw a key wait for one another.
SERIALIZE = Statement("SELECT pg_advisory_xact_lock(hashtextextended('console.signing_keys', 0))")
LIST = Statement(
    "SELECT kid, created_at, signs_from, withdrawn_at, public_jwk, now() AS read_at FROM signing_keys ORDER BY kid"
)
PRIVATE = Statement("SELECT key_id, sealed FROM signing_keys WHERE kid = :kid")
NOW = Statement("SELECT now()")
ADD = Statement(
    """INSERT INTO signing_keys (kid, key_id, sealed, public_jwk, signs_from)
       VALUES (:kid, :key_id, :sealed, :public_jwk, now() + make_interval(secs => :lead_s))"""
)
WITHDRAW = Statement("UPDATE signing_keys SET withdrawn_at = now() WHERE withdrawn_at IS NULL AND kid <> :kept_kid")
DELETE = Statement("DELETE FROM signing_keys WHERE kid = ANY(:kids)")


@dataclass(frozen=True, slots=True)
class StoredKeys:
    """All keys, as they were stored at `read_at`. `public_jwks`: the public keys by key id."""

    times: list[KeyTimes]
    public_jwks: dict[str, dict[str, Any]]
    read_at: datetime


async def read_keys(connection: Connection) -> StoredKeys:
    rows = await LIST.fetch(connection)
    now = rows[0]["read_at"] if rows else await NOW.fetchval(connection)
    times = [KeyTimes(row["kid"], row["created_at"], row["signs_from"], row["withdrawn_at"]) for row in rows]
    return StoredKeys(times, {row["kid"]: row["public_jwk"] for row in rows}, now)


async def lock_keys(connection: Connection) -> StoredKeys:
    """All keys. Other transactions that change keys wait until this transaction ends."""
    await SERIALIZE.execute(connection)
    return await read_keys(connection)


async def private_key(connection: Connection, row_cipher: RowCipher, kid: str) -> str:
    """The private key as PEM."""
    row = await PRIVATE.fetchrow(connection, kid=kid)
    assert row is not None
    return row_cipher.unseal_bytes(row["sealed"], row["key_id"]).decode()


async def add_key(connection: Connection, row_cipher: RowCipher, pair: KeyPair, lead_s: float) -> None:
    """Store a key that signs after `lead_s` seconds."""
    key_id = uuid4()
    sealed = row_cipher.seal_bytes(pair.private, key_id)
    await ADD.execute(connection, kid=pair.kid, key_id=key_id, sealed=sealed, public_jwk=pair.public_jwk, lead_s=lead_s)


async def withdraw_keys(connection: Connection, *, but: str) -> None:
    """Withdraw all keys except the key `but`. Withdrawn keys are out of use at once."""
    await WITHDRAW.execute(connection, kept_kid=but)


async def delete_keys(connection: Connection, kids: list[str]) -> None:
    await DELETE.execute(connection, kids=kids)
