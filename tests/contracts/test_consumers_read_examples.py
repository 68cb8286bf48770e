"""Every service handles the golden examples of the events that it subscribes to, in any order of the topics.

The golden examples are the published examples of events, in contracts/examples.
"""

import importlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from chassis.messaging import Record
from chassis.privacy import Keys, new_key_file, read_keys
from chassis.service import Service
from chassis.testing import Bench, service_under_test
from contracts.catalog import BY_TYPE
from contracts.enrollments import BatchSubmitted
from contracts.topics import REVIEWS, TOPICS
from enrollctl.declarations import OWN_SERVICES
from enrollment_svc.domain.rates.money import Money
from enrollment_svc.store.batches import lines
from enrollment_svc.store.batches.lines import NewLine
from enrollment_svc.store.submissions import submissions
from enrollment_svc.store.submissions.submissions import NewBatch
from support.databases import Templates

EXAMPLES = Path(__file__).parents[2] / "contracts" / "examples"
#: Values for the services' own settings; none of these addresses is called here.
SETTINGS: dict[str, Any] = {
    "registry_url": "http://127.0.0.1:1",
    "center_url": "http://127.0.0.1:1",
    "public_url": "http://127.0.0.1:1",
    "voucher_store": "/nonexistent",
    "services": {},
}
SERVICES = [service.package for service in OWN_SERVICES]


def service_of(package: str) -> Service:
    main = importlib.import_module(f"{package}.__main__")
    service: Service = main.build_service() if hasattr(main, "build_service") else main.service
    return service


def example_keys() -> Keys:
    """The published keys of the examples, with token keys that are made for this run."""
    content = json.loads((EXAMPLES / "keys.json").read_text())
    return read_keys(content | {"token": new_key_file()["token"]})


def golden(service: Service, *, backwards: bool) -> list[Record]:
    """The examples of the event types that the service subscribes to, topic after topic."""
    found: list[tuple[str, dict[str, Any]]] = []
    for ce_type in BY_TYPE:
        if service.on.find(ce_type):
            found.append((ce_type, json.loads((EXAMPLES / f"{ce_type}.json").read_text())))
    if backwards:
        # Records of one topic arrive in order. Records of different topics arrive in any order.
        order = [topic.name for topic in TOPICS]
        found.sort(key=lambda one: -order.index(one[1]["topic"]))
    records, sequences = [], {}
    for offset, (_, example) in enumerate(found):
        place = (example["topic"], example["key"])
        sequences[place] = sequences.get(place, 0) + 1
        headers = example["headers"] | {"ce_sequence": str(sequences[place])}
        value = json.dumps(example["value"], ensure_ascii=False).encode()
        pairs = [(name, text.encode()) for name, text in headers.items()]
        records.append(Record(*place[:1], 0, offset, place[1], pairs, value))
    return records


async def submit_the_example(bench: Bench) -> None:
    """Submit the line that the examples' decisions are about, because enrollment-svc accepts no decision about an
    unknown line.
    """
    golden = json.loads((EXAMPLES / f"{BatchSubmitted.ce_type}.json").read_text())["value"]
    event = BatchSubmitted.model_validate(golden)
    batch = NewBatch(**{name: getattr(event, name) for name in NewBatch.__slots__})
    rate = Money(event.rate.city_fen, event.rate.district_fen, event.rate.unit_fen)
    chain = [{"union_id": str(step.union_id), "name": step.name} for step in event.chain]
    same = {name: getattr(event, name) for name in NewLine.__slots__ if name not in ("rate", "chain")}
    async with bench.runtime.database.connection() as connection, connection.transaction():
        await connection.execute("DELETE FROM lines WHERE line_id = $1", event.line_id)
        if await connection.fetchval("SELECT count(*) FROM batches WHERE batch_no = $1", event.batch_no) == 0:
            await submissions.add_batch(connection, batch)
        await lines.add(connection, [NewLine(rate=rate, chain=chain, **same)])


@pytest.mark.parametrize("backwards", [False, True], ids=["in order", "later topics first"])
@pytest.mark.parametrize("package", SERVICES)
async def test_golden_examples_are_handled(package: str, backwards: bool, templates: Templates):
    service = service_of(package)
    records = golden(service, backwards=backwards)
    assert records
    settings = {name: value for name, value in SETTINGS.items() if name in service.settings.model_fields}
    async with (
        templates.copy(service.migration_packages) as database,
        service_under_test(service, database, keys=example_keys(), **settings) as bench,
    ):
        for record in records:
            if package == "enrollment_svc" and record.topic == REVIEWS.name:
                await submit_the_example(bench)
            await bench.redeliver([record])
        assert await bench.dead_letters() == []
        await bench.redeliver(records)
        assert await bench.dead_letters() == []


@pytest.mark.row("D03")
async def test_a_line_submitted_on_behalf_of_a_union_is_read_with_the_union_that_submitted_it(database: str):
    records = golden(service_of("review_svc"), backwards=False)
    [record] = [one for one in records if dict(one.headers)["ce_type"] == BatchSubmitted.ce_type.encode()]
    variant = json.loads((EXAMPLES / "variants" / f"{BatchSubmitted.ce_type}.json").read_text())["value"]
    settings = {name: SETTINGS[name] for name in ("center_url", "public_url")}
    async with service_under_test(service_of("review_svc"), database, keys=example_keys(), **settings) as bench:
        await bench.redeliver([replace(record, value=json.dumps(variant).encode())])
        assert await bench.dead_letters() == []
        async with bench.database.read() as connection:
            kept = await connection.fetchrow("SELECT union_id, submitted_by, submitted_by_union_id FROM lines")
    assert [str(one) for one in kept] == [variant[name] for name in dict(kept)]


@pytest.mark.parametrize("package", SERVICES)
def test_topics_name_the_service_as_their_consumer(package: str):
    service = service_of(package)
    assert {topic.name for topic in service.on.topics()} == {
        topic.name for topic in TOPICS if service.name in topic.consumers
    }
