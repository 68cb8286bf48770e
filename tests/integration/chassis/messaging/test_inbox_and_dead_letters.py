"""The guarantees of ADR 0002 for consumed records hold on a real PostgreSQL."""

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from integration.chassis.sample_service import BAD, Sample, removal, union

from chassis.poll_handling import FailureBreakerOpen
from chassis.testing import Bench
from contracts.event import Event


async def test_a_second_delivery_changes_nothing(bench: Bench, sample: Sample):
    records = await bench.deliver(removal(uuid4()), removal(uuid4()))
    before = await bench.published()
    await bench.redeliver(records)
    assert len(sample.handled) == 2
    assert await bench.published() == before


async def test_a_failing_record_does_not_affect_the_others_of_its_poll(bench: Bench, sample: Sample):
    for position in range(3):
        events = [removal(uuid4()), removal(uuid4())]
        events.insert(position, removal(uuid4(), BAD))
        await bench.deliver(*events)
    assert len(sample.handled) == 6
    assert len(await bench.published()) == 6
    assert len(await bench.dead_letters()) == 3


async def test_a_failed_handler_leaves_nothing_half_done(bench: Bench):
    await bench.deliver(removal(uuid4(), BAD))
    async with bench.database.read() as connection:
        assert await connection.fetchval("SELECT count(*) FROM leases WHERE name = 'half'") == 0


async def test_no_person_shows_in_a_dead_letters_cause(bench: Bench):
    await bench.deliver(removal(uuid4(), BAD))
    [letter] = await bench.dead_letters()
    assert "张三" not in letter
    assert letter.startswith("ValueError in ")


async def test_later_records_of_the_key_are_parked_and_released_in_order(bench: Bench, sample: Sample):
    unit, other = uuid4(), uuid4()
    bad, second, third = removal(unit, BAD), removal(unit, 2), removal(unit, 3)
    await bench.deliver(bad, removal(other))
    await bench.deliver(second, third)
    assert [len(e.member_ids) for e in sample.handled] == [1]
    sample.broken = False
    answer = await replay_first(bench)
    assert answer == {"id": answer["id"], "replayed": 3, "failed": False, "cause": None, "message": None} | REAL
    assert sample.handled[1:] == [bad, second, third]
    assert await bench.dead_letters() == []


async def test_a_replay_that_fails_again_keeps_the_letter_and_the_order(bench: Bench, sample: Sample):
    unit = uuid4()
    await bench.deliver(removal(unit, BAD), removal(unit, 2))
    answer = await replay_first(bench)
    assert (answer["replayed"], answer["failed"]) == (0, True)
    assert sample.handled == []
    assert len(await bench.dead_letters()) == 2


async def test_a_letter_behind_another_cannot_be_replayed_first(bench: Bench):
    unit = uuid4()
    await bench.deliver(removal(unit, BAD), removal(unit, 2))
    letters = await listed(bench)
    answer = await bench.client.post(f"/ops/dead-letters/{letters[1]['id']}/replay", headers=operator(bench))
    assert (answer.status_code, answer.json()["code"]) == (409, "DEAD_LETTER_NOT_FIRST")


async def test_a_discarded_letter_lets_the_parked_ones_through(bench: Bench, sample: Sample):
    unit = uuid4()
    await bench.deliver(removal(unit, BAD), removal(unit, 2))
    [first, _] = await listed(bench)
    url = f"/ops/dead-letters/{first['id']}/discard"
    answer = await bench.client.post(url, json={"reason": "sent by mistake"}, headers=operator(bench))
    assert answer.json()["replayed"] == 1
    assert [len(e.member_ids) for e in sample.handled] == [2]
    acts = (await bench.client.get("/acts", headers=operator(bench))).json()
    assert [act["name"] for act in acts] == ["dead_letter_discarded"]


@pytest.mark.parametrize("position", [0, 1, 2])
@pytest.mark.parametrize("damage", ["no headers", "no text", "bad json", "wrong schema", "tombstone"])
async def test_an_unreadable_record_becomes_a_dead_letter_at_any_place_in_the_poll(
    bench: Bench, sample: Sample, damage: str, position: int
):
    records = [bench.record(removal(uuid4())) for _ in range(3)]
    bad = records[position]
    records[position] = {
        "no headers": replace(bad, headers=[]),
        "no text": replace(bad, headers=[("ce_type", b"\xff\xfe"), ("ce_id", b"x")]),
        "bad json": replace(bad, value=b"{"),
        "wrong schema": replace(bad, value=b'{"unit_id": 7}'),
        "tombstone": replace(bad, value=None),
    }[damage]
    await bench.redeliver(records)
    assert len(sample.handled) == 2
    [letter] = await listed(bench)
    shown = await bench.client.get(f"/ops/dead-letters/{letter['id']}", headers=operator(bench))
    assert shown.status_code == 200
    await bench.redeliver(records)
    assert len(await bench.dead_letters()) == 1


async def test_a_record_of_an_unknown_type_is_stored_and_blocks_no_key(bench: Bench, sample: Sample):
    unit = uuid4()
    record = bench.record(removal(unit))
    headers = [(n, b"members.invented.v1" if n == "ce_type" else v) for n, v in record.headers]
    await bench.redeliver([replace(record, headers=headers), bench.record(removal(unit))])
    assert len(sample.handled) == 1
    assert [(one["state"], one["ce_type"]) for one in await listed(bench)] == [("unknown", "members.invented.v1")]


async def test_an_event_type_without_a_subscription_here_is_skipped(bench: Bench, sample: Sample):
    unit = uuid4()
    record = bench.record(removal(unit))
    headers = [(n, b"members.changed.v1" if n == "ce_type" else v) for n, v in record.headers]
    await bench.redeliver([replace(record, headers=headers), bench.record(removal(unit))])
    assert len(sample.handled) == 1
    assert await bench.dead_letters() == []


async def test_five_keys_failing_alike_pause_the_subscriber_and_nothing_is_set_aside(bench: Bench, sample: Sample):
    records = [bench.record(removal(uuid4(), BAD)) for _ in range(5)]
    with pytest.raises(FailureBreakerOpen):
        await bench.redeliver(records)
    assert await bench.dead_letters() == []
    assert bench.runtime.handler.breaker.paused_for
    sample.broken = False
    answer = await bench.client.post("/ops/resume", json={}, headers=operator(bench))
    assert answer.json() == {"resumed": True}
    await bench.redeliver(records)
    assert len(sample.handled) == 5


async def test_a_record_whose_number_is_not_due_is_held_and_moves_no_position(bench: Bench, sample: Sample):
    unit = uuid4()
    first, _, third = (bench.record(removal(unit)) for _ in range(3))
    await bench.redeliver([first, third])
    assert await faults(bench, unit) == (1, 0, 0)
    assert len(sample.handled) == 1
    assert [(one["state"], one["cause"]) for one in await listed(bench)] == [("held", "SequenceJump")]


async def test_a_record_after_its_successor_is_handled_and_a_duplicate_is_not(bench: Bench, sample: Sample):
    unit = uuid4()
    first, second, third = (bench.record(removal(unit)) for _ in range(3))
    await bench.redeliver([first, first])
    await bench.redeliver([third, second])
    await bench.redeliver([second])
    assert await faults(bench, unit) == (2, 0, 0)
    assert len(sample.handled) == 2
    assert [one["cause"] for one in await listed(bench)] == ["SequenceJump"]


async def test_a_record_that_an_operator_skipped_and_that_arrives_later_is_stored(bench: Bench, sample: Sample):
    """An operator skipped a gap, and the records of the gap arrive later. They are stored as dead letters. A replay
    of such a letter sets the position of its key back to the record's sequence."""
    sample.quiet = True
    unit = uuid4()
    first, second, third = (bench.record(removal(unit, n)) for n in range(1, 4))
    await bench.redeliver([first, third])
    await replay_first(bench)
    assert await faults(bench, unit) == (3, 1, 0)
    await bench.redeliver([second, second])
    assert [one["cause"] for one in await listed(bench)] == ["SequenceLate"]
    await replay_first(bench)
    assert await faults(bench, unit) == (2, 1, 1)
    assert [len(event.member_ids) for event in sample.handled] == [1, 3, 2]


async def test_a_compacted_gap_is_no_loss_and_a_duplicate_after_it_is_not_late(bench: Bench):
    committee = uuid4()
    *_, fourth, last = (bench.record(union(committee)) for _ in range(5))
    await bench.redeliver([last, last])
    await bench.redeliver([fourth, last])
    assert await faults(bench, committee) == (5, 0, 0)


async def test_an_older_gap_on_a_compacted_topic_makes_no_duplicate_late(bench: Bench):
    committee = uuid4()
    [record] = await bench.deliver(union(committee))
    async with bench.database.connection() as connection:
        await connection.execute("UPDATE inbox_positions SET gaps = 4 WHERE key = $1", str(committee))
    await bench.redeliver([record])
    assert await faults(bench, committee) == (1, 4, 0)


async def faults(bench: Bench, node: UUID) -> tuple[int, int, int]:
    """The last sequence of the key, and the numbers of gaps and regressions.

    A regression is a record that was handled although a higher sequence of its key was handled before.
    """
    async with bench.database.read() as connection:
        row = await connection.fetchrow("SELECT last, gaps, regressions FROM inbox_positions WHERE key = $1", str(node))
    return tuple(row)


REAL = {"dry_run": False, "left": 0}


def operator(bench: Bench) -> dict[str, str]:
    return bench.token("operator", None)


async def listed(bench: Bench) -> list[dict]:
    return (await bench.client.get("/ops/dead-letters", headers=operator(bench))).json()["items"]


async def replay_first(bench: Bench) -> dict:
    first = (await listed(bench))[0]
    return (await bench.client.post(f"/ops/dead-letters/{first['id']}/replay", headers=operator(bench))).json()


@pytest.mark.parametrize("make", [removal, union])
async def test_a_duplicate_is_recognized_after_an_older_release_moved_the_position(
    bench: Bench, sample: Sample, make: Callable[[UUID], Event]
):
    """During a rolling upgrade the older release writes only the sequence into the stored position of a key. The event
    id in the position would then belong to an older record, so the database clears the event id."""
    node = uuid4()
    first, second, third = (bench.record(make(node)) for _ in range(3))
    await bench.redeliver([first])
    async with bench.database.connection() as connection:
        await connection.execute("UPDATE inbox_positions SET last = 2, gaps = gaps WHERE key = $1", str(node))
        found = await connection.fetchrow(
            "SELECT last, last_id, partition, record_offset FROM inbox_positions WHERE key = $1", str(node)
        )
        assert tuple(found) == (2, None, None, None)
    await bench.redeliver([second, third, third])
    assert await bench.dead_letters() == []
    assert await faults(bench, node) == (3, 0, 0)
    async with bench.database.read() as connection:
        last_id = await connection.fetchval("SELECT last_id FROM inbox_positions WHERE key = $1", str(node))
    assert str(last_id).encode() == dict(third.headers)["ce_id"]


@pytest.mark.parametrize("later", [0, 1])
async def test_an_unknown_record_does_not_replace_a_later_entry_of_its_key(bench: Bench, later: int):
    committee = uuid4()
    records = [bench.record(union(committee)), *(bench.record(union(committee, uuid4())) for _ in range(later))]
    invented = [(n, b"unions.invented.v1" if n == "ce_type" else v) for n, v in records[0].headers]
    await bench.redeliver([replace(records[0], headers=invented), *records[1:]])
    [letter] = await listed(bench)
    url = f"/ops/dead-letters/{letter['id']}"
    edit = {"headers": {"ce_type": "unions.changed.v1"}, "reason": "a release that knows the type"}
    assert (await bench.client.post(f"{url}/edit", json=edit, headers=operator(bench))).status_code == 200
    answer = await replay_first(bench)
    async with bench.database.read() as connection:
        body = await connection.fetchval("SELECT body FROM reference_entries WHERE key = $1", str(committee))
    assert len(body["path"]) == 1 + later
    assert (answer["replayed"], answer["cause"]) == ((0, "SequencePassed") if later else (1, None))
    if later:
        assert answer["message"].endswith("Discard the record.")
        given_up = await bench.client.post(f"{url}/discard", json={"reason": "passed"}, headers=operator(bench))
        assert given_up.status_code == 200
    assert await bench.dead_letters() == []
