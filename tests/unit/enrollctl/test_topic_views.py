"""What enrollctl shows to operators about the records on topics contains no personal data."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import uuid4

import orjson
from aiokafka import TopicPartition

from contracts.envelope import Envelope, Headers
from contracts.topics import MEMBERS, UNIONS
from enrollctl.commands.streams.topics import line_of
from enrollctl.demo.results.topic_figures import TopicFigures, count_kafka_record
from enrollctl.streams.lag import lag_of
from enrollctl.streams.topics import tailed


@dataclass
class Record:
    value: bytes | None
    headers: Headers
    key: bytes | None = b"unit-1"
    topic: str = "members.batches.v1"
    partition: int = 3
    offset: int = 7
    timestamp: int = 1_715_300_000_000
    extra: dict[str, str] = field(default_factory=dict)


def envelope(**changes: object) -> Envelope:
    facts = {
        "id": uuid4(),
        "type": "members.imported",
        "source": "/member-svc",
        "time": datetime(2024, 5, 10, 1, 0, tzinfo=UTC),
        "subject": "unit-1",
        "sequence": 4,
        "causation_id": "c",
        "correlation_id": "c",
    }
    return Envelope(**facts | changes)  # type: ignore[arg-type]


BODY = {
    "part": {"index": 1, "count": 3},
    "members": [{"name_masked": "张*"}, {"name_masked": "李*"}],
    "sealed": {"ciphertext": "c2VjcmV0"},
}


def test_a_line_tells_type_key_sequence_part_and_people():
    line = line_of(tailed(Record(orjson.dumps(BODY), envelope().to_headers()))).plain
    assert line == "2024-05-10T01:00:00.000+00:00  members.imported  unit-1  seq 4  part 2/3  people 2"


def test_a_record_with_a_header_without_a_value_is_shown_as_no_event_of_ours():
    headers = [(name, None if name == "ce_id" else value) for name, value in envelope().to_headers()]
    assert "ce_id is missing" in tailed(Record(orjson.dumps(BODY), headers)).type  # type: ignore[arg-type]


def test_what_compaction_removed_counts_as_no_gap():
    figures = TopicFigures()
    figures.count_record(UNIONS.name, "union-1", envelope(sequence=5), {}, set())
    figures.count_record(MEMBERS.name, "unit-1", envelope(sequence=3), {}, set())
    assert (figures.gaps, figures.regressions) == (2, 0)


def test_sequence_numbers_that_a_restore_used_again_before_this_run_count_as_no_regression():
    figures = TopicFigures()
    for sequence, now in ((4, False), (3, False), (4, True), (6, True)):
        figures.count_record(MEMBERS.name, "unit-1", envelope(id=uuid4(), sequence=sequence), {}, set(), now=now)
    assert (figures.gaps, figures.regressions, figures.copies) == (1, 0, 0)


def test_the_demo_skips_tombstones_when_it_counts_the_events_of_a_topic():
    figures = TopicFigures()
    count_kafka_record(figures, Record(None, [], topic=UNIONS.name), set(), {})
    assert figures == TopicFigures()


def test_no_person_and_no_sealed_block_is_shown():
    shown = orjson.dumps(tailed(Record(orjson.dumps(BODY), envelope().to_headers()))).decode()
    assert "张" not in shown
    assert "c2VjcmV0" not in shown


def test_a_replayed_event_says_so():
    assert "replay" in line_of(tailed(Record(b"{}", envelope(replay=True).to_headers()))).plain


def test_a_record_that_is_no_event_is_shown_as_such():
    seen = tailed(Record(b"\xff junk", []))
    assert "header" in seen.type
    assert "missing" in seen.type
    assert (seen.people, seen.part, seen.key) == (None, None, "unit-1")


def test_a_tombstone_is_shown():
    assert tailed(Record(None, envelope().to_headers())).people is None


def places(*ends: tuple[int, int]) -> dict[TopicPartition, tuple[int, int]]:
    return {TopicPartition(MEMBERS.name, number): one for number, one in enumerate(ends)}


def test_lag_is_what_was_not_committed():
    committed = {TopicPartition(MEMBERS.name, 0): 4, TopicPartition(MEMBERS.name, 1): 5}
    lag = lag_of("enrollment-svc", MEMBERS, places((0, 10), (0, 5)), committed)
    assert (lag.committed, lag.end, lag.lag) == (9, 15, 6)


def test_a_group_that_never_committed_lags_by_all_that_is_held():
    lag = lag_of("enrollment-svc", MEMBERS, places((3, 10), (0, 5)), {})
    assert (lag.committed, lag.lag) == (None, 12)


def test_what_retention_removed_is_no_lag():
    lag = lag_of("enrollment-svc", MEMBERS, places((8, 10)), {TopicPartition(MEMBERS.name, 0): 2})
    assert lag.lag == 2


def test_reference_topics_are_read_without_commits():
    ends = {TopicPartition(UNIONS.name, 0): (0, 40)}
    assert lag_of("review-svc", UNIONS, ends, {}).lag is None


def test_completed_lines_are_counted_by_the_year_of_their_submission():
    figures = TopicFigures(years={"l1": 2024, "l2": 2025}, completed={"l1": (3, 10), "l2": (4, 10), "l3": (1, 10)})
    assert (figures.completed_heads(2024), figures.completed_heads(2025)) == (4, 5)
