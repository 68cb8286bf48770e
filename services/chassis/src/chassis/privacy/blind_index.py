"""Blind indexes: keyed hashes of encrypted values, for exact searches and for uniqueness (docs/formulas.md)."""

from collections.abc import Iterable, Sequence

from cryptography.hazmat.primitives import hashes, hmac

from chassis.normalization import code_key, display_name, is_plain_name, name_key
from chassis.privacy.keyed_hash import KeyedHash
from chassis.privacy.keys import Keys

NAME, PERSON = "name", "person"


class BlindIndex:
    """Computes blind indexes with the index key of the key file: HMAC-SHA256 by default, HMAC-SM3 if the key file says
    so. A blind index has 32 hex characters (128 bits).
    """

    def __init__(self, keys: Keys) -> None:
        self._key = keys.index
        self._sm3 = keys.index_algorithm == "HMAC-SM3"
        self._sha256 = KeyedHash(keys.index)

    def person_key(self, document_type: str, number: str) -> str:
        """The key of document type and number (A58). Spaces, case and width of the number do not change the key."""
        return self.of(PERSON, f"{document_type}|{code_key(number)}")

    def name_key(self, name: str) -> str:
        """The key by which a name is found and compared."""
        return self.of(NAME, name_key(name))

    def written_key(self, name: str) -> str | None:
        """The key of the name exactly as displayed; None if the displayed name equals its folded form. In the folded
        form, variants of a character, such as upper and lower case, become one character.

        `name_key` is the key of the folded form. If an import changes the `written_key` of a person but not the
        `name_key`, it has changed only the spelling of the name.
        """
        written = display_name(name)
        return self.of(NAME, written) if written != name_key(name) else None

    def person_keys(self, document_types: Iterable[str], numbers: Iterable[str]) -> list[str]:
        """For each pair of document type and number, the `person_key`."""
        pairs = zip(document_types, numbers, strict=True)
        return self.of_each(PERSON, [f"{document_type}|{code_key(number)}" for document_type, number in pairs])

    def names_and_written_keys(self, names: Sequence[str]) -> tuple[list[str], list[str | None]]:
        """Two lists, each in the order of `names`: the `name_key` and the `written_key` of each name."""
        plain = [is_plain_name(name) for name in names]
        keys = self.of_each(
            NAME, [name if is_plain else name_key(name) for name, is_plain in zip(names, plain, strict=True)]
        )
        return keys, [None if is_plain else self.written_key(name) for name, is_plain in zip(names, plain, strict=True)]

    def name_keys(self, name: str) -> list[str]:
        """All keys that a search for a name matches: the key of the folded form, and the key of the displayed name.
        Rows of older releases have the key of the displayed name.
        """
        return list(dict.fromkeys((self.name_key(name), self.of(NAME, display_name(name)))))

    def of(self, purpose: str, text: str) -> str:
        """The blind index of a text. `purpose`: a word for the kind of text. One text has another index for each
        purpose, so that the indexes of two fields cannot be compared.
        """
        data = f"{purpose}|{text}".encode("utf-8", "surrogatepass")
        if not self._sm3:
            return self._sha256.of(data).hexdigest()[:32]
        mac = hmac.HMAC(self._key, hashes.SM3())
        mac.update(data)
        return mac.finalize().hex()[:32]

    def of_each(self, purpose: str, texts: Iterable[str]) -> list[str]:
        """The blind index of each text. Takes half the time of calling `of` for each text."""
        if self._sm3:
            return [self.of(purpose, text) for text in texts]
        return [found.hexdigest()[:32] for found in self._sha256.of_each(f"{purpose}|".encode(), texts)]
