"""Checks the topics and the logs after a roster has passed all six stages."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from system.walked_roster import ROWS, personal

from contracts.catalog import BY_TYPE
from contracts.envelope import Envelope
from contracts.topics import TOPICS
from enrollctl.stack.stack import Stack

SCHEMAS = Path(__file__).parents[2] / "contracts" / "schemas"


@pytest.fixture(scope="module")
async def records(walked: Stack) -> list[Any]:
    consumer = AIOKafkaConsumer(bootstrap_servers=walked.kafka_bootstrap, isolation_level="read_committed")
    await consumer.start()
    try:
        partitions = [TopicPartition(t.name, n) for t in TOPICS for n in range(t.partitions)]
        ends = await consumer.end_offsets(partitions)
        consumer.assign(partitions)
        await consumer.seek_to_beginning(*partitions)
        found: list[Any] = []
        while any([await consumer.position(tp) < ends[tp] for tp in partitions]):
            for batch in (await consumer.getmany(timeout_ms=500)).values():
                found += batch
        return found
    finally:
        await consumer.stop()


def test_every_record_fits_the_published_schema_and_lies_where_its_key_belongs(records: list[Any]):
    validators = {
        kind: jsonschema.Draft202012Validator(json.loads((SCHEMAS / f"{kind}.json").read_text())) for kind in BY_TYPE
    }
    partitions: dict[tuple[str, bytes], int] = {}
    for record in records:
        envelope = Envelope.from_headers(record.headers)
        body = json.loads(record.value)
        validators[envelope.type].validate(body)
        event = BY_TYPE[envelope.type].model_validate(body)
        assert record.key.decode() == event.key()
        assert record.topic == event.topic.name
        assert partitions.setdefault((record.topic, record.key), record.partition) == record.partition
    assert {Envelope.from_headers(r.headers).type for r in records} >= {
        "members.imported.v1",
        "statuses.verified.v1",
        "enrollments.members-confirmed.v1",
        "enrollments.batch-submitted.v1",
        "reviews.batch-returned.v1",
        "reviews.batch-completed.v1",
        "reviews.submitted-to-center.v1",
        "reviews.center-confirmed.v1",
        "payments.voucher-submitted.v1",
        "payments.voucher-accepted.v1",
        "rates.set.v1",
        "unions.changed.v1",
    }


def test_sequences_are_gapless_per_topic_and_key(records: list[Any]):
    seen: dict[tuple[str, bytes], list[int]] = {}
    for record in sorted(records, key=lambda r: (r.topic, r.partition, r.offset)):
        seen.setdefault((record.topic, record.key), []).append(Envelope.from_headers(record.headers).sequence)
    for place, sequences in seen.items():
        assert list(dict.fromkeys(sequences)) == list(range(1, max(sequences) + 1)), place


def test_no_topic_names_a_person_to_a_reader_without_the_key(records: list[Any]):
    secrets = personal()
    assert len(secrets) > ROWS
    for record in records:
        text = record.value.decode() + " ".join(value.decode() for _, value in record.headers)
        assert not [secret for secret in secrets if secret in text], record.topic


def test_no_log_names_a_person(walked: Stack):
    secrets = personal()
    for log in (walked.folders.root / "logs").glob("*.log"):
        text = log.read_text(errors="replace")
        assert not [secret for secret in secrets if secret in text], log.name


def test_logs_of_services_are_json_with_correlation_ids(walked: Stack):
    lines = (walked.folders.log("review-svc")).read_text().splitlines()
    events = [json.loads(line) for line in lines]
    submitted = [event for event in events if event["event"] == "submitted_to_center"]
    assert submitted
    assert all(event["service"] == "review-svc" for event in events)


def test_one_trace_leads_from_the_roster_to_the_status(records: list[Any]):
    traces: dict[str, set[str]] = {}
    for record in records:
        envelope = Envelope.from_headers(record.headers)
        if envelope.traceparent:
            traces.setdefault(envelope.traceparent.split("-")[1], set()).add(envelope.type)
    assert any({"members.imported.v1", "statuses.verified.v1"} <= types for types in traces.values())
