"""Keyed blind indexes: exact-match search and uniqueness over sealed values (docs/formulas.md)."""

import hmac as stdlib_hmac

from cryptography.hazmat.primitives import hashes, hmac

from chassis.normalization import code_key, display_name, name_key
from chassis.privacy.keys import Keys

NAME = "name"


class BlindIndex:
    """HMAC under the index key; HMAC-SHA256 by default, HMAC-SM3 by setting. 32 hex characters (128 bits)."""

    def __init__(self, keys: Keys) -> None:
        self._key = keys.index
        self._sm3 = keys.index_algorithm == "HMAC-SM3"
        self._sha256 = stdlib_hmac.new(keys.index, digestmod="sha256")

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

    def name_keys(self, name: str) -> list[str]:
        """All keys that a search for a name matches: the key of the folded form, and the key of the displayed name,
        which rows of older releases have.
        """
        return list(dict.fromkeys((self.name_key(name), self.of(NAME, display_name(name)))))

    def of(self, purpose: str, text: str) -> str:
        """The blind index of a text. `purpose` keeps the indexes of different fields apart."""
        data = f"{purpose}|{text}".encode("utf-8", "surrogatepass")
        if not self._sm3:
            keyed = self._sha256.copy()
            keyed.update(data)
            return keyed.hexdigest()[:32]
        mac = hmac.HMAC(self._key, hashes.SM3())
        mac.update(data)
        return mac.finalize().hex()[:32]
