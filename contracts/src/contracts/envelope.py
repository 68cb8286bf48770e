"""CloudEvents 1.0 in Kafka binary mode: the attributes are `ce_*` headers, and the event is the record's value.

`ce_sequence` counts 1, 2, 3, … for each topic and key. If a reader has handled number 7 of a key, it skips each record
of this key with number 7 or lower. `ce_source` names the owner of the topic. Readers refuse records of any other
source.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import NAMESPACE_URL, UUID, uuid5

NAMESPACE = uuid5(NAMESPACE_URL, "urn:union-enrollment:events")
CONTENT_TYPE = "application/json"

#: An attribute can have at most this many bytes. A service that handles an event copies some of the event's
#: attributes to the events that it publishes. If an attribute were very long, those events would not fit into a record.
LONGEST_ATTRIBUTE = 1_024
#: Readers and writers keep sequences in signed 64-bit columns.
SEQUENCES = range(1, 2**63)
NUMBER = re.compile(r"[1-9][0-9]{0,18}")

Headers = list[tuple[str, bytes]]


class EnvelopeError(ValueError):
    """The headers of a record are no valid envelope. The message quotes no value of a header."""


def derived_id(cause: UUID, kind: str, subject: str, part: int = 0) -> UUID:
    """The id of an event that follows from `cause`. The same arguments always give the same id.

    A rebuild handles old events again. If an event with this id was published before the database was lost, the event
    is not published again.
    """
    return uuid5(NAMESPACE, f"{cause}|{kind}|{subject}|{part}")


@dataclass(frozen=True, slots=True)
class Envelope:
    """The attributes of one event, which the headers of its record contain. `time` is an instant with an offset."""

    id: UUID
    type: str
    source: str
    time: datetime
    subject: str
    sequence: int
    causation_id: str
    correlation_id: str
    traceparent: str | None = None
    replay: bool = False

    def to_headers(self) -> Headers:
        headers = [
            ("ce_specversion", b"1.0"),
            ("ce_id", str(self.id).encode()),
            ("ce_type", self.type.encode()),
            ("ce_source", self.source.encode()),
            ("ce_time", self.time.isoformat().encode()),
            ("ce_subject", self.subject.encode()),
            ("ce_sequence", str(self.sequence).encode()),
            ("ce_causationid", self.causation_id.encode()),
            ("ce_correlationid", self.correlation_id.encode()),
            ("content-type", CONTENT_TYPE.encode()),
        ]
        if self.traceparent:
            headers.append(("traceparent", self.traceparent.encode()))
        if self.replay:
            headers.append(("ce_replay", b"true"))
        return headers

    @classmethod
    def from_headers(cls, headers: Iterable[tuple[str, bytes | None]]) -> "Envelope":
        """Read the attributes. Raises EnvelopeError if a header is missing, repeated or unreadable."""
        found = _once(headers)
        try:
            return cls(
                id=UUID(_text(found, "ce_id")),
                type=_text(found, "ce_type"),
                source=_text(found, "ce_source"),
                time=datetime.fromisoformat(_text(found, "ce_time")),
                subject=_text(found, "ce_subject"),
                sequence=_sequence(found),
                causation_id=_text(found, "ce_causationid"),
                correlation_id=_text(found, "ce_correlationid"),
                traceparent=found["traceparent"].decode() if "traceparent" in found else None,
                replay=found.get("ce_replay") == b"true",
            )
        except EnvelopeError:
            raise
        except (ValueError, UnicodeDecodeError) as error:
            raise EnvelopeError(f"unreadable ce_ header: {type(error).__name__}") from error


def _once(headers: Iterable[tuple[str, bytes | None]]) -> dict[str, bytes]:
    """Header name → value. A repeated attribute is refused, because two readers could use two different values."""
    found: dict[str, bytes] = {}
    for name, value in headers:
        if name.startswith("ce_") and name in found:
            raise EnvelopeError("a ce_ header is repeated")
        if value is not None:
            found[name] = value
    return found


def _text(headers: Mapping[str, bytes], name: str) -> str:
    if name not in headers:
        raise EnvelopeError(f"header {name} is missing")
    if len(headers[name]) > LONGEST_ATTRIBUTE:
        raise EnvelopeError(f"header {name} is longer than {LONGEST_ATTRIBUTE} bytes")
    text = headers[name].decode()
    if "\x00" in text:
        raise EnvelopeError(f"header {name} holds a zero byte")
    return text


def _sequence(headers: Mapping[str, bytes]) -> int:
    text = _text(headers, "ce_sequence")
    if not NUMBER.fullmatch(text) or int(text) not in SEQUENCES:
        raise EnvelopeError("header ce_sequence is no number from 1 to 2^63 - 1")
    return int(text)
