"""A record as the chassis handles it, without types of a Kafka client library."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from contracts.envelope import Headers
from contracts.event import Event
from contracts.topics import Topic

#: The longest key, in bytes. Topic and key are stored in one index row, and PostgreSQL limits an index row to 2,704
#: bytes.
LONGEST_KEY: Final = 512
KEPT_OF_A_KEY: Final = 400


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a topic; `key` is "" if the record has no key."""

    topic: str
    partition: int
    offset: int
    key: str
    headers: Headers
    value: bytes | None
    #: The event, if a function of `Subscriptions.locks` has read it. It is not read a second time.
    read_before: dict[type[Event], Event] = field(default_factory=dict, init=False, repr=False, compare=False)

    @classmethod
    def of(cls, raw: Any) -> "Record":
        """Make a Record from aiokafka's ConsumerRecord. A header without a value gets an empty value."""
        headers = [(name, b"" if value is None else bytes(value)) for name, value in raw.headers]
        return cls(raw.topic, raw.partition, raw.offset, _key(raw.key or b""), headers, raw.value)

    @property
    def topic_key(self) -> tuple[str, str]:
        """The record's topic and key. Records with the same topic and key are handled in their order."""
        return self.topic, self.key


def subjects_of(records: Iterable[Record], topic: Topic) -> list[UUID]:
    """The subjects (`ce_subject`) of the topic's records, sorted; subjects that are no UUID are left out."""
    found = set()
    for record in records:
        subject = dict(record.headers).get("ce_subject", b"") if record.topic == topic.name else b""
        with suppress(ValueError):
            found.add(UUID(subject.decode(errors="replace")))
    return sorted(found)


def _key(raw: bytes) -> str:
    """The key as a text that PostgreSQL can store and index. A malformed key of a foreign program must not stop
    a poll.

    A key that cannot be stored is replaced by its beginning and a hash of the whole key, so that two keys stay
    different.
    """
    text = raw.decode(errors="replace").replace("\x00", "\ufffd")
    if len(raw) <= LONGEST_KEY and text.encode() == raw:
        return text
    return f"{text.encode()[:KEPT_OF_A_KEY].decode(errors='ignore')}\u2026{sha256(raw).hexdigest()}"
