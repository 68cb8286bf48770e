"""An operator lists dead letters by group, rehearses a replay, replays at a limited rate, and edits or discards
letters; every command is in the audit log."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from integration.chassis.sample_service import BAD, Sample, removal

from chassis.dead_letters import letters as dead_letters
from chassis.jobs import JobWorker, job_worker
from chassis.replay.single_replay import NotFirst
from chassis.service import own_job_handlers
from chassis.testing import Bench
from contracts.event import Event


def operator(bench: Bench, account: str = "li") -> dict[str, str]:
    return bench.token("operator", None, account)


async def get(bench: Bench, path: str) -> Any:
    answer = await bench.client.get(f"/ops/{path}", headers=operator(bench))
    assert answer.status_code == 200, answer.text
    return answer.json()


async def post(bench: Bench, path: str, **body: Any) -> Any:
    answer = await bench.client.post(f"/ops/{path}", json=body, headers=operator(bench))
    return answer.json() | {"status": answer.status_code}


async def letters(bench: Bench) -> list[dict]:
    return (await get(bench, "dead-letters?page_size=500"))["items"]


async def acts(bench: Bench) -> list[tuple[str, str, str]]:
    rows = (await bench.client.get("/acts", headers=operator(bench))).json()
    return [(row["account"], row["name"], row["subject"]) for row in rows]


async def fail_alike(bench: Bench, count: int, *, behind: int = 0) -> list[Event]:
    """Create `count` dead letters with one cause, and `behind` parked letters behind each of them.

    The failure breaker is set to accept any number of failures.
    """
    bench.runtime.handler.breaker.resume(accept_failures=True)
    bad = [removal(uuid4(), BAD) for _ in range(count)]
    await bench.deliver(*bad, *(removal(one.unit_id, 2) for one in bad for _ in range(behind)))
    return bad


async def test_failures_are_grouped_by_cause_type_and_shape_and_counted(bench: Bench):
    await fail_alike(bench, 3, behind=2)
    stranger = bench.record(removal(uuid4()))
    await bench.redeliver([replace(stranger, value=b'{"unit_id": 7}')])
    large, small = await get(bench, "dead-letters/groups")
    assert (large["letters"], large["keys"], large["parked_behind"]) == (3, 3, 6)
    assert large["cause"].startswith("ValueError in ")
    assert large["oldest_at"] <= large["newest_at"]
    assert large["samples"] == [one["id"] for one in await letters(bench) if one["group_id"] == large["group_id"]]
    assert (small["letters"], small["parked_behind"]) == (1, 0)
    assert small["cause"].startswith("ValidationError: ")
    held = await get(bench, f"dead-letters?group={small['group_id']}")
    assert held["total"] == 1


async def test_a_dry_run_reports_the_result_and_changes_nothing(bench: Bench, sample: Sample):
    await fail_alike(bench, 1, behind=1)
    [first, _] = await letters(bench)
    before = await letters(bench)
    tried = await post(bench, f"dead-letters/{first['id']}/replay", dry_run=True)
    assert (tried["dry_run"], tried["replayed"], tried["failed"]) == (True, 0, True)
    sample.broken = False
    tried = await post(bench, f"dead-letters/{first['id']}/replay", dry_run=True)
    assert (tried["replayed"], tried["failed"]) == (2, False)
    [group] = await get(bench, "dead-letters/groups")
    tried = await post(bench, f"dead-letters/groups/{group['group_id']}/replay", dry_run=True)
    assert (tried["tried"], tried["would_go_through"], tried["would_fail"]) == (1, 2, {})
    assert await letters(bench) == before
    assert await bench.published() == []
    names = [name for _, name, _ in await acts(bench)]
    assert names == ["dead_letter_rehearsed", "dead_letter_rehearsed", "dead_letter_group_rehearsed"]


async def test_a_group_is_replayed_in_the_background_at_a_capped_rate_and_each_letter_is_on_record(
    bench: Bench, sample: Sample
):
    await fail_alike(bench, 4, behind=2)
    [group] = await get(bench, "dead-letters/groups")
    sample.broken = False
    asked = await post(bench, f"dead-letters/groups/{group['group_id']}/replay", per_second=30)
    assert (asked["status"], asked["letters"]) == (202, 4)
    started = asyncio.get_running_loop().time()
    await bench.run_jobs()
    assert asyncio.get_running_loop().time() - started >= 12 / 30 - 0.05
    run = await get(bench, f"dead-letters/runs/{asked['run_id']}")
    assert (run["handled"], run["failed"], run["ended_at"] is not None) == (12, 0, True)
    assert await letters(bench) == []
    recorded = [name for account, name, _ in await acts(bench) if account == "li"]
    assert recorded == ["dead_letter_group_replayed", *["dead_letter_replayed"] * 4]
    refused = await post(bench, f"dead-letters/groups/{group['group_id']}/replay")
    assert (refused["status"], refused["code"]) == (404, "DEAD_LETTER_GROUP_GONE")


async def test_a_group_that_fails_again_is_tried_once_a_run(bench: Bench):
    await fail_alike(bench, 2)
    [group] = await get(bench, "dead-letters/groups")
    asked = await post(bench, f"dead-letters/groups/{group['group_id']}/replay", per_second=1000)
    await bench.run_jobs()
    run = await get(bench, f"dead-letters/runs/{asked['run_id']}")
    assert (run["handled"], run["failed"]) == (0, 2)
    assert [one["attempts"] for one in await letters(bench)] == [2, 2]


async def jump_behind_a_failure(bench: Bench) -> None:
    """Let a record of a key fail, so that its dead letter blocks the key. Then let a later record of the key arrive
    whose sequence number is not the next one.
    """
    bad = removal(uuid4(), BAD)
    records = [bench.record(bad), bench.record(removal(bad.unit_id, 2)), bench.record(removal(bad.unit_id, 3))]
    await bench.redeliver([records[0], records[2]])


async def jump_alone(bench: Bench) -> None:
    unit = uuid4()
    records = [bench.record(removal(unit, number)) for number in (4, 5, 6)]
    await bench.redeliver([records[0], records[2]])


async def jumps(bench: Bench) -> str:
    return next(g["group_id"] for g in await get(bench, "dead-letters/groups") if g["cause"] == "SequenceJump")


async def test_a_run_skips_letters_that_wait_for_a_failed_letter_and_ends(
    bench: Bench, sample: Sample, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("chassis.replay.bulk_replay.MAX_LETTERS", 1)
    await jump_behind_a_failure(bench)
    await jump_alone(bench)
    group = await jumps(bench)
    tried = await post(bench, f"dead-letters/groups/{group}/replay", dry_run=True)
    assert (tried["status"], tried["tried"], tried["would_go_through"]) == (200, 1, 1)
    sample.handled.clear()
    asked = await post(bench, f"dead-letters/groups/{group}/replay", per_second=1000)
    assert (asked["status"], asked["letters"]) == (202, 1)
    async with asyncio.timeout(20):
        await bench.run_jobs()
    run = await get(bench, f"dead-letters/runs/{asked['run_id']}")
    assert (run["handled"], run["failed"], run["ended_at"] is not None) == (1, 0, True)
    assert [len(one.member_ids) for one in sample.handled] == [6]
    for body in ({"dry_run": True}, {"dry_run": False}):
        waits = await post(bench, f"dead-letters/groups/{group}/replay", **body)
        assert (waits["status"], waits["code"]) == (409, "DEAD_LETTER_NOT_FIRST")


async def test_letters_that_wait_for_a_failed_letter_can_be_discarded_by_group(bench: Bench):
    await jump_behind_a_failure(bench)
    asked = await post(bench, f"dead-letters/groups/{await jumps(bench)}/discard", reason="forged", per_second=1000)
    await bench.run_jobs()
    assert (asked["status"], asked["letters"]) == (202, 1)
    assert [one["state"] for one in await letters(bench)] == ["failed"]


async def test_a_letter_whose_key_fails_during_the_run_is_not_tried_for_ever(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
):
    await jump_alone(bench)
    asked = await post(bench, f"dead-letters/groups/{await jumps(bench)}/replay", per_second=1000)

    async def not_first(*_: object, **__: object) -> None:
        raise NotFirst

    monkeypatch.setattr("chassis.replay.bulk_replay.replay", not_first)
    async with asyncio.timeout(20):
        await bench.run_jobs()
    run = await get(bench, f"dead-letters/runs/{asked['run_id']}")
    assert (run["handled"], run["ended_at"] is not None) == (0, True)


async def test_a_discarded_group_releases_the_letters_parked_behind_it(bench: Bench, sample: Sample):
    await fail_alike(bench, 2, behind=1)
    [group] = await get(bench, "dead-letters/groups")
    await post(bench, f"dead-letters/groups/{group['group_id']}/discard", reason="a test", per_second=1000)
    await bench.run_jobs()
    assert [len(one.member_ids) for one in sample.handled] == [2, 2]
    assert await letters(bench) == []
    assert [name for _, name, _ in await acts(bench)].count("dead_letter_discarded") == 2


async def test_a_long_queue_is_released_in_parts_and_in_order_while_more_arrives(
    bench: Bench, sample: Sample, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("chassis.replay.single_replay.replay.__kwdefaults__", {"limit": 3})
    bad = removal(uuid4(), BAD)
    await bench.deliver(bad, *(removal(bad.unit_id, number) for number in range(20, 28)))
    sample.broken = False
    [first, *_] = await letters(bench)
    answer = await post(bench, f"dead-letters/{first['id']}/replay")
    assert (answer["replayed"], answer["left"]) == (3, 6)
    await bench.deliver(removal(bad.unit_id, 28))
    assert len(sample.handled) == 3
    await bench.run_jobs()
    assert [len(one.member_ids) for one in sample.handled] == [BAD, *range(20, 29)]
    assert await letters(bench) == []


async def test_an_interrupted_run_continues_where_it_stopped(bench: Bench, sample: Sample):
    await fail_alike(bench, 3)
    [group] = await get(bench, "dead-letters/groups")
    sample.broken = False
    asked = await post(bench, f"dead-letters/groups/{group['group_id']}/replay", per_second=5)
    [runs] = own_job_handlers(bench.runtime)
    worker = JobWorker(bench.database, runs, bench.runtime.health)
    cut = asyncio.create_task(worker.run_due())
    await sample.first_handled.wait()
    cut.cancel()
    await asyncio.gather(cut, return_exceptions=True)
    async with bench.database.connection() as connection:
        await connection.execute("UPDATE jobs SET next_at = now()")
        await connection.execute("UPDATE dead_letter_runs SET per_second = 1000")
    await bench.run_jobs()
    run = await get(bench, f"dead-letters/runs/{asked['run_id']}")
    assert (run["handled"], run["ended_at"] is not None) == (3, True)
    assert len(await bench.published()) == 3


async def test_a_replay_is_marked_for_handlers_and_harmless_twice(bench: Bench, sample: Sample):
    unit = uuid4()
    await bench.deliver(removal(unit, BAD))
    sample.broken = False
    [letter] = await letters(bench)
    url = f"dead-letters/{letter['id']}/replay"
    answers = await asyncio.gather(post(bench, url), post(bench, url))
    assert sorted(answer["status"] for answer in answers) == [200, 409]
    assert sample.replays == [True]
    assert len(await bench.published()) == 1


async def test_an_edited_letter_is_replayed_as_edited_and_the_original_stays(bench: Bench, sample: Sample):
    event = removal(uuid4(), 2)
    record = bench.record(event)
    broken = record.value.replace(b'"count":1', b'"count":"one"') if record.value else b""
    await bench.redeliver([replace(record, value=broken), bench.record(removal(event.unit_id, 3))])
    [letter, _] = await letters(bench)
    url = f"dead-letters/{letter['id']}"
    useless = await post(bench, f"{url}/edit", changes=change("/part/index", 0), reason="r")
    assert (useless["status"], useless["code"]) == (422, "EDIT_UNREADABLE")
    made = await post(bench, f"{url}/edit", changes=change("/part/count", 1), reason="the sender counts in words")
    assert made["status"] == 200
    again = await post(bench, f"{url}/edit", changes=change("/part/count", 1), reason="r")
    assert (again["status"], again["code"]) == (422, "EDIT_CHANGES_NOTHING")
    assert (await post(bench, f"{url}/replay"))["replayed"] == 2
    assert [len(one.member_ids) for one in sample.handled] == [2, 3]
    shown = await get(bench, url)
    assert (shown["state"], shown["payload_masked"]["part"]["count"]) == ("replayed", "o*e (3 characters)")
    [edit] = shown["edits"]
    assert (edit["by"], edit["reason"]) == ("li", "the sender counts in words")
    assert (edit["before_hash"], edit["after_hash"]) == (made["before_hash"], made["after_hash"])
    assert edit["before_hash"] != edit["after_hash"]
    async with bench.database.connection() as connection:
        assert await connection.fetchval("SELECT payload FROM dead_letters WHERE id = $1", letter["id"]) == broken
        with pytest.raises(Exception, match="append-only"):
            await connection.execute("DELETE FROM dead_letter_edits")
    assert ("li", "dead_letter_edited", str(letter["id"])) in await acts(bench)


async def test_a_missing_header_can_be_put_in_and_a_sealed_block_cannot_be_touched(bench: Bench, sample: Sample):
    record = bench.record(removal(uuid4(), 2))
    headers = [(name, value) for name, value in record.headers if name != "ce_causationid"]
    await bench.redeliver([replace(record, headers=headers)])
    [letter] = await letters(bench)
    url = f"dead-letters/{letter['id']}"
    made = await post(bench, f"{url}/edit", headers={"ce_causationid": str(uuid4())}, reason="an old sender")
    assert made["status"] == 200
    assert (await post(bench, f"{url}/replay"))["replayed"] == 1
    sealed = bench.record(removal(uuid4()))
    await bench.redeliver([replace(sealed, value=b'{"sealed": {"nonce": "x"}}')])
    [letter] = await letters(bench)
    url = f"dead-letters/{letter['id']}"
    for changes in (change("/sealed/nonce", "y"), change("", {"sealed": {}})):
        refused = await post(bench, f"{url}/edit", changes=changes, reason="r")
        assert refused["code"] == "EDIT_OF_SEALED"


async def test_given_up_requests_are_listed_tried_again_and_abandoned_with_a_reason(bench: Bench, sample: Sample):
    sample.registry.give_up = True
    async with bench.database.work(uuid4()) as work:
        await work.enqueue_all("sample.ask", [(str(uuid4()), {"name": "张三"}) for _ in range(2)])
    await bench.run_jobs()
    found = await get(bench, "jobs")
    one, other = (item["id"] for item in found["items"])
    assert "张三" not in str(found)
    assert found["items"][0]["last_error"] == "the registry knows no such thing"
    sample.registry.give_up = False
    assert (await post(bench, f"jobs/{one}/retry"))["kind"] == "sample.ask"
    await bench.run_jobs()
    assert sample.registry.attempts[-1] == 2
    assert (await post(bench, f"jobs/{one}/retry"))["code"] == "JOB_NOT_FAILED"
    assert (await post(bench, f"jobs/{other}/abandon", reason="told by telephone"))["status"] == 200
    assert (await get(bench, "jobs"))["total"] == 0
    assert (await get(bench, "jobs?state=abandoned"))["total"] == 1
    assert [name for _, name, _ in await acts(bench)] == ["job_retried", "job_abandoned"]


async def test_auditors_see_and_only_operators_act(bench: Bench):
    await bench.deliver(removal(uuid4(), BAD))
    auditor, handler = bench.token("auditor", None), bench.token("handler", uuid4())
    for path in ("dead-letters", "dead-letters/groups", "jobs"):
        assert (await bench.client.get(f"/ops/{path}", headers=auditor)).status_code == 200
        assert (await bench.client.get(f"/ops/{path}", headers=handler)).status_code == 403
    [letter] = await letters(bench)
    tries: Sequence[tuple[str, dict]] = [
        (f"dead-letters/{letter['id']}/replay", {}),
        (f"dead-letters/{letter['id']}/edit", {"reason": "r"}),
        (f"dead-letters/{letter['id']}/discard", {"reason": "r"}),
        (f"dead-letters/groups/{letter['group_id']}/replay", {}),
        (f"dead-letters/groups/{letter['group_id']}/discard", {"reason": "r"}),
        (f"jobs/{uuid4()}/retry", {}),
        (f"jobs/{uuid4()}/abandon", {"reason": "r"}),
    ]
    for path, body in tries:
        assert (await bench.client.post(f"/ops/{path}", json=body, headers=auditor)).status_code == 403


def change(path: str, value: object) -> list[dict]:
    return [{"op": "replace", "path": path, "value": value}]


async def test_open_letters_and_given_up_requests_are_gauged(bench: Bench, sample: Sample):
    await fail_alike(bench, 2, behind=1)
    sample.registry.give_up = True
    async with bench.database.work(uuid4()) as work:
        await work.enqueue("sample.ask", str(uuid4()), {})
    await bench.run_jobs()
    async with bench.database.read() as connection:
        await dead_letters.update_gauge(connection)
        await job_worker.gauge(connection)
    text = (await bench.client.get("/metrics")).text
    for line in (
        'ue_dead_letters_open{state="failed"} 2.0',
        'ue_dead_letters_open{state="parked"} 2.0',
        'ue_jobs_given_up{state="failed"} 1.0',
        'ue_jobs_given_up{state="held"} 0.0',
    ):
        assert line in text


async def test_a_kind_of_job_without_due_jobs_is_no_longer_counted_as_pending(bench: Bench, sample: Sample):
    async def pending() -> bool:
        async with bench.database.read() as connection:
            await job_worker.gauge(connection)
        return 'ue_jobs_pending{kind="sample.ask"} 1.0' in (await bench.client.get("/metrics")).text

    async with bench.database.work(uuid4()) as work:
        await work.enqueue("sample.ask", str(uuid4()), {})
    assert await pending()
    await bench.run_jobs()
    assert not await pending()
