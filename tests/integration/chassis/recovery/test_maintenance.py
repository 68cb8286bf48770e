"""For a backup, a service first drains, then stops, and is opened again after the backup."""

from typing import Any
from uuid import uuid4

import pytest
from integration.chassis.sample_service import Sample, removal

from chassis.database import StoppedForMaintenance
from chassis.testing import Bench


async def enter(bench: Bench, state: str) -> Any:
    headers = bench.token("operator", None, "li")
    return await bench.client.post("/ops/maintenance", json={"state": state, "reason": "backup"}, headers=headers)


async def rest(bench: Bench) -> Any:
    return (await bench.client.get("/ops/maintenance", headers=bench.token("operator", None))).json()


async def test_a_draining_service_refuses_commands_and_finishes_its_jobs(bench: Bench, sample: Sample):
    node = uuid4()
    headers = bench.token("handler", node)
    await bench.client.post(f"/asks/{node}", headers=headers)
    assert (await rest(bench))["dry"] is False
    assert (await enter(bench, "draining")).json() == {"before": "open", "state": "draining"}
    refused = await bench.client.post(f"/asks/{node}", headers=bench.token("handler", node))
    assert (refused.status_code, refused.json()["code"]) == (503, "MAINTENANCE")
    assert await bench.run_jobs() == 1
    await bench.deliver(removal(uuid4()))
    assert len(sample.handled) == 1
    assert (await rest(bench))["jobs_due"] == 0


async def test_a_stopped_service_handles_no_poll_and_begins_no_request_until_it_is_open(bench: Bench, sample: Sample):
    node = uuid4()
    await bench.client.post(f"/asks/{node}", headers=bench.token("handler", node))
    await enter(bench, "stopped")
    records = [bench.record(removal(uuid4()))]
    with pytest.raises(StoppedForMaintenance):
        await bench.redeliver(records)
    assert await bench.run_jobs() == 0
    await enter(bench, "stopped")
    await enter(bench, "open")
    await bench.redeliver(records)
    assert len(sample.handled) == 1
    assert await bench.run_jobs() == 1
    acts = (await bench.client.get("/acts", headers=bench.token("auditor", None))).json()
    assert [act["name"] for act in acts] == ["asked", "maintenance_stopped", "maintenance_open"]


async def test_only_operators_stop_a_service(bench: Bench):
    headers = bench.token("handler", uuid4())
    body = {"state": "stopped", "reason": "r"}
    assert (await bench.client.post("/ops/maintenance", json=body, headers=headers)).status_code == 403
