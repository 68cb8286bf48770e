"""Retention deletes expired rows in small batches and deletes nothing else."""

from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from integration.chassis.sample_service import Sample
from pydantic import ValidationError

from chassis.jobs import Retention, retention
from chassis.jobs.retention import ANSWERS, CLOSED_LETTERS, NOTICES, REQUESTS
from chassis.settings import ChassisSettings
from chassis.testing import Bench
from contracts.topics import MEMBERS, UNIONS


async def do(bench: Bench, statement: str, *values: Any) -> None:
    async with bench.database.connection() as connection:
        await connection.execute(statement, *values)


async def column(bench: Bench, statement: str, *values: Any) -> list[Any]:
    async with bench.database.read() as connection:
        return [row[0] for row in await connection.fetch(statement, *values)]


async def letter(bench: Bench, key: str, state: str, days: int, topic: str = MEMBERS.name) -> int:
    """Insert a dead letter with an edit. The letter was set aside `days` days ago. If its `state` is `replayed` or
    `discarded`, it was also closed `days` days ago."""
    async with bench.database.connection() as connection:
        letter_id: int = await connection.fetchval(
            """INSERT INTO dead_letters (topic, partition, record_offset, key, headers, state, cause, message,
                                         fingerprint, set_aside_at, ended_at)
               VALUES ($1, 0, 0, $2, '[]', $3, 'ValueError', '', $2, now() - make_interval(days => $4),
                       CASE WHEN $3 IN ('replayed', 'discarded') THEN now() - make_interval(days => $4) END)
               RETURNING id""",
            topic,
            key,
            state,
            days,
        )
        await connection.execute(
            """INSERT INTO dead_letter_edits (letter_id, account, reason, before_hash, after_hash, headers)
               VALUES ($1, 'li', 'r', 'b', 'a', '[]')""",
            letter_id,
        )
    return letter_id


async def test_an_answer_is_given_again_for_thirty_days(bench: Bench):
    node = uuid4()
    headers = bench.token("handler", node)
    first = await bench.client.post(f"/asks/{node}", headers=headers)
    for age, replayed in (("29 days", "true"), ("31 days", None)):
        await do(bench, f"UPDATE idempotency_keys SET created_at = now() - interval '{age}'")
        await bench.run_periodic()
        answer = await bench.client.post(f"/asks/{node}", headers=headers)
        assert (answer.status_code, answer.headers.get("Idempotency-Replayed")) == (202, replayed)
        assert (answer.json() == first.json()) == (replayed == "true")
    assert len(await column(bench, "SELECT id FROM audit_log")) == 2


async def test_requests_go_when_no_topic_can_bring_them_again(bench: Bench):
    """A job that waits for the external system or for an operator is kept at any age."""
    async with bench.database.work(uuid4()) as work:
        states = ["due", "failed", "held", "done", "abandoned"]
        await work.enqueue_all("sample.old", [(state, {}) for state in states])
        await work.enqueue_all("sample.young", [(state, {}) for state in states])
    await do(
        bench,
        """UPDATE jobs SET state = key, created_at = now() - interval '3 years',
           ended_at = now() - CASE kind WHEN 'sample.old' THEN interval '431 days' ELSE interval '429 days' END""",
    )
    await bench.run_periodic()
    kept = "SELECT key FROM jobs WHERE kind = $1 ORDER BY key"
    assert await column(bench, kept, "sample.old") == ["due", "failed", "held"]
    assert await column(bench, kept, "sample.young") == sorted(states)


async def test_closed_letters_go_with_their_edits_and_open_ones_stay(bench: Bench):
    await letter(bench, "replayed", "replayed", 431)
    await letter(bench, "discarded", "discarded", 431)
    kept = [
        await letter(bench, "failed", "failed", 1000),
        await letter(bench, "parked", "parked", 1000),
        await letter(bench, "young", "discarded", 429),
        await letter(bench, "compacted", "discarded", 1000, UNIONS.name),
    ]
    await bench.run_periodic()
    assert await column(bench, "SELECT id FROM dead_letters ORDER BY id") == kept
    assert await column(bench, "SELECT letter_id FROM dead_letter_edits ORDER BY id") == kept


@pytest.mark.parametrize(("state", "days"), [("failed", 1000), ("discarded", 399)])
async def test_an_edit_of_a_letter_that_may_be_asked_about_cannot_go(bench: Bench, state: str, days: int):
    await letter(bench, "k", state, days)
    with pytest.raises(asyncpg.RaiseError, match="append-only"):
        await do(bench, "DELETE FROM dead_letter_edits")


async def test_not_even_an_old_edit_can_be_changed(bench: Bench):
    """An edit is an operator's change of a dead letter. The service lacks the privilege to change an edit, and a
    trigger refuses the change even to the owner of the table.
    """
    await letter(bench, "k", "discarded", 1000)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await do(bench, "UPDATE dead_letter_edits SET reason = 'another'")
    async with bench.database.connection() as connection, connection.transaction():
        await connection.execute("SET LOCAL ROLE NONE")
        with pytest.raises(asyncpg.RaiseError, match="append-only"):
            await connection.execute("UPDATE dead_letter_edits SET reason = 'another'")


async def test_much_that_is_old_goes_in_small_transactions_with_pauses(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(retention, "BATCH", 2)
    for n in range(5):
        await do(
            bench,
            "INSERT INTO idempotency_keys VALUES ('a', $1, 'f', 200, '{}', now() - make_interval(days => $2))",
            str(n),
            100 - n,
        )
    job = Retention(answers_days=30, ended_days=430, notices_days=400)
    left = []
    for _ in range(3):
        async with bench.database.work(uuid4()) as work:
            await job.run(work)
        left.append((await column(bench, "SELECT key FROM idempotency_keys ORDER BY key"), job.every_s))
    assert left == [
        (["2", "3", "4"], retention.SOON_S),
        (["4"], retention.SOON_S),
        ([], retention.EVERY_S),
    ]


async def test_what_is_kept_is_not_read(bench: Bench, sample: Sample):
    async with bench.database.work(uuid4()) as work:
        await work.enqueue_all("sample.ask", [(str(uuid4()), {}) for _ in range(2000)])
    await do(bench, "UPDATE jobs SET state = 'done', ended_at = now()")
    await do(bench, "INSERT INTO idempotency_keys SELECT 'a', n::text, 'f', 200, '{}' FROM generate_series(1, 2000) n")
    await do(
        bench,
        """INSERT INTO notices SELECT gen_random_uuid(), gen_random_uuid(), 'handler', 'returned', '', '', now()
           FROM generate_series(1, 2000)""",
    )
    for n in range(20):
        await letter(bench, str(n), "discarded", 1)
    await do(bench, "ANALYZE")
    async with bench.database.connection() as connection:
        await connection.execute("SET enable_seqscan = off")
        for statement, condition, values in (
            (ANSWERS, "created_at < ", (30, 500)),
            (REQUESTS, "ended_at < ", (430, 500)),
            (NOTICES, "kept_at < ", (400, 500)),
            (CLOSED_LETTERS, "ended_at < ", (430, 500, [])),
        ):
            plan = [line for [line] in await connection.fetch("EXPLAIN " + statement, *values)]
            assert any("Index Cond" in line and condition in line for line in plan), "\n".join(plan)


async def test_idempotency_keys_cannot_be_set_to_go_before_the_topics(tmp_path: Any):
    with pytest.raises(ValidationError, match="keep_ended_days"):
        ChassisSettings(database_url="", key_file=tmp_path, keep_ended_days=399)
