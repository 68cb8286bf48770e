"""The guarantees of ADR 0002 for published events and for jobs hold on a real PostgreSQL."""

import asyncio
from uuid import UUID, uuid4

import orjson
import pytest
from integration.chassis.sample_service import Sample, removal

from chassis.database import outbox
from chassis.database.leases import acquire
from chassis.database.outbox import OversizedEvent
from chassis.jobs import JobWorker, job_repair
from chassis.jobs.job_repair import JobNotFailed
from chassis.jobs.job_worker import CLAIM
from chassis.publishing import unpublished
from chassis.testing import Bench
from contracts.fields import MAX_EVENT_BYTES
from contracts.members import MembersRemoved


async def publish_removals(bench: Bench, *units: UUID) -> None:
    async with bench.database.work(uuid4()) as work:
        work.emit([removal(unit) for unit in units])


async def test_sequences_are_gapless_per_key_however_transactions_interleave(bench: Bench):
    units = [uuid4() for _ in range(3)]
    await asyncio.gather(*(publish_removals(bench, *units[n % 3 :], *units[: n % 3]) for n in range(12)))
    found: dict[str, list[int]] = {}
    for envelope, event in await bench.published():
        found.setdefault(event.key(), []).append(envelope.sequence)
    assert found == {str(unit): list(range(1, 13)) for unit in units}


async def test_a_transaction_that_rolls_back_leaves_neither_event_nor_gap(bench: Bench):
    unit = uuid4()

    async def fail_after_writing() -> None:
        async with bench.database.work(uuid4()) as work:
            work.emit([removal(unit)])
            await outbox.write(work.connection, work.pop_events())
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail_after_writing()
    await publish_removals(bench, unit)
    assert [envelope.sequence for envelope, _ in await bench.published()] == [1]


async def test_the_relay_skips_no_row_that_commits_late(bench: Bench):
    early, late = uuid4(), uuid4()
    async with bench.database.work(uuid4()) as slow:
        slow.emit([removal(early)])
        await outbox.write(slow.connection, slow.pop_events())
        await publish_removals(bench, late)
        async with bench.database.read() as connection:
            assert [row.key for row in await unpublished(connection)] == [str(late)]
    async with bench.database.read() as connection:
        assert [row.key for row in await unpublished(connection)] == [str(early), str(late)]


async def test_an_oversized_event_is_refused_when_it_is_written(bench: Bench):
    async with bench.database.work(uuid4()) as work:
        with pytest.raises(OversizedEvent):
            work.emit([removal(uuid4(), people=30_000)])
    assert await bench.published() == []


async def test_an_oversized_event_whose_people_are_json_already_is_refused_too(bench: Bench):
    async with bench.database.work(uuid4()) as work:
        with pytest.raises(OversizedEvent):
            work.emit_serialized(removal(uuid4()), {"member_ids": b"[" + b" " * MAX_EVENT_BYTES + b"]"})
    assert await bench.published() == []


async def test_many_events_are_written_by_several_statements_in_order(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(outbox, "BYTES_AT_ONCE", 1_000)
    units, people = [uuid4() for _ in range(2)], [uuid4() for _ in range(30)]
    json = orjson.dumps([str(one) for one in people])
    async with bench.database.work(uuid4()) as work:
        for n in range(10):
            work.emit_serialized(removal(units[n % 2]), {"member_ids": json})
    found = await bench.published()
    assert [(event.key(), envelope.sequence) for envelope, event in found] == [
        (str(units[n % 2]), n // 2 + 1) for n in range(10)
    ]
    assert all(isinstance(event, MembersRemoved) and event.member_ids == people for _, event in found)


async def test_large_events_can_be_written_before_the_end_of_the_transaction(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(outbox, "BYTES_AT_ONCE", 500)
    unit = uuid4()
    async with bench.database.work(uuid4()) as work:
        work.emit([removal(unit)])
        await work.write_large()
        assert await work.connection.fetchval("SELECT count(*) FROM outbox") == 0
        work.emit([removal(unit, people=20)])
        await work.write_large()
        assert await work.connection.fetchval("SELECT count(*) FROM outbox") == 2
        work.emit([removal(unit)])
        assert await bench.published() == []
    assert [(envelope.sequence, event.entry_count()) for envelope, event in await bench.published()] == [
        (1, 1),
        (2, 20),
        (3, 1),
    ]


async def test_a_lease_has_one_holder_and_another_acquires_it_after_its_expiry(bench: Bench):
    async with bench.database.connection() as connection:
        assert await acquire(connection, "relay", "one", 30)
        assert not await acquire(connection, "relay", "two", 30)
        assert await acquire(connection, "relay", "one", -1)
        assert await acquire(connection, "relay", "two", 30)


async def test_a_request_is_looked_up_and_asked_again_until_it_is_answered_once(bench: Bench, sample: Sample):
    sample.registry.failures = 2
    unit = str(uuid4())
    for _ in range(2):
        async with bench.database.work(uuid4()) as work:
            await work.enqueue("sample.ask", unit, {})
    await bench.run_jobs()
    assert sample.registry.attempts == [1, 2, 3]
    assert len(await bench.published()) == 1
    await bench.run_jobs()
    assert len(await bench.published()) == 1


async def test_a_request_that_never_succeeds_ends_visibly(bench: Bench, sample: Sample):
    sample.registry.give_up = True
    async with bench.database.work(uuid4()) as work:
        await work.enqueue("sample.ask", str(uuid4()), {})
    await bench.run_jobs()
    async with bench.database.read() as connection:
        row = await connection.fetchrow("SELECT state, last_error FROM jobs")
    assert tuple(row) == ("failed", "the registry knows no such thing")


@pytest.mark.parametrize("method", ["run", "complete"])
async def test_a_job_that_waits_is_run_again_when_its_time_has_come(bench: Bench, sample: Sample, method: str):
    await asked(bench)
    sample.registry.waiting_in = method
    assert await bench.run_jobs() == 1
    async with bench.database.read() as connection:
        [row] = await connection.fetch(
            "SELECT state, leased_by, last_error, round(extract(epoch FROM next_at - now())::numeric, -1) FROM jobs"
        )
    assert tuple(row) == ("due", None, "the registry is closed", 60)
    sample.registry.waiting_in = ""
    assert await bench.run_jobs() == 0
    await lease_is_over(bench)
    assert await bench.run_jobs() == 1
    assert sample.registry.attempts == [1, 2]
    assert len(await bench.published()) == 1


async def test_a_worker_that_lost_its_lease_keeps_nothing(bench: Bench, sample: Sample):
    async with bench.database.work(uuid4()) as work:
        await work.enqueue("sample.ask", str(uuid4()), {})
    slow = JobWorker(bench.database, sample.registry, bench.runtime.health)
    [request] = await slow._claim(1)
    async with bench.database.connection() as connection:
        await connection.execute("UPDATE jobs SET next_at = now()")
    assert await bench.run_jobs() == 1
    await slow._carry_out(request)
    assert len(await bench.published()) == 1


async def asked(bench: Bench) -> None:
    """Enqueue one job that is due."""
    async with bench.database.work(uuid4()) as work:
        await work.enqueue("sample.ask", str(uuid4()), {})


async def lease_is_over(bench: Bench) -> None:
    """Let the lease of the job expire, as if heartbeats had been missed."""
    async with bench.database.connection() as connection:
        await connection.execute("UPDATE jobs SET next_at = now() - interval '1 minute'")


async def standing(bench: Bench) -> tuple[str, int, bool, bool]:
    """The job's state and number of attempts, whether the job is leased, and whether its lease has expired."""
    async with bench.database.read() as connection:
        row = await connection.fetchrow("SELECT state, attempts, leased_by IS NOT NULL, next_at < now() FROM jobs")
    assert row is not None
    return tuple(row.values())


async def test_a_late_refusal_fails_no_request_that_the_same_worker_has_settled(bench: Bench, sample: Sample):
    await asked(bench)
    worker = JobWorker(bench.database, sample.registry, bench.runtime.health)
    [first] = await worker._claim(1)
    await lease_is_over(bench)
    assert await worker.run_due() == 1
    sample.registry.give_up = True
    await worker._carry_out(first)
    assert (await standing(bench))[:2] == ("done", 2)
    async with bench.database.connection() as connection:
        with pytest.raises(JobNotFailed):
            await job_repair.retry(connection, first.id)
    assert len(await bench.published()) == 1


async def test_an_attempt_that_lost_its_lease_neither_puts_off_nor_keeps_the_next_one(bench: Bench, sample: Sample):
    await asked(bench)
    worker = JobWorker(bench.database, sample.registry, bench.runtime.health)
    [first] = await worker._claim(1)
    await lease_is_over(bench)
    [second] = await worker._claim(1)
    sample.registry.failures = 1
    await worker._carry_out(first)
    assert await standing(bench) == ("due", 2, True, False)
    await lease_is_over(bench)
    await worker._extend(first)
    assert await standing(bench) == ("due", 2, True, True)
    await worker._extend(second)
    assert await standing(bench) == ("due", 2, True, False)


async def test_a_worker_does_not_take_up_what_it_has_in_hand_and_another_one_does(bench: Bench, sample: Sample):
    await asked(bench)
    sample.registry.answers.clear()
    worker = JobWorker(bench.database, sample.registry, bench.runtime.health)
    await worker._fill()
    [in_hand] = worker._running.values()
    await lease_is_over(bench)
    await worker._fill()
    assert await standing(bench) == ("due", 1, True, True)
    other = JobWorker(bench.database, sample.registry, bench.runtime.health)
    [taken_up] = await other._claim(1)
    assert taken_up.attempt == 2
    sample.registry.answers.set()
    await in_hand
    assert await bench.published() == []
    await other._carry_out(taken_up)
    assert len(await bench.published()) == 1


async def test_requests_that_wait_are_not_read_when_the_next_ones_are_claimed(bench: Bench):
    async with bench.database.work(uuid4()) as work:
        await work.enqueue_all("sample.ask", [(str(uuid4()), {}) for _ in range(2000)])
    async with bench.database.connection() as connection:
        await connection.execute("UPDATE jobs SET next_at = now() + interval '1 hour'")
        await connection.execute("ANALYZE jobs")
        text, arguments = CLAIM.bind(kind="sample.ask", holder="holder", most=10, lease_s=15.0, running=[], suspects=1)
        plan = await connection.fetch(f"EXPLAIN {text}", *arguments)
    conditions = [line for [line] in plan if "Index Cond" in line]
    assert any("next_at" in condition for condition in conditions), "\n".join(line for [line] in plan)


async def test_the_same_command_twice_is_one_command_with_one_answer(bench: Bench, sample: Sample):
    node = uuid4()
    headers = bench.token("handler", node)
    answers = await asyncio.gather(*(bench.client.post(f"/asks/{node}", headers=headers) for _ in range(4)))
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.text for answer in answers}) == 1
    assert sorted(a.headers.get("Idempotency-Replayed", "") for a in answers) == ["", "true", "true", "true"]
    assert len(await bench.published()) == 1
    acts = (await bench.client.get("/acts", headers=headers)).json()
    assert acts == [{"account": "a", "name": "asked", "subject": str(node)}]


async def test_a_key_that_served_another_request_is_refused(bench: Bench):
    node = uuid4()
    headers = bench.token("handler", node)
    await bench.client.post(f"/asks/{node}", headers=headers)
    answer = await bench.client.post(f"/asks/{uuid4()}", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")


async def test_without_token_or_key_nothing_happens(bench: Bench):
    node = uuid4()
    headers = bench.token("handler", node)
    for missing, status, code in (
        ("Authorization", 401, "UNAUTHENTICATED"),
        ("Idempotency-Key", 400, "IDEMPOTENCY_KEY_MISSING"),
    ):
        sent = {name: value for name, value in headers.items() if name != missing}
        answer = await bench.client.post(f"/asks/{node}", headers=sent)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert await bench.published() == []


async def test_another_unions_node_is_out_of_reach_and_a_child_is_not(bench: Bench):
    from integration.chassis.sample_service import union

    parent, child, stranger = uuid4(), uuid4(), uuid4()
    await bench.deliver(union(parent), union(child, parent), union(stranger))
    reach = {}
    for node in (parent, child, stranger, uuid4()):
        answer = await bench.client.post(f"/asks/{node}", headers=bench.token("handler", parent))
        reach[node] = answer.status_code
    assert list(reach.values()) == [202, 202, 403, 403]


async def test_the_audit_log_cannot_be_changed(bench: Bench):
    """A service lacks the privileges to change or delete rows of its audit log. The tests in test_audit_log_is_kept
    show that triggers stop even the owner of the table.
    """
    node = uuid4()
    await bench.client.post(f"/asks/{node}", headers=bench.token("handler", node))
    async with bench.database.connection() as connection:
        for statement in ("UPDATE audit_log SET account = 'b'", "DELETE FROM audit_log"):
            with pytest.raises(Exception, match="permission denied for table audit_log"):
                await connection.execute(statement)
