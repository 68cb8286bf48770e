"""Keyed fingerprints. The simulator stores them instead of document numbers and people's names."""

import hmac

from chassis.normalization import code_key


class Fingerprints:
    """HMAC-SHA-256 under the index key of the key file; 32 bytes.

    Each method adds a prefix of its own, so that fingerprints of different kinds cannot be equal.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key

    def number(self, number: str) -> bytes:
        """The fingerprint of a document number for the registries, which do not use the document type."""
        return self._of("number", code_key(number))

    def person(self, document_type: str, number: str) -> bytes:
        """The fingerprint of a person for the center, which identifies people by document type and number (A58)."""
        return self._of(f"person|{document_type}", code_key(number))

    def content(self, content: str) -> bytes:
        """The fingerprint of a request's content, which shows whether a repeated request was changed."""
        return self._of("content", content)

    def _of(self, domain: str, text: str) -> bytes:
        return hmac.digest(self._key, f"{domain}|{text}".encode(), "sha256")
