"""Keyed blind indexes: exact-match search and uniqueness over sealed values (docs/formulas.md)."""

from hashlib import sha256
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives import hashes, hmac

from chassis.normalization import code_key, display_name, is_plain_name, name_key
from chassis.privacy.keys import Keys

if TYPE_CHECKING:
    import hashlib

NAME = "name"
#: HMAC hashes the key twice, combined with these bytes (RFC 2104).
INNER, OUTER = 0x36, 0x5C
SHA256_BLOCK = 64


class BlindIndex:
    """HMAC under the index key; HMAC-SHA256 by default, HMAC-SM3 by setting. 32 hex characters (128 bits)."""

    def __init__(self, keys: Keys) -> None:
        self._key = keys.index
        self._sm3 = keys.index_algorithm == "HMAC-SM3"
        # The hashes of the key are computed once. Copying them is faster than copying an object of the module `hmac`.
        key = keys.index if len(keys.index) <= SHA256_BLOCK else sha256(keys.index).digest()
        self._inner = _keyed(key, INNER)
        self._outer = _keyed(key, OUTER)

    def person_key(self, document_type: str, number: str) -> str:
        """The key of document type and number (A58). Spaces, case and width of the number do not change the key."""
        return self.of("person", f"{document_type}|{code_key(number)}")

    def name_key(self, name: str) -> str:
        """The key by which a name is found and compared."""
        return self.of(NAME, name_key(name))

    def written_key(self, name: str) -> str | None:
        """The key of the name exactly as displayed; None if the displayed name equals its folded form.

        `name_key` is the key of the folded form. If an import brings the same `name_key` but another `written_key`, it
        has changed only the spelling of the name.
        """
        written = display_name(name)
        return self.of(NAME, written) if written != name_key(name) else None

    def name_and_written_key(self, name: str) -> tuple[str, str | None]:
        """`name_key` and `written_key` of the name."""
        if is_plain_name(name):
            return self.of(NAME, name), None
        return self.name_key(name), self.written_key(name)

    def name_keys(self, name: str) -> list[str]:
        """All keys that a search for a name matches: the key of the folded form, and the key of the displayed name,
        which rows of older releases have.
        """
        return list(dict.fromkeys((self.name_key(name), self.of(NAME, display_name(name)))))

    def of(self, purpose: str, text: str) -> str:
        """The blind index of a text. `purpose` keeps the indexes of different fields apart."""
        data = f"{purpose}|{text}".encode("utf-8", "surrogatepass")
        if not self._sm3:
            inner, outer = self._inner.copy(), self._outer.copy()
            inner.update(data)
            outer.update(inner.digest())
            return outer.hexdigest()[:32]
        mac = hmac.HMAC(self._key, hashes.SM3())
        mac.update(data)
        return mac.finalize().hex()[:32]


def _keyed(key: bytes, pad: int) -> "hashlib._Hash":
    return sha256(bytes(byte ^ pad for byte in key.ljust(SHA256_BLOCK, b"\0")))
