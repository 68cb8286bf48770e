"""Makes, publishes, replaces and deletes the keys of tokens, and signs tokens with them."""

import time
from datetime import timedelta
from typing import Any
from uuid import uuid4

from chassis.database import Database
from chassis.identity import Principal, issue_session_token
from chassis.privacy import RowCipher
from chassis.sql import Connection
from console.credentials.key_pairs import new_key_pair
from console.domain import signing_keys as domain
from console.domain.signing_keys import TOKEN_S
from console.store import signing_keys as store

#: A replica reads the keys again after this time, so that it signs with a successor soon enough.
REREAD_S = 10.0


class TokenMint:
    """Signs the tokens of this process."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._key: tuple[str, str] | None = None
        self._read_at = 0.0

    async def token(self, principal: Principal, audience: str) -> str:
        """A token for one service, which expires within a minute."""
        kid, private = await self._current_key()
        return issue_session_token(principal, audience=audience, seconds=TOKEN_S, kid=kid, private=private)

    def forget(self) -> None:
        """Read the keys again at the next token."""
        self._key = None

    async def _current_key(self) -> tuple[str, str]:
        if self._key is None or time.monotonic() - self._read_at > REREAD_S:
            self._key = await _signing_key(self._database)
            self._read_at = time.monotonic()
        return self._key


async def _signing_key(database: Database) -> tuple[str, str]:
    """The id and the private key of the key that signs. If there is none, as at the first start, one is made."""
    cipher = database.tools.row_cipher
    async with database.work(uuid4()) as work:
        keys = await store.read_keys(work.connection)
        current = domain.signing_key(keys.times, keys.read_at)
        if current is None:
            await add_key_if_due(work.connection, cipher, age_s=0.0, lead_s=0.0, only_first=True)
            keys = await store.read_keys(work.connection)
            current = domain.signing_key(keys.times, keys.read_at)
        assert current is not None
        return current.kid, await store.private_key(work.connection, cipher, current.kid)


async def add_key_if_due(
    connection: Connection, cipher: RowCipher, *, age_s: float, lead_s: float, only_first: bool = False
) -> str | None:
    """Add a key if there is none that signs, or if the newest is older than `age_s`. Returns the new key's id.

    The first key signs at once, because no service knows another one.
    """
    keys = await store.lock_keys(connection)
    has_current = domain.signing_key(keys.times, keys.read_at) is not None
    if has_current and (only_first or not domain.is_key_due(keys.times, keys.read_at, timedelta(seconds=age_s))):
        return None
    pair = new_key_pair()
    await store.add_key(connection, cipher, pair, lead_s if has_current else 0.0)
    return pair.kid


async def replace_key(connection: Connection, cipher: RowCipher, *, lead_s: float, at_once: bool) -> str:
    """Add a successor of the current key; returns its id.

    `at_once`: it signs now, and all other keys are withdrawn, because one of them is in wrong hands. Tokens of these
    keys are refused as soon as the services have fetched the keys again, which they do once a minute.
    """
    await store.lock_keys(connection)
    pair = new_key_pair()
    await store.add_key(connection, cipher, pair, 0.0 if at_once else lead_s)
    if at_once:
        await store.withdraw_keys(connection, but=pair.kid)
    return pair.kid


async def published_key_set(connection: Connection) -> dict[str, Any]:
    """The public keys, as a JWKS (RFC 7517)."""
    keys = await store.read_keys(connection)
    return {"keys": [keys.public_jwks[one.kid] for one in domain.published_keys(keys.times, keys.read_at)]}


async def delete_old_keys(connection: Connection) -> None:
    """Delete keys that are no longer published."""
    keys = await store.lock_keys(connection)
    published = {one.kid for one in domain.published_keys(keys.times, keys.read_at)}
    if old := [one.kid for one in keys.times if one.kid not in published]:
        await store.delete_keys(connection, old)
