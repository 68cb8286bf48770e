"""Keyed fingerprints: the simulator keeps no number and no name in clear."""

import hmac

from chassis.normalization import code_key


class Fingerprints:
    """HMAC-SHA-256 under the index key of the key file; 32 bytes each, one domain of use per method."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def number(self, number: str) -> bytes:
        """Of a document number as the registries know it: without its type."""
        return self._of("number", code_key(number))

    def person(self, document_type: str, number: str) -> bytes:
        """Of a person as the center knows him: document type and number (A58)."""
        return self._of(f"person|{document_type}", code_key(number))

    def content(self, content: str) -> bytes:
        """Of a request's content, to tell a repetition from a change."""
        return self._of("content", content)

    def _of(self, domain: str, text: str) -> bytes:
        return hmac.digest(self._key, f"{domain}|{text}".encode(), "sha256")
