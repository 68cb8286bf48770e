"""A forged record blocks no key: it is refused, held or reported, and every true record is handled."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import product
from uuid import UUID, uuid4

import asyncpg
import pytest
from integration.chassis.messaging.test_inbox_and_dead_letters import listed, operator
from integration.chassis.sample_service import Sample, removal, union

from chassis.messaging import Record
from chassis.testing import Bench
from contracts.envelope import Envelope
from contracts.members import MembersRemoved
from contracts.topics import MEMBERS, UNIONS, Topic
from contracts.unions import UnionChanged

#: The number of true records that a known key already has.
BEFORE = 3
SOURCES = {
    "own": [b"/member-svc"],
    "foreign": [b"/review-svc"],
    "no text": [b"\xff\xfe"],
    "missing": [],
    "twice": [b"/member-svc", b"/member-svc"],
    "twice, one foreign": [b"/review-svc", b"/member-svc"],
}
#: Computes the sequence of the forged record from the sequence that is due, which is the next sequence of the key. The
#: result is None if there is no such sequence.
NUMBERS = {
    "next": lambda due: str(due),
    "jump": lambda due: str(due + 1000),
    "far": lambda due: str(2**63 - 1),
    "behind": lambda due: str(due - 2) if due > 2 else None,
    "taken": lambda due: str(due - 1) if due > 1 else None,
    "zero": lambda due: "0",
    "negative": lambda due: "-5",
    "no number": lambda due: "seven",
    "beyond 64 bits": lambda due: str(2**63 + due),
    "other digits": lambda due: "٧",
}
UNREADABLE = ("zero", "negative", "no number", "beyond 64 bits", "other digits")


@dataclass(frozen=True)
class Case:
    topic: Topic
    known_type: bool
    source: str
    number: str
    known_key: bool

    def forged(self, key: UUID, offset: int = 1) -> Record | None:
        """The forged record, or None if there is no sequence of the kind `number`."""
        due = BEFORE + 1 if self.known_key else 1
        number = NUMBERS[self.number](due)
        if number is None:
            return None
        event = union(key) if self.topic is UNIONS else removal(key, 9)
        kind = event.ce_type if self.known_type else "members.invented.v9"
        envelope = Envelope(uuid4(), kind, "", datetime.now(UTC), "s", 1, "rig", "rig")
        headers = [(n, v) for n, v in envelope.to_headers() if n not in ("ce_source", "ce_sequence")]
        headers += [("ce_source", value) for value in SOURCES[self.source]] + [("ce_sequence", number.encode())]
        return Record(self.topic.name, 0, offset, str(key), headers, event.model_dump_json().encode())

    def expected(self) -> tuple[str, str] | None:
        """State and cause of the forged record's dead letter, or None if no letter is stored."""
        if self.source != "own":
            return "refused", "ForeignSource"
        if self.number in UNREADABLE:
            return "failed", "EnvelopeError"
        if self.number in ("jump", "far"):
            if self.topic is MEMBERS or self.known_key:
                return "held", "SequenceJump"
            return None if self.known_type else ("unknown", "UnknownType")
        if self.number == "taken":
            return ("held" if self.topic is UNIONS else "failed"), "SequenceTaken"
        if self.number == "next" and not self.known_type:
            return "unknown", "UnknownType"
        return None


def cases(topic: Topic, source: str) -> Iterator[Case]:
    for known_type, number, known_key in product((True, False), NUMBERS, (True, False)):
        yield Case(topic, known_type, source, number, known_key)


def true_event(topic: Topic, key: UUID, number: int) -> MembersRemoved | UnionChanged:
    """An event with `number` people or units. `number` is also its sequence, so a test reads the sequence from them."""
    return union(key, *[UUID(int=n) for n in range(number)]) if topic is UNIONS else removal(key, number)


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("topic", [MEMBERS, UNIONS], ids=lambda topic: topic.name)
async def test_every_genuine_record_is_handled_despite_a_forged_one(
    bench: Bench, sample: Sample, topic: Topic, source: str
):
    sample.quiet = True
    for case in cases(topic, source):
        bench.runtime.handler.breaker.resume()
        key = uuid4()
        await bench.deliver(*(true_event(topic, key, n) for n in range(1, BEFORE + 1) if case.known_key))
        bench._offset += 1
        forged = case.forged(key, bench._offset)
        if forged is None:
            continue
        await bench.redeliver([forged])
        assert await letters_of(bench, key) == ([case.expected()] if case.expected() else []), case
        first = BEFORE + 1 if case.known_key else 1
        for number in range(first, first + 3):
            await bench.deliver(true_event(topic, key, number))
        await decide(bench, key, forged)
        assert await arrived(bench, sample, topic, key, forged) == wanted(topic, first + 2), case
        assert await letters_of(bench, key) == [], case


def wanted(topic: Topic, last: int) -> list[int]:
    """The sequences of the true events that must arrive. On a compacted topic only the last event must arrive. On a
    topic that is not compacted, all events must arrive in order.
    """
    return [last] if topic is UNIONS else list(range(1, last + 1))


async def arrived(bench: Bench, sample: Sample, topic: Topic, key: UUID, forged: Record) -> list[int]:
    """The sequences of the true events that were handled. On a compacted topic: only the sequence of the stored row."""
    if topic is UNIONS:
        async with bench.database.read() as connection:
            body = await connection.fetchval("SELECT body FROM reference_entries WHERE key = $1", str(key))
        return [len(body["path"]) - 1]
    forged_id = MembersRemoved.model_validate_json(forged.value or b"").removal_id
    genuine = [event for event in sample.handled if event.unit_id == key and event.removal_id != forged_id]
    return [len(event.member_ids) for event in genuine]


async def letters_of(bench: Bench, key: UUID) -> list[tuple[str, str]]:
    """State and cause of the key's open dead letters."""
    return [(row["state"], row["cause"].split(" ")[0]) for row in await open_letters(bench, key)]


async def open_letters(bench: Bench, key: UUID) -> list[asyncpg.Record]:
    async with bench.database.read() as connection:
        return await connection.fetch(
            """SELECT * FROM dead_letters WHERE key = $1 AND state NOT IN ('replayed', 'discarded') ORDER BY id""",
            str(key),
        )


async def decide(bench: Bench, key: UUID, forged: Record) -> None:
    """An operator discards the dead letters of forged records and of held records that a later record replaced, and
    replays all other dead letters."""
    forged_id = dict(forged.headers)["ce_id"].decode()
    for _ in range(10):
        waiting = [one for one in await open_letters(bench, key) if one["state"] != "parked"]
        if not waiting:
            return
        url = f"/ops/dead-letters/{waiting[0]['id']}"
        overtaken = forged.topic == UNIONS.name and waiting[0]["state"] == "held"
        if waiting[0]["ce_id"] == forged_id or overtaken:
            answer = await bench.client.post(f"{url}/discard", json={"reason": "forged"}, headers=operator(bench))
        else:
            answer = await bench.client.post(f"{url}/replay", headers=operator(bench))
        assert (answer.status_code, answer.json()["failed"]) == (200, False), answer.text
    pytest.fail("letters without end")


async def test_a_refused_record_blocks_no_key_and_moves_no_position(bench: Bench, sample: Sample):
    key = uuid4()
    forged = Case(MEMBERS, True, "foreign", "jump", known_key=False).forged(key)
    assert forged is not None
    await bench.redeliver([forged])
    async with bench.database.read() as connection:
        assert not await connection.fetchval("SELECT count(*) FROM inbox_positions WHERE key = $1", str(key))
    await bench.deliver(removal(key))
    assert len(sample.handled) == 1


async def test_six_records_of_a_foreign_source_pause_no_subscriber(bench: Bench, sample: Sample):
    """If records of five keys fail with the same cause, the service pauses, because its release is probably bad.
    Records from a foreign source do not count as failures."""
    found = [Case(MEMBERS, True, "foreign", "jump", known_key=False).forged(uuid4()) for _ in range(6)]
    await bench.redeliver([one for one in found if one])
    assert bench.runtime.handler.breaker.paused_for is None
    await bench.deliver(removal(uuid4()))
    assert len(sample.handled) == 1


async def test_records_after_a_gap_are_held_and_one_replay_handles_them_in_order(bench: Bench, sample: Sample):
    """The topic has lost a record. No later record is handled out of order. When the operator skips the gap, the gap is
    counted."""
    sample.quiet = True
    unit = uuid4()
    first, _, *later = (bench.record(removal(unit, n)) for n in range(1, 7))
    await bench.redeliver([first, *later])
    assert [len(event.member_ids) for event in sample.handled] == [1]
    letters = await listed(bench)
    assert [one["state"] for one in letters] == ["held"] * 4
    answer = await bench.client.post(f"/ops/dead-letters/{letters[0]['id']}/replay", headers=operator(bench))
    assert answer.json()["replayed"] == 4
    assert [len(event.member_ids) for event in sample.handled] == [1, 3, 4, 5, 6]
    async with bench.database.read() as connection:
        row = await connection.fetchrow("SELECT last, gaps FROM inbox_positions WHERE key = $1", str(unit))
    assert tuple(row) == (6, 1)
    await bench.deliver(removal(unit, 7))
    await bench.redeliver([first, *later])
    assert len(sample.handled) == 6
    assert await bench.dead_letters() == []


async def test_a_whole_group_of_held_records_is_discarded_by_one_command(bench: Bench, sample: Sample):
    forged = [Case(MEMBERS, True, "own", "jump", known_key=False).forged(uuid4()) for _ in range(7)]
    await bench.redeliver([one for one in forged if one])
    [group] = (await bench.client.get("/ops/dead-letters/groups", headers=operator(bench))).json()
    assert (group["cause"], group["letters"], group["parked_behind"]) == ("SequenceJump", 7, 0)
    url = f"/ops/dead-letters/groups/{group['group_id']}/discard"
    body = {"reason": "forged", "per_second": 1000}
    assert (await bench.client.post(url, json=body, headers=operator(bench))).status_code == 202
    await bench.run_jobs()
    assert await bench.dead_letters() == []
    assert sample.handled == []


async def test_a_held_record_that_was_overtaken_can_only_be_discarded(bench: Bench, sample: Sample):
    """While the record was held, all records were delivered again, and the copy of the held record was handled. If the
    held record were handled too, the event would take effect twice.
    """
    sample.quiet = True
    unit = uuid4()
    records = [bench.record(removal(unit, n)) for n in range(1, 4)]
    await bench.redeliver([records[0], records[2]])
    await bench.redeliver(records)
    [letter] = await listed(bench)
    url = f"/ops/dead-letters/{letter['id']}"
    answer = (await bench.client.post(f"{url}/replay", headers=operator(bench))).json()
    assert (answer["failed"], answer["cause"]) == (True, "SequencePassed")
    assert [len(event.member_ids) for event in sample.handled] == [1, 2, 3]


async def test_an_event_type_of_a_newer_release_is_stored_and_replayed_after_the_upgrade(bench: Bench, sample: Sample):
    sample.quiet = True
    unit = uuid4()
    known = sample.service.on._handlers.pop(MembersRemoved.ce_type)
    newer = bench.record(removal(unit, 2))
    await bench.redeliver([replace(newer, headers=retyped(newer))])
    [letter] = await listed(bench)
    assert (letter["state"], letter["cause"]) == ("unknown", "UnknownType")
    url = f"/ops/dead-letters/{letter['id']}/replay"
    answer = (await bench.client.post(url, headers=operator(bench))).json()
    assert (answer["failed"], answer["cause"]) == (True, "UnknownType")
    sample.service.on._handlers["members.invented.v9"] = known
    assert (await bench.client.post(url, headers=operator(bench))).json()["replayed"] == 1
    assert [len(event.member_ids) for event in sample.handled] == [2]


def retyped(record: Record) -> list[tuple[str, bytes]]:
    return [(name, b"members.invented.v9" if name == "ce_type" else value) for name, value in record.headers]


async def test_an_event_type_of_another_topic_is_not_handled(bench: Bench, sample: Sample):
    """An event type is handled only on the topics of its owner."""
    record = bench.record(removal(uuid4()))
    headers = [(n, b"/status-checker" if n == "ce_source" else v) for n, v in record.headers]
    await bench.redeliver([Record("statuses.batches.v1", 0, 1, record.key, headers, record.value)])
    assert sample.handled == []
    [letter] = await listed(bench)
    assert (letter["state"], letter["cause"].split(" ")[0]) == ("failed", "WrongTopic")
