"""Keyed blind indexes: exact-match search and uniqueness over sealed values (facts §6)."""

import hmac as stdlib_hmac

from cryptography.hazmat.primitives import hashes, hmac

from chassis.keys import Keys


class BlindIndex:
    """HMAC under the index key; HMAC-SHA256 by default, HMAC-SM3 by setting. 32 hex characters (128 bits)."""

    def __init__(self, keys: Keys) -> None:
        self._key = keys.index
        self._sm3 = keys.index_algorithm == "HMAC-SM3"
        self._sha256 = stdlib_hmac.new(keys.index, digestmod="sha256")

    def person_key(self, document_type: str, number: str) -> str:
        """A person = document type + normalised number (A58)."""
        return self.of("person", f"{document_type}|{number}")

    def of(self, purpose: str, text: str) -> str:
        """`purpose` keeps the indexes of different fields apart."""
        data = f"{purpose}|{text}".encode()
        if not self._sm3:
            keyed = self._sha256.copy()
            keyed.update(data)
            return keyed.hexdigest()[:32]
        mac = hmac.HMAC(self._key, hashes.SM3())
        mac.update(data)
        return mac.finalize().hex()[:32]
