"""Keyed fingerprints. The simulator stores them instead of document numbers and people's names."""

from collections.abc import Iterable

from chassis.normalization import code_key
from chassis.privacy import KeyedHash


class Fingerprints:
    """A fingerprint is an HMAC-SHA-256 with the index key of the key file. It has 32 bytes.

    Each method adds a prefix of its own, so that fingerprints of different kinds cannot be equal.
    """

    def __init__(self, key: bytes) -> None:
        self._hash = KeyedHash(key)

    def number(self, number: str) -> bytes:
        """The fingerprint of a document number for the registries, which do not use the document type."""
        [fingerprint] = self.numbers([number])
        return fingerprint

    def numbers(self, numbers: Iterable[str]) -> list[bytes]:
        """The fingerprint of each document number, as `number` computes it."""
        return self._of_each("number", [code_key(number) for number in numbers])

    def person(self, document_type: str, number: str) -> bytes:
        """The fingerprint of a person for the center, which identifies people by document type and number (A58)."""
        [fingerprint] = self.people([(document_type, number)])
        return fingerprint

    def people(self, people: Iterable[tuple[str, str]]) -> list[bytes]:
        """The fingerprint of each document type and number, as `person` computes it."""
        return self._of_each("person", [f"{document_type}|{code_key(number)}" for document_type, number in people])

    def content(self, content: bytes) -> bytes:
        """The fingerprint of a request's content. It shows whether a repeated request was changed."""
        return self._hash.of(b"content|" + content).digest()

    def _of_each(self, kind: str, texts: Iterable[str]) -> list[bytes]:
        return [found.digest() for found in self._hash.of_each(f"{kind}|".encode(), texts)]
