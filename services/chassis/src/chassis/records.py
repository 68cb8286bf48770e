"""A record as the chassis handles it, free of any client library."""

from dataclasses import dataclass
from typing import Any

from contracts.envelope import Headers


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
        """From aiokafka's ConsumerRecord."""
        # PostgreSQL stores no zero byte in a text; one key of a stranger's must not stop the poll.
        key = raw.key.decode(errors="replace").replace("\x00", "\ufffd") if raw.key else ""
        return cls(raw.topic, raw.partition, raw.offset, key, [(n, bytes(v)) for n, v in raw.headers], raw.value)

    @property
    def place(self) -> tuple[str, str]:
        """Topic and key: where order matters."""
        return self.topic, self.key
