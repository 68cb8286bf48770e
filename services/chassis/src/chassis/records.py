"""A record as the chassis handles it, free of any client library."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from contracts.envelope import Headers

#: Bytes. PostgreSQL indexes at most 2,704, topic and all.
LONGEST_KEY: Final = 512
KEPT_OF_A_KEY: Final = 400


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a topic; `key` is "" where the record has none."""

    topic: str
    partition: int
    offset: int
    key: str
    headers: Headers
    value: bytes | None

    @classmethod
    def of(cls, raw: Any) -> "Record":
        """From aiokafka's ConsumerRecord; a header without a value counts as an empty one."""
        headers = [(name, b"" if value is None else bytes(value)) for name, value in raw.headers]
        return cls(raw.topic, raw.partition, raw.offset, _key(raw.key or b""), headers, raw.value)

    @property
    def place(self) -> tuple[str, str]:
        """Topic and key: where order matters."""
        return self.topic, self.key


def _key(raw: bytes) -> str:
    """The key as a text that PostgreSQL stores and indexes: one key of a stranger's must not stop the poll.

    Of any other the beginning is kept, with a hash of the whole, so that two keys never share a place.
    """
    text = raw.decode(errors="replace").replace("\x00", "\ufffd")
    if len(raw) <= LONGEST_KEY and text.encode() == raw:
        return text
    return f"{text.encode()[:KEPT_OF_A_KEY].decode(errors='ignore')}\u2026{sha256(raw).hexdigest()}"
