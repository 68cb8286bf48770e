"""Special cases of dead letters. Each of these cases was a bug once."""

from dataclasses import replace
from secrets import token_bytes
from types import SimpleNamespace
from uuid import uuid4

import pytest
from integration.chassis.sample_service import BAD, Sample, removal

from chassis.database import UnitOfWork
from chassis.messaging import Record
from chassis.testing import Bench
from contracts.fields import SealedBlock
from contracts.members import MembersRemoved


def operator(bench: Bench) -> dict[str, str]:
    return bench.token("operator", None)


async def letters(bench: Bench) -> list[dict]:
    return (await bench.client.get("/ops/dead-letters", headers=operator(bench))).json()["items"]


async def test_a_key_with_a_zero_byte_does_not_stop_the_poll(bench: Bench, sample: Sample):
    bad = as_raw(bench.record(removal(uuid4())))
    bad.key = b"a\x00b"
    await bench.redeliver([Record.of(bad), bench.record(removal(uuid4()))])
    assert len(sample.handled) == 2


async def test_a_header_with_a_zero_byte_does_not_stop_the_poll(bench: Bench, sample: Sample):
    bad = bench.record(removal(uuid4()))
    headers = [(name, b"a\x00b" if name == "ce_correlationid" else value) for name, value in bad.headers]
    await bench.redeliver([replace(bad, headers=headers), bench.record(removal(uuid4()))])
    assert len(sample.handled) == 1
    assert len(await letters(bench)) == 1


async def test_a_header_without_a_value_does_not_stop_the_poll(bench: Bench, sample: Sample):
    bad, foreign = as_raw(bench.record(removal(uuid4()))), as_raw(bench.record(removal(uuid4())))
    bad.headers = [(name, None if name == "ce_id" else value) for name, value in bad.headers]
    foreign.headers = [*foreign.headers, ("note", None)]
    await bench.redeliver([Record.of(bad), Record.of(foreign), bench.record(removal(uuid4()))])
    assert len(sample.handled) == 2
    [letter] = await letters(bench)
    assert ["ce_id", ""] in (await shown(bench, letter))["headers"]


@pytest.mark.parametrize("levels", [40, 300, 450, 1_000, 1_024, 100_000])
async def test_a_payload_nested_too_deeply_is_set_aside_shown_and_not_edited(bench: Bench, levels: int):
    lists = replace(bench.record(removal(uuid4())), value=b"[" * levels + b"]" * levels)
    objects = replace(bench.record(removal(uuid4())), value=b'{"a":' * levels + b"1" + b"}" * levels)
    await bench.redeliver([lists, objects])
    for letter in await letters(bench):
        assert (await shown(bench, letter))["payload_masked"]
        url = f"/ops/dead-letters/{letter['id']}/edit"
        change = {"op": "replace", "path": "/a", "value": 2}
        answer = await bench.client.post(url, json={"changes": [change], "reason": "why"}, headers=operator(bench))
        assert answer.status_code == 422
    assert len(await letters(bench)) == 2


async def test_a_long_key_does_not_stop_the_poll_and_keeps_a_position_of_its_own(bench: Bench, sample: Sample):
    """PostgreSQL indexes at most 2,704 bytes, and the key of a record can be longer."""
    unit = uuid4()
    one, other = (b"k" * 4_000 + token_bytes(2_000).hex().encode() for _ in range(2))
    bad = replace(with_key(bench.record(removal(unit)), one), value=b"{")
    behind, beside = with_key(bench.record(removal(unit)), one), with_key(bench.record(removal(uuid4())), other)
    await bench.redeliver([bad, behind, beside, bench.record(removal(uuid4()))])
    assert len(sample.handled) == 2
    assert [letter["state"] for letter in await letters(bench)] == ["failed", "parked"]
    assert bad.topic_key == behind.topic_key != beside.topic_key
    assert max(len(record.key.encode()) for record in (bad, beside)) <= 512


async def test_keys_that_are_no_text_share_no_position(bench: Bench, sample: Sample):
    keys = (b"\xff", b"\xfe", b"a\x00", "a\ufffd".encode())
    records = [with_key(bench.record(removal(uuid4())), key) for key in keys]
    await bench.redeliver(records)
    assert len({record.topic_key for record in records}) == len(sample.handled) == 4


@pytest.mark.parametrize("sequence", [-3, 0, 2**63, 10**20])
async def test_an_impossible_sequence_is_set_aside_and_is_no_duplicate(bench: Bench, sample: Sample, sequence: int):
    bad = with_header(bench.record(removal(uuid4())), "ce_sequence", str(sequence).encode())
    await bench.redeliver([bad, bench.record(removal(uuid4()))])
    assert len(sample.handled) == 1
    assert await bench.dead_letters() != []


async def test_a_header_too_long_to_be_passed_on_is_set_aside(bench: Bench, sample: Sample):
    """An event that follows from a record carries the correlation id of the record.

    The broker would refuse an event with an id of this length, and the relay would stop.
    """
    bad = with_header(bench.record(removal(uuid4())), "ce_correlationid", b"x" * 200_000)
    await bench.redeliver([bad, bench.record(removal(uuid4()))])
    assert (len(sample.handled), len(await bench.dead_letters())) == (1, 1)


async def test_a_cause_that_quotes_a_zero_byte_of_the_payload_is_stored(bench: Bench, sample: Sample):
    """A validation error names the path to the bad value, and the path contains words that the sender of the sealed
    block chose."""

    async def read(event: MembersRemoved, work: UnitOfWork) -> None:
        SealedBlock.model_validate(
            {"algorithm": "A256GCM", "nonce": "", "ciphertext": "", "keys": {"a\x00b" + "c" * 5_000: 1}}
        )

    bench.runtime.handler.subscriptions(MembersRemoved)(read)
    await bench.redeliver([bench.record(removal(uuid4()))])
    [letter] = await letters(bench)
    assert "keys" in letter["cause"]
    assert len(letter["cause"]) + len(letter["message"]) < 2_000
    again = await replayed(bench, letter)
    assert (again["failed"], again["cause"]) == (True, letter["cause"])


def with_header(record: Record, name: str, value: bytes) -> Record:
    return replace(record, headers=[(n, value if n == name else v) for n, v in record.headers])


def with_key(record: Record, key: bytes) -> Record:
    raw = as_raw(record)
    raw.key = key
    return Record.of(raw)


def as_raw(record: Record) -> SimpleNamespace:
    """The record as the client library returns it."""
    return SimpleNamespace(
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        key=record.key.encode(),
        headers=record.headers,
        value=record.value,
    )


async def test_a_closed_letter_that_is_delivered_again_parks_no_later_record(bench: Bench, sample: Sample):
    unit = uuid4()
    unreadable = replace(bench.record(removal(unit)), headers=[("ce_source", b"/member-svc")])
    bench._sequences.clear()
    await bench.redeliver([unreadable])
    [letter] = await letters(bench)
    url = f"/ops/dead-letters/{letter['id']}/discard"
    await bench.client.post(url, json={"reason": "not ours"}, headers=operator(bench))
    await bench.redeliver([unreadable, bench.record(removal(unit, 2))])
    assert [len(event.member_ids) for event in sample.handled] == [2]
    assert await bench.dead_letters() == []


async def test_another_record_at_a_known_offset_is_not_lost(bench: Bench):
    """When a topic is created again, its offsets start from 0 again."""
    await bench.deliver(removal(uuid4(), BAD))
    bench._offset = 0
    await bench.deliver(removal(uuid4(), BAD))
    assert len(await letters(bench)) == 2


async def test_after_a_topic_was_created_again_the_older_letter_is_still_first(bench: Bench, sample: Sample):
    unit = uuid4()
    bench._offset = 5_000
    await bench.deliver(removal(unit, BAD))
    bench._offset = 0
    await bench.deliver(removal(unit, 2))
    older, newer = await letters(bench)
    assert (older["offset"], newer["offset"]) == (5_001, 1)
    sample.broken = False
    refused = await replayed(bench, newer)
    assert (refused["code"], (await shown(bench, older))["behind"]) == ("DEAD_LETTER_NOT_FIRST", 1)
    assert (await replayed(bench, older))["replayed"] == 2
    assert [len(event.member_ids) for event in sample.handled] == [BAD, 2]


async def test_of_two_letters_at_one_offset_the_older_goes_first(bench: Bench, sample: Sample):
    unit = uuid4()
    await bench.deliver(removal(unit, BAD))
    bench._offset = 0
    await bench.deliver(removal(unit, 2))
    older, newer = await letters(bench)
    assert older["offset"] == newer["offset"]
    # A replay that fails rewrites the row of the older letter, so a query without ORDER BY finds the newer letter
    # first.
    assert (await replayed(bench, older))["failed"]
    sample.broken = False
    assert (await replayed(bench, older))["replayed"] == 2
    assert [len(event.member_ids) for event in sample.handled] == [BAD, 2]


async def test_a_run_over_a_topic_created_again_handles_letters_in_order_and_ends(bench: Bench, sample: Sample):
    unit = uuid4()
    bench._offset = 5_000
    await bench.deliver(removal(unit, BAD))
    bench._offset = 0
    await bench.deliver(*(removal(unit, people) for people in (2, 3, 4)))
    sample.broken = False
    [group] = (await bench.client.get("/ops/dead-letters/groups", headers=operator(bench))).json()
    url = f"/ops/dead-letters/groups/{group['group_id']}/replay"
    await bench.client.post(url, json={"per_second": 3}, headers=operator(bench))
    await bench.run_jobs()
    assert [len(event.member_ids) for event in sample.handled] == [BAD, 2, 3, 4]
    assert await letters(bench) == []


async def replayed(bench: Bench, letter: dict) -> dict:
    return (await bench.client.post(f"/ops/dead-letters/{letter['id']}/replay", headers=operator(bench))).json()


async def shown(bench: Bench, letter: dict) -> dict:
    return (await bench.client.get(f"/ops/dead-letters/{letter['id']}", headers=operator(bench))).json()
