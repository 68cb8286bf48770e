"""Canonical JSON (RFC 8785), so that everybody computes the same hash of the same content."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Any

import rfc8785


def canonical(value: Any) -> bytes:
    """The value as canonical JSON. Raises rfc8785.CanonicalizationError, for example for an integer above 2^53."""
    return rfc8785.dumps(value)


def joined(about: Any, rows: Sequence[bytes]) -> bytes:
    """The canonical object `{"about": …, "rows": […]}` of rows that are canonical already."""
    return b'{"about":' + canonical(about) + b',"rows":[' + b",".join(rows) + b"]}"


def digest(content: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return sha256(content).hexdigest()
