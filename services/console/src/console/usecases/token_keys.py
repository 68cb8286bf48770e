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

#: A replica reads the keys again after this many seconds, so that it soon signs with a new key.
REREAD_S = 10.0


class TokenMint:
    """Signs tokens in this process."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._key: tuple[str, str] | None = None
        self._read_at = 0.0

    async def token(self, principal: Principal, audience: str) -> str:
        """A token that is valid for one service only. It expires within a minute."""
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
    """The id and the private key of the key that signs. If no key signs yet, as at the first start, a key is made."""
    cipher = database.tools.row_cipher
    async with database.read() as connection:
        found = await _current_pair(connection, cipher)
    if found is not None:
        return found
    async with database.work(uuid4()) as work:
        await add_key_if_due(work.connection, cipher, age_s=0.0, lead_s=0.0, only_first=True)
        made = await _current_pair(work.connection, cipher)
    assert made is not None
    return made


async def _current_pair(connection: Connection, cipher: RowCipher) -> tuple[str, str] | None:
    """The id and the private key of the key that signs now; None if there is none."""
    keys = await store.read_keys(connection)
    current = domain.signing_key(keys.times, keys.read_at)
    return None if current is None else (current.kid, await store.private_key(connection, cipher, current.kid))


async def add_key_if_due(
    connection: Connection, cipher: RowCipher, *, age_s: float, lead_s: float, only_first: bool = False
) -> str | None:
    """Add a key if no key signs yet, or if the newest key is older than `age_s` seconds. Returns the new key's id, or
    None.

    A new key signs after `lead_s` seconds. If no key signs yet, the new key signs at once, because without a key the
    console could sign no token.
    `only_first`: if True, a key is added only if no key signs yet.
    """
    keys = await store.lock_keys(connection)
    has_current = domain.signing_key(keys.times, keys.read_at) is not None
    if has_current and (only_first or not domain.is_key_due(keys.times, keys.read_at, timedelta(seconds=age_s))):
        return None
    pair = new_key_pair()
    await store.add_key(connection, cipher, pair, lead_s if has_current else 0.0)
    return pair.kid


async def replace_key(connection: Connection, cipher: RowCipher, *, lead_s: float, at_once: bool) -> str:
    """Add a new key that replaces the current key. Returns the id of the new key.

    `at_once`: True if an old key is in wrong hands. In this case the new key signs now, and all other keys are
    withdrawn. The services fetch the keys once a minute. After that, they refuse the tokens of the withdrawn keys.
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
