"""Traps around dead letters, each met once."""

from dataclasses import replace
from types import SimpleNamespace
from uuid import uuid4

from integration.chassis.sample_service import BAD, Sample, removal

from chassis.records import Record
from chassis.testing import Bench


def operator(bench: Bench) -> dict[str, str]:
    return bench.token("operator", None)


async def letters(bench: Bench) -> list[dict]:
    return (await bench.client.get("/ops/dead-letters", headers=operator(bench))).json()["items"]


async def test_a_key_with_a_zero_byte_does_not_hold_up_the_poll(bench: Bench, sample: Sample):
    bad = as_raw(bench.record(removal(uuid4())))
    bad.key = b"a\x00b"
    await bench.redeliver([Record.of(bad), bench.record(removal(uuid4()))])
    assert len(sample.handled) == 2


async def test_a_header_with_a_zero_byte_does_not_hold_up_the_poll(bench: Bench, sample: Sample):
    bad = bench.record(removal(uuid4()))
    headers = [(name, b"a\x00b" if name == "ce_correlationid" else value) for name, value in bad.headers]
    await bench.redeliver([replace(bad, headers=headers), bench.record(removal(uuid4()))])
    assert len(sample.handled) == 1
    assert len(await letters(bench)) == 1


def as_raw(record: Record) -> SimpleNamespace:
    """As the client library hands it over."""
    return SimpleNamespace(
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        key=record.key.encode(),
        headers=record.headers,
        value=record.value,
    )


async def test_behind_a_closed_letter_that_is_delivered_again_nothing_is_parked(bench: Bench, sample: Sample):
    unit = uuid4()
    unreadable = replace(bench.record(removal(unit)), headers=[])
    await bench.redeliver([unreadable])
    [letter] = await letters(bench)
    url = f"/ops/dead-letters/{letter['id']}/discard"
    await bench.client.post(url, json={"reason": "not ours"}, headers=operator(bench))
    await bench.redeliver([unreadable, bench.record(removal(unit, 2))])
    assert [len(event.member_ids) for event in sample.handled] == [2]
    assert await bench.dead_letters() == []


async def test_another_record_at_a_known_offset_is_not_lost(bench: Bench):
    """A topic that was made anew counts its offsets from 0 again."""
    await bench.deliver(removal(uuid4(), BAD))
    bench._offset = 0
    await bench.deliver(removal(uuid4(), BAD))
    assert len(await letters(bench)) == 2


async def test_after_a_topic_was_made_anew_the_older_letter_still_goes_first(bench: Bench, sample: Sample):
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
    # A replay that fails writes its row anew, behind the other: what the database happens to find first is the newer.
    assert (await replayed(bench, older))["failed"]
    sample.broken = False
    assert (await replayed(bench, older))["replayed"] == 2
    assert [len(event.member_ids) for event in sample.handled] == [BAD, 2]


async def test_a_run_over_a_topic_made_anew_goes_through_in_order_and_ends(bench: Bench, sample: Sample):
    unit = uuid4()
    bench._offset = 5_000
    await bench.deliver(removal(unit, BAD))
    bench._offset = 0
    await bench.deliver(*(removal(unit, people) for people in (2, 3, 4)))
    sample.broken = False
    [group] = (await bench.client.get("/ops/dead-letters/groups", headers=operator(bench))).json()
    url = f"/ops/dead-letters/groups/{group['group_id']}/replay"
    await bench.client.post(url, json={"per_second": 3}, headers=operator(bench))
    await bench.run_outbound()
    assert [len(event.member_ids) for event in sample.handled] == [BAD, 2, 3, 4]
    assert await letters(bench) == []


async def replayed(bench: Bench, letter: dict) -> dict:
    return (await bench.client.post(f"/ops/dead-letters/{letter['id']}/replay", headers=operator(bench))).json()


async def shown(bench: Bench, letter: dict) -> dict:
    return (await bench.client.get(f"/ops/dead-letters/{letter['id']}", headers=operator(bench))).json()
