"""Hashes passwords with argon2id, in threads, a few at a time."""

import asyncio
from secrets import token_urlsafe

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError


class PasswordHashing:
    """At most `at_once` passwords are hashed at the same time, because each hash takes `memory_kib` of memory."""

    def __init__(self, *, memory_kib: int, passes: int, at_once: int) -> None:
        self._hasher = PasswordHasher(time_cost=passes, memory_cost=memory_kib, parallelism=1)
        self._slots = asyncio.Semaphore(at_once)
        self._nobodys: str | None = None

    async def hash(self, password: str) -> str:
        async with self._slots:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def matches(self, password_hash: str | None, password: str) -> bool:
        """Whether `password_hash` is the hash of the password. `password_hash` is None if the account does not exist.

        In this case the password is compared with the hash of a random secret, so that the answer takes as long as for
        an account that exists.
        """
        async with self._slots:
            return await asyncio.to_thread(self._matches, password_hash, password)

    def is_outdated(self, password_hash: str) -> bool:
        """Whether the hash was made with other settings than the present ones."""
        return self._hasher.check_needs_rehash(password_hash)

    def _matches(self, password_hash: str | None, password: str) -> bool:
        if self._nobodys is None:
            self._nobodys = self._hasher.hash(token_urlsafe(32))
        try:
            return self._hasher.verify(password_hash or self._nobodys, password) and password_hash is not None
        except VerifyMismatchError:
            return False
