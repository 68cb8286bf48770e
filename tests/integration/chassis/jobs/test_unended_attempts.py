"""If a job kills the process that runs it, the job is given up, and the other jobs are carried out."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import pytest
from integration.chassis.health.test_process_start_and_stop import free_port
from integration.chassis.jobs import aborting_service
from integration.chassis.sample_service import Sample

from chassis.jobs import MOST_UNENDED, JobWorker
from chassis.privacy import new_key_file
from chassis.resilience import Quarantine
from chassis.testing import Bench, service_under_test
from support.unended import given_up, lease_is_over, processes_die, requests

KIND = "sample.ask"


async def asked(bench: Bench, count: int = 1) -> list[str]:
    keys = [str(uuid4()) for _ in range(count)]
    async with bench.database.work(uuid4()) as work:
        await work.enqueue_all(KIND, [(key, {}) for key in keys])
    return keys


def worker(bench: Bench, quarantine: Quarantine | None = None) -> JobWorker:
    return JobWorker(bench.database, bench.runtime.job_handlers[KIND], bench.runtime.health, quarantine=quarantine)


async def unended(bench: Bench) -> list[int]:
    async with bench.database.read() as connection:
        return [row[0] for row in await connection.fetch("SELECT unended FROM jobs ORDER BY unended")]


async def in_hand(bench: Bench) -> int:
    async with bench.database.read() as connection:
        count: int = await connection.fetchval("SELECT count(*) FROM jobs WHERE leased_by IS NOT NULL")
    return count


def started(folder: Path, database_url: str) -> "subprocess.Popen[bytes]":
    keys = folder / "keys.json"
    keys.write_text(json.dumps(new_key_file()))
    environment = os.environ | {
        "UE_DATABASE_URL": database_url,
        "UE_HTTP_PORT": str(free_port()),
        "UE_KEY_FILE": str(keys),
    }
    with (folder / "log").open("ab") as log:
        return subprocess.Popen([sys.executable, aborting_service.__file__], env=environment, stdout=log, stderr=log)


async def are_due(bench: Bench) -> bool:
    states = [state for kind in ("read", "write") for state, _ in await requests(bench, kind)]
    return "due" in states


async def test_a_job_that_aborts_its_process_is_given_up_and_those_beside_it_are_carried_out(
    database: str, tmp_path: Path
):
    """The job ends its process with SIGABRT. A malformed file once had this effect: the process restarted 27 times,
    and only a change of the database by hand stopped the restarts."""
    async with service_under_test(aborting_service.service, database) as bench:
        async with bench.database.work(uuid4()) as work:
            await work.enqueue("read", "poison", {"aborts": True})
            for kind in ("read", "write"):
                await work.enqueue_all(kind, [(f"{kind}-{n}", {"aborts": False}) for n in range(3)])
        deaths = 0
        while await are_due(bench):
            process = started(tmp_path, database)
            ended = asyncio.create_task(asyncio.to_thread(process.wait, 60))
            while await are_due(bench) and not (await asyncio.wait([ended], timeout=0.1))[0]:
                pass
            process.terminate()
            deaths += await ended == -signal.SIGABRT
        assert deaths == MOST_UNENDED, (tmp_path / "log").read_text()
        async with bench.database.read() as connection:
            ends = {row["name"]: row["holder"] for row in await connection.fetch("SELECT name, holder FROM leases")}
        others = {f"{kind}-{n}": "read" for kind in ("read", "write") for n in range(3)}
        assert {key: end for key, end in ends.items() if not key.startswith("periodic")} == others | {
            "poison": "given up"
        }


async def test_after_so_many_deaths_it_ends_as_failed_and_its_waiters_are_notified(bench: Bench, sample: Sample):
    [key] = await asked(bench)
    await given_up(bench, KIND)
    assert sample.registry.attempts == []
    assert sample.registry.told_given_up == [key]
    assert len(await bench.published()) == 1
    text = (await bench.client.get("/metrics")).text
    assert f'ue_jobs_unended_total{{kind="{KIND}"}}' in text
    assert f'ue_jobs_done_total{{kind="{KIND}",state="failed"}}' in text
    assert await bench.run_jobs() == 0


async def test_a_job_whose_failure_cannot_be_published_ends_all_the_same(bench: Bench, sample: Sample):
    await asked(bench)
    sample.registry.chokes = True
    await given_up(bench, KIND)
    [(_, reason)] = await requests(bench, KIND)
    assert "could not be made: ValueError" in str(reason)
    assert await bench.published() == []


async def test_an_attempt_that_ended_with_an_answer_forgives_the_deaths_before(bench: Bench, sample: Sample):
    await asked(bench)
    await processes_die(bench, KIND, MOST_UNENDED - 1)
    sample.registry.failures = 1
    assert await worker(bench).run_due() == 1
    assert await unended(bench) == [0]
    await processes_die(bench, KIND, MOST_UNENDED - 1)
    assert await worker(bench).run_due() == 1
    assert [state for state, _ in await requests(bench, KIND)] == ["done"]


async def test_a_center_that_is_away_for_hours_is_no_death(bench: Bench, sample: Sample):
    await asked(bench)
    sample.registry.failures = 40
    await bench.run_jobs()
    assert (await requests(bench, KIND), len(sample.registry.attempts)) == ([("done", None)], 41)


async def test_a_process_that_stops_politely_counts_nothing(bench: Bench, sample: Sample):
    await asked(bench)
    sample.registry.answers.clear()
    for _ in range(2 * MOST_UNENDED):
        one = worker(bench)
        await one._fill()
        await one._let_go()
    sample.registry.answers.set()
    assert await worker(bench).run_due() == 1
    assert [state for state, _ in await requests(bench, KIND)] == ["done"]


async def test_a_worker_whose_answer_could_not_be_stored_has_not_died(bench: Bench, sample: Sample):
    """The database was away when the attempt ended. So the lease expires, and the same worker runs the job again."""
    await asked(bench)
    one = worker(bench)
    for _ in range(2 * MOST_UNENDED):
        assert len(await one._claim(1)) == 1
        await lease_is_over(bench)
    assert await unended(bench) == [0]


async def test_suspects_are_carried_out_one_at_a_time_and_others_beside_them(bench: Bench, sample: Sample):
    await asked(bench, 4)
    await processes_die(bench, KIND, 1)
    fresh = await asked(bench)
    sample.registry.answers.clear()
    quarantine = Quarantine()
    workers = [worker(bench, quarantine) for _ in range(2)]
    for _ in range(3):
        for one in workers:
            await one._fill()
    assert len([request for one in workers for request in one._running]) == 2
    sample.registry.answers.set()
    for _ in range(20):
        await workers[0]._fill()
        await workers[0]._wait()
    await workers[1]._wait()
    assert [state for state, _ in await requests(bench, KIND)] == ["done"] * 5
    assert fresh[0] in {event.key() for _, event in await bench.published()}


async def test_a_suspect_with_long_work_lets_the_next_one_in_after_its_probation(bench: Bench, sample: Sample):
    await asked(bench, 2)
    await processes_die(bench, KIND, 1)
    sample.registry.answers.clear()
    one = worker(bench, Quarantine(probation_s=0.2))
    await one._fill()
    await one._fill()
    assert len(one._running) == 1
    await asyncio.sleep(0.25)
    await one._fill()
    assert len(one._running) == 2
    await one._let_go()


@pytest.mark.parametrize("state", ["due", "leased", "failed", "held"])
async def test_operators_abandon_whatever_has_not_ended(bench: Bench, sample: Sample, state: str):
    [key] = await asked(bench)
    sample.registry.answers.clear()
    one = worker(bench)
    if state == "leased":
        await one._fill()
    if state in ("failed", "held"):
        async with bench.database.connection() as connection:
            await connection.execute("UPDATE jobs SET state = $1", state)
    async with bench.database.read() as connection:
        job_id = await connection.fetchval("SELECT id FROM jobs")
    url, headers = f"/ops/jobs/{job_id}/abandon", bench.token("operator", None)
    answer = await bench.client.post(url, json={"reason": "it ends the process"}, headers=headers)
    assert answer.status_code == 200, answer.text
    was = "due" if state == "leased" else state
    assert answer.json() == {"id": str(job_id), "kind": KIND, "was": was, "state": "abandoned"}
    assert sample.registry.told_given_up == [key]
    sample.registry.answers.set()
    for task in list(one._running.values()):
        await task
    assert [found for found, _ in await requests(bench, KIND)] == ["abandoned"]
    assert len(await bench.published()) == 1
    async with bench.database.read() as connection:
        detail = await connection.fetchval("SELECT detail FROM audit_log WHERE name = 'job_abandoned'")
    assert detail == {"kind": KIND, "was": was, "state": "abandoned", "reason": "it ends the process"}
    again = await bench.client.post(url, json={"reason": "again"}, headers=bench.token("operator", None))
    assert (again.status_code, again.json()["code"]) == (409, "JOB_ENDED")
    assert again.json()["detail"]["state"] == "abandoned"


async def test_an_operator_has_it_tried_again_and_the_deaths_are_forgiven(bench: Bench, sample: Sample):
    await asked(bench)
    await given_up(bench, KIND)
    [listed] = (await bench.client.get("/ops/jobs", headers=bench.token("operator", None))).json()["items"]
    assert (listed["unended"], listed["in_hand"]) == (MOST_UNENDED, False)
    url = f"/ops/jobs/{listed['id']}/retry"
    answer = await bench.client.post(url, headers=bench.token("operator", None))
    assert answer.json() == {"id": listed["id"], "kind": KIND, "was": "failed", "state": "due"}
    await bench.run_jobs()
    assert [state for state, _ in await requests(bench, KIND)] == ["done"]


async def test_a_run_of_dead_letters_that_ends_the_process_is_over_and_the_letters_stay(bench: Bench):
    async with bench.database.connection() as connection:
        run_id = uuid4()
        await connection.execute(
            "INSERT INTO dead_letter_runs (id, per_second, account, role, letters) VALUES ($1, 1, 'a', 'operator', 0)",
            run_id,
        )
    async with bench.database.work(uuid4()) as work:
        await work.enqueue("dead-letters.run", str(run_id), {})
    await given_up(bench, "dead-letters.run")
    async with bench.database.read() as connection:
        assert await connection.fetchval("SELECT ended_at IS NOT NULL FROM dead_letter_runs")
