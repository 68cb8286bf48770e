"""The public keys that prove the console's signatures on tokens (JWKS). A service fetches the keys and keeps the last
keys that it got.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from joserfc.jwk import OKPKey

log = structlog.get_logger()

#: Fetches the key set, a JSON object with the list `keys` (RFC 7517).
Fetch = Callable[[], Awaitable[dict[str, Any]]]

#: Two fetches are at least this far apart, so that tokens with invented key ids cannot flood the console.
REFETCH_S = 10.0
#: Keys that were fetched longer ago are fetched again, so that a withdrawn key is soon forgotten.
FRESH_S = 60.0
CURVE = "Ed25519"


class PublishedKeys:
    """If a fetch fails, the last known keys stay valid, so that requests with a token are still served while the
    console does not answer.
    """

    def __init__(self, fetch: Fetch, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._fetch = fetch
        self._clock = clock
        self._keys: dict[str, OKPKey] = {}
        self._fetched_at: float | None = None
        self._tried_at: float | None = None
        self._lock = asyncio.Lock()
        self._refreshing: asyncio.Task[None] | None = None

    async def find(self, kid: str) -> OKPKey | None:
        """The key with this id, or None.

        If the id is unknown, the keys are fetched before the answer. If the known keys are old, the keys are fetched
        again in the background.
        """
        if kid not in self._keys:
            await self._refresh()
        elif self._is_old() and (self._refreshing is None or self._refreshing.done()):
            self._refreshing = asyncio.create_task(self._refresh())
        return self._keys.get(kid)

    async def _refresh(self) -> None:
        # A request waits while another request fetches the keys. Otherwise it would be refused, because `_tried_at` is
        # set before the keys are there.
        async with self._lock:
            if not self._may_fetch():
                return
            self._tried_at = self._clock()
            try:
                self._keys = keys_in(await self._fetch())
                self._fetched_at = self._clock()
            except Exception as error:
                log.warning("token_keys_not_fetched", error=type(error).__name__, known=len(self._keys))

    def _may_fetch(self) -> bool:
        return self._tried_at is None or self._clock() - self._tried_at >= REFETCH_S

    def _is_old(self) -> bool:
        return self._fetched_at is None or self._clock() - self._fetched_at >= FRESH_S


def keys_in(key_set: dict[str, Any]) -> dict[str, OKPKey]:
    """The Ed25519 keys by their ids.

    Keys of other types, such as `oct` or `RSA`, are left out. With such a key, a forged token could name an algorithm
    that uses the public key as a shared secret. Raises ValueError or TypeError if `key_set` is no key set.
    """
    listed = key_set["keys"]
    if not isinstance(listed, list):
        raise TypeError("`keys` is no list")
    usable = [one for one in listed if one.get("kty") == "OKP" and one.get("crv") == CURVE and one.get("kid")]
    return {str(one["kid"]): OKPKey.import_key({name: one[name] for name in ("kty", "crv", "x")}) for one in usable}
