"""Calls the operators' commands as an operator types them, against a running service."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import uvicorn
from integration.chassis.sample_service import BAD, Sample, removal

from chassis.app import RECORD, create_app
from chassis.poll_handling import FailureBreakerOpen
from chassis.testing import Bench, service_under_test
from enrollctl.errors import Exit
from enrollctl.processes.ports import choose_port
from enrollctl.processes.processes import ProcessIdentity
from enrollctl.stack.state import ComponentState, Phase, StackState
from enrollctl.workspace.folders import Folders
from enrollctl.workspace.key_file import ensure_key_files, read_keys

#: The sample runs under the name of this service.
SERVICE = "review-svc"
AWAY = "payment-svc"


@dataclass
class Answered:
    code: int
    text: str
    error: str

    @property
    def json(self) -> Any:
        assert self.code == Exit.OK, self.error
        return json.loads(self.text)


@dataclass
class OperatorDriver:
    """An operator of a stack in which one service runs."""

    sample: Sample
    bench: Bench
    folders: Folders
    state: StackState

    async def run(self, *words: str) -> Answered:
        command = [sys.executable, "-m", "enrollctl", "--dir", str(self.folders.root), *words]
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(*command, stdout=pipe, stderr=pipe)
        text, error = await process.communicate()
        assert process.returncode is not None
        return Answered(process.returncode, text.decode(), error.decode())

    def lose(self, service: str) -> None:
        """Add a service that does not answer. It is the first one in the list, so enrollctl asks it first."""
        self.state.parts.insert(0, ComponentState(name=service, kind="service", port=choose_port()))
        self.state.save(self.folders)

    async def acts(self) -> list[tuple[str, Any]]:
        async with self.bench.database.read() as connection:
            rows = await connection.fetch("SELECT name, detail FROM audit_log WHERE account = 'enrollctl' ORDER BY id")
        return [(row["name"], row["detail"]) for row in rows]

    async def given_up(self, count: int = 1) -> None:
        """Create `count` jobs that are given up."""
        self.sample.registry.give_up = True
        for _ in range(count):
            node = uuid4()
            await self.bench.client.post(f"/asks/{node}", headers=self.bench.token("handler", node))
        assert await self.bench.run_jobs() == count
        self.sample.registry.give_up = False


@pytest.fixture
async def driver(sample: Sample, database: str, tmp_path: Path) -> AsyncIterator[OperatorDriver]:
    folders = Folders(tmp_path)
    ensure_key_files(folders)
    async with (
        service_under_test(sample.service, database, keys=read_keys(folders)) as bench,
        served(bench) as port,
    ):
        state = StackState(
            supervisor=ProcessIdentity.of(os.getpid()),
            phase=Phase.RUNNING,
            started_at=datetime.now(UTC),
            kafka_port=1,
            controller_port=1,
            postgres_port=1,
            parts=[ComponentState(name=SERVICE, kind="service", port=port)],
        )
        state.save(folders)
        yield OperatorDriver(sample, bench, folders, state)


@asynccontextmanager
async def served(bench: Bench) -> AsyncIterator[int]:
    app = create_app(bench.service.name, [bench.service.router], bench.runtime)
    port = choose_port()
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_config=None, lifespan="off"))
    serving = asyncio.create_task(server._serve())
    try:
        while not server.started:
            assert not serving.done()
            await asyncio.sleep(0.01)
        yield port
    finally:
        server.should_exit = True
        await serving


@pytest.fixture
def sample(monkeypatch: pytest.MonkeyPatch) -> Sample:
    """The sample's responses are not recorded, because the sample uses the name of a real service, and the API document
    of that service contains none of the sample's routes."""
    monkeypatch.delenv(RECORD, raising=False)
    return Sample()


async def test_a_request_that_was_given_up_is_listed_and_tried_again(driver: OperatorDriver):
    await driver.given_up()
    [listed] = (await driver.run("jobs", "list", "--json")).json
    assert (listed["service"], listed["kind"], listed["state"]) == (SERVICE, "sample.ask", "failed")
    told = (await driver.run("jobs", "list")).text
    assert told.startswith(f"{listed['id']}  {SERVICE}  failed\n")
    assert "Next: remove the cause, then `enrollctl jobs retry SERVICE ID…`" in told
    [retried] = (await driver.run("jobs", "retry", SERVICE, listed["id"], "--json")).json
    states = {"was": "failed", "state": "due"}
    assert retried == {"id": listed["id"], "kind": "sample.ask", "service": SERVICE} | states
    assert await driver.bench.run_jobs() == 1
    assert driver.sample.registry.attempts == [1, 2]
    [done] = (await driver.run("jobs", "list", "--state", "done", "--json")).json
    assert done["id"] == listed["id"]
    assert await driver.acts() == [("job_retried", {"kind": "sample.ask", "was": "failed", "state": "due"})]


async def test_all_requests_of_a_kind_are_tried_again_at_once(driver: OperatorDriver):
    await driver.given_up(3)
    other = await driver.run("jobs", "retry", SERVICE, "--all", "--kind", "sample.other")
    assert (other.code, other.text) == (Exit.OK, "No failed jobs.\n")
    every = await driver.run("jobs", "retry", SERVICE, "--all", "--kind", "sample.ask")
    assert every.text.count("(sample.ask): due again") == 3
    assert await driver.bench.run_jobs() == 3
    assert (await driver.run("jobs", "list")).text == "No failed jobs.\n"


async def test_a_request_that_is_due_is_abandoned_and_the_answer_says_what_it_was(driver: OperatorDriver):
    async with driver.bench.database.work(uuid4()) as work:
        await work.enqueue("sample.ask", str(uuid4()), {})
    [listed] = (await driver.run("jobs", "list", "--state", "due", "--json")).json
    words = ("jobs", "abandon", SERVICE, listed["id"], "--reason", "it ends the process")
    assert (await driver.run(*words)).text == f"{SERVICE} {listed['id']} (sample.ask): abandoned (was due)\n"
    assert await driver.bench.run_jobs() == 0


async def test_a_request_is_abandoned_with_a_reason_and_only_once(driver: OperatorDriver):
    await driver.given_up()
    [listed] = (await driver.run("jobs", "list", "--json")).json
    words = ("jobs", "abandon", SERVICE, listed["id"], "--reason", "told by telephone")
    assert (await driver.run(*words)).text == f"{SERVICE} {listed['id']} (sample.ask): abandoned\n"
    assert (await driver.run("jobs", "list", "--json")).json == []
    [abandoned] = (await driver.run("jobs", "list", "--state", "abandoned", "--json")).json
    assert abandoned["id"] == listed["id"]
    again = await driver.run(*words)
    assert again.code == Exit.FAILED
    assert "JOB_ENDED" in again.error
    assert await driver.bench.run_jobs() == 0
    assert await driver.acts() == [
        (
            "job_abandoned",
            {"kind": "sample.ask", "was": "failed", "state": "abandoned", "reason": "told by telephone"},
        )
    ]


async def stand_still(driver: OperatorDriver, state: str) -> None:
    """Set the state in which a killed backup leaves a service."""
    body = {"state": state, "reason": "backup"}
    await driver.bench.client.post("/ops/maintenance", json=body, headers=driver.bench.token("operator", None))


async def test_services_that_a_killed_backup_left_are_seen_and_opened(driver: OperatorDriver):
    node = uuid4()
    await driver.bench.client.post(f"/asks/{node}", headers=driver.bench.token("handler", node))
    await stand_still(driver, "stopped")
    [seen] = (await driver.run("maintenance", "show", "--json")).json
    assert (seen["service"], seen["state"], seen["jobs_due"], seen["dry"]) == (SERVICE, "stopped", 1, False)
    opened = await driver.run("maintenance", "open", "--reason", "the backup was killed")
    assert (opened.code, opened.text) == (Exit.OK, f"{SERVICE}: opened, was stopped\n")
    assert (await driver.run("maintenance", "open", "--reason", "once more")).text == f"{SERVICE}: was open\n"
    assert "open" in (await driver.run("maintenance", "show")).text
    assert await driver.bench.run_jobs() == 1
    assert await driver.acts() == [("maintenance_open", {"before": "stopped", "reason": "the backup was killed"})]


async def test_a_service_that_is_down_keeps_no_other_closed(driver: OperatorDriver):
    await stand_still(driver, "draining")
    driver.lose(AWAY)
    opened = await driver.run("maintenance", "open", "--reason", "r", "--json")
    assert opened.code == Exit.UNHEALTHY
    assert f"{AWAY} does not answer" in opened.error
    assert [(one["service"], one["before"], one["state"]) for one in json.loads(opened.text)] == [
        (SERVICE, "draining", "open")
    ]
    shown = await driver.run("maintenance", "show", "--json")
    assert shown.code == Exit.UNHEALTHY
    assert [(one["service"], one["state"]) for one in json.loads(shown.text)] == [(SERVICE, "open")]


async def test_a_backup_of_services_that_stand_still_touches_nothing_and_names_the_command(
    driver: OperatorDriver, tmp_path: Path
):
    await stand_still(driver, "draining")
    refused = await driver.run("backup", str(tmp_path / "kept"))
    assert refused.code == Exit.FAILED
    assert f"{SERVICE} is draining" in refused.error
    assert "enrollctl maintenance open" in refused.error
    assert not (tmp_path / "kept.partial").exists()
    [seen] = (await driver.run("maintenance", "show", "--json")).json
    assert seen["state"] == "draining"


async def test_a_subscriber_that_paused_goes_on(driver: OperatorDriver):
    handler = driver.bench.runtime.handler
    records = [driver.bench.record(removal(uuid4(), BAD)) for _ in range(6)]
    with pytest.raises(FailureBreakerOpen):
        await driver.bench.redeliver(records)
    assert not await handler.may_continue()
    said = await driver.run("resume", SERVICE, "--accept-failures")
    assert (said.code, said.text) == (Exit.OK, f"{SERVICE}: goes on; the next minute's failures become dead letters\n")
    assert await handler.may_continue()
    assert await driver.acts() == [("subscriber_resumed", {"accept_failures": True})]


async def test_a_letter_is_seen_rehearsed_edited_and_replayed_with_what_waits_behind_it(driver: OperatorDriver):
    unit = uuid4()
    await driver.bench.deliver(removal(unit, BAD), removal(unit, 2))
    [first, behind] = (await driver.run("dead-letters", "list", "--json")).json
    assert [one["state"] for one in (first, behind)] == ["failed", "parked"]
    [group] = (await driver.run("dead-letters", "groups", "--json")).json
    assert (group["letters"], group["parked_behind"]) == (1, 1)
    letter = (SERVICE, str(first["id"]))
    shown = (await driver.run("dead-letters", "show", *letter, "--json")).json
    assert shown["payload_masked"]["unit_id"] == str(unit)

    tried = await driver.run("dead-letters", "replay", *letter, "--dry-run")
    assert tried.code == Exit.FAILED
    wrong = await driver.run("dead-letters", "edit", *letter, "--set", "/part/count=0", "--reason", "half a message")
    assert wrong.code == Exit.FAILED
    kept = await driver.run(
        "dead-letters", "edit", *letter, "--set", f'/member_ids=["{uuid4()}"]', "--reason", "a bad sender"
    )
    assert kept.code == Exit.OK, kept.error
    replayed = await driver.run("dead-letters", "replay", *letter)
    assert replayed.code == Exit.OK, replayed.error
    assert (await driver.run("dead-letters", "list", "--json")).json == []
    assert [len(event.member_ids) for event in driver.sample.handled] == [1, 2]
    again = await driver.run("dead-letters", "replay", *letter)
    assert again.code == Exit.FAILED
    assert "DEAD_LETTER_CLOSED" in again.error
    names = [name for name, _ in await driver.acts()]
    assert names == ["dead_letter_rehearsed", "dead_letter_edited", "dead_letter_replayed"]


async def test_a_letter_is_given_up_with_a_reason_and_what_waits_behind_it_goes_through(driver: OperatorDriver):
    unit = uuid4()
    await driver.bench.deliver(removal(unit, BAD), removal(unit, 2))
    [first, _] = (await driver.run("dead-letters", "list", "--json")).json
    given_up = await driver.run("dead-letters", "discard", SERVICE, str(first["id"]), "--reason", "told by telephone")
    assert given_up.code == Exit.OK, given_up.error
    assert (await driver.run("dead-letters", "list", "--json")).json == []
    assert [len(event.member_ids) for event in driver.sample.handled] == [2]
