"""HMAC-SHA-256 of many short texts under one key."""

from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import hashlib

#: HMAC hashes the key twice, combined with these bytes (RFC 2104).
INNER, OUTER = 0x36, 0x5C
SHA256_BLOCK = 64


class KeyedHash:
    """The hashes of the key are computed once. Copying them is faster than copying an object of the module `hmac`."""

    def __init__(self, key: bytes) -> None:
        key = key if len(key) <= SHA256_BLOCK else sha256(key).digest()
        self._inner, self._outer = _keyed(key, INNER), _keyed(key, OUTER)

    def of(self, data: bytes) -> "hashlib._Hash":
        """The finished hash; the caller takes its `digest()` or `hexdigest()`."""
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(data)
        outer.update(inner.digest())
        return outer

    def of_each(self, head: bytes, texts: Iterable[str]) -> "Iterator[hashlib._Hash]":
        """For each text, the hash of `head` followed by the text. Takes half the time of calling `of` for each text."""
        start = self._inner.copy()
        start.update(head)
        copy_inner, copy_outer = start.copy, self._outer.copy
        for text in texts:
            inner, outer = copy_inner(), copy_outer()
            inner.update(text.encode("utf-8", "surrogatepass"))
            outer.update(inner.digest())
            yield outer


def _keyed(key: bytes, pad: int) -> "hashlib._Hash":
    return sha256(bytes(byte ^ pad for byte in key.ljust(SHA256_BLOCK, b"\0")))
