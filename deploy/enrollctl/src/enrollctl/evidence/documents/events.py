"""The events about a batch."""

from uuid import UUID

from chassis.validation import Instant
from enrollctl.evidence.documents.rows import Part, Row, Sha256


class KeyRange(Part):
    """The events of one topic and key: every sequence number from `first` to `last`. `first` is above 1 if the topic no
    longer retains the oldest events.
    """

    topic: str
    key: str
    first: int
    last: int


class EventsAbout(Part):
    """The topics and keys whose events the document contains."""

    keys: list[KeyRange]


class EventEntry(Row):
    """An event as it is on its topic. `payload_sha256`: the hash of the record's value."""

    label = "event {sequence} of {key} on {topic}"

    topic: str
    key: str
    sequence: int
    partition: int
    offset: int
    id: UUID
    type: str
    source: str
    time: Instant
    causation_id: str
    correlation_id: str
    payload_sha256: Sha256
    payload_bytes: int
