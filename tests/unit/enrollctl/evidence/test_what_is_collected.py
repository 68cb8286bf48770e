"""Which batch gets a pack, and which records of a topic are its events."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from aiokafka import TopicPartition
from unit.enrollctl.evidence.sample_pack import BATCH_NO, SUBMISSION_NO, sample_pack

from chassis.sql import SkippedRange
from contracts.envelope import Envelope
from contracts.topics import REVIEWS
from enrollctl.errors import Failure
from enrollctl.evidence.collecting.event_records import Published, entries_of, partition_of, ranges_of
from enrollctl.evidence.collecting.settled_batch import require_settled
from enrollctl.evidence.documents.paths import BATCH, EVENTS, SUBMISSIONS

PLACE = TopicPartition(REVIEWS.name, 3)


@dataclass
class Record:
    """A record, as aiokafka returns it."""

    sequence: int = 1
    source: str = REVIEWS.source
    key: bytes | None = BATCH_NO.encode()
    offset: int = 7
    timestamp: int = 1_715_313_600_000
    value: bytes | None = b"{}"
    topic: str = REVIEWS.name
    partition: int = 3
    headers: Any = field(default_factory=list)

    def __post_init__(self) -> None:
        envelope = Envelope(
            uuid4(), "some.event.v1", self.source, datetime.now(UTC), "s", self.sequence, str(uuid4()), "c"
        )
        self.headers = self.headers or envelope.to_headers()


@pytest.mark.parametrize(
    ("state", "due", "said"),
    [
        ("in_review", "settled", "is in_review"),
        ("completed", "payable", "is payable"),
        ("completed", "partly_paid", "is partly_paid"),
        ("completed", "voucher_uploaded", "is voucher_uploaded"),
        ("completed", "awaiting_confirmation", "is awaiting_confirmation"),
        ("returned", "settled", "has nothing to settle"),
    ],
)
def test_a_batch_that_is_not_settled_gets_no_pack(state: str, due: str, said: str):
    pack = sample_pack()
    lines, submissions = pack.documents[BATCH].rows, pack.documents[SUBMISSIONS].rows
    lines = [lines[0].model_copy(update={"state": state}), lines[1]]
    owed = submissions[0].due.model_copy(update={"state": due})
    with pytest.raises(Failure, match=said):
        require_settled(BATCH_NO, lines, [submissions[0].model_copy(update={"due": owed})])


def test_a_submission_without_its_due_is_not_settled():
    pack = sample_pack()
    submission = pack.documents[SUBMISSIONS].rows[0].model_copy(update={"due": None})
    with pytest.raises(Failure, match="is unknown"):
        require_settled(BATCH_NO, pack.documents[BATCH].rows, [submission])


@pytest.mark.parametrize("due", ["settled", "nothing_due"])
def test_a_batch_whose_lines_are_paid_or_have_ended_is_settled(due: str):
    pack = sample_pack()
    submission = pack.documents[SUBMISSIONS].rows[0]
    submission = submission.model_copy(update={"due": submission.due.model_copy(update={"state": due})})
    require_settled(BATCH_NO, pack.documents[BATCH].rows, [submission])


def test_only_records_of_the_owner_with_a_number_that_it_gave_are_events():
    published = Published({(REVIEWS.name, BATCH_NO): 2}, {(REVIEWS.name, 3): [SkippedRange(REVIEWS.name, 3, 50, 60)]})
    records = [
        Record(1), Record(2, source="/enrollment-svc"), Record(2, offset=55), Record(3), Record(2, offset=8),
        Record(1, key=b"CB202405100009"), Record(1, key=None), Record(1, headers=[("ce_id", b"x")]),
    ]  # fmt: skip
    assert [(one.sequence, one.offset) for one in entries_of(PLACE, records, published)] == [(1, 7), (2, 8)]


def test_the_oldest_events_may_be_gone_but_no_later_one():
    events = [one for one in sample_pack().documents[EVENTS].rows if one.topic == REVIEWS.name and one.key == BATCH_NO]
    last = {(REVIEWS.name, BATCH_NO): 3}
    assert [(one.first, one.last) for one in ranges_of(last, events)] == [(1, 3)]
    assert [(one.first, one.last) for one in ranges_of(last, events[1:])] == [(2, 3)]
    assert [(one.first, one.last) for one in ranges_of(last, [])] == [(4, 3)]
    with pytest.raises(Failure, match=f"has no event 2 of {BATCH_NO}"):
        ranges_of(last, [events[0], events[2]])
    with pytest.raises(Failure, match=f"has no event 3 of {BATCH_NO}"):
        ranges_of(last, events[:2])


def test_a_key_is_searched_on_the_partition_on_which_producers_put_it():
    # The first number is Kafka's murmur2 of the key, as its Java client computes it, without the sign.
    assert partition_of(REVIEWS.name, "foobar") == TopicPartition(REVIEWS.name, (-790332482 & 0x7FFFFFFF) % 12)
    assert partition_of(REVIEWS.name, SUBMISSION_NO).topic == REVIEWS.name
