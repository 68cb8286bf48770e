"""The actor of a command is shown by the name in his token and by his union. The audit row keeps the name that he had
when he sent the command."""

from typing import Any

import pytest
from integration.enrollment_svc.enrollment_world import World

from chassis.identity.actors import _owner


async def submitted_by(world: World, name: str | None) -> dict[str, Any]:
    await world.set_rates()
    [one] = await world.ready_people(1)
    body = {
        "union_id": str(world.union),
        "enrollment_type": "immediate",
        "channel": "social_security_card",
        "plan": "A",
        "member_ids": [str(one.member_id)],
    }
    headers = world.bench.token("handler", world.union, account="h1", name=name)
    batch: dict[str, Any] = (await world.bench.client.post("/submissions", headers=headers, json=body)).json()
    return batch


async def shown(world: World, batch: dict[str, Any]) -> dict[str, Any]:
    details = await world.get(f"/batches/{batch['batch_no']}")
    entry: dict[str, Any] = details["lines"][0]["history"][0]
    return entry


@pytest.mark.row("F028", "D04")
async def test_a_history_shows_name_and_union_of_the_account(world: World):
    batch = await submitted_by(world, "王经办")
    entry = await shown(world, batch)
    assert (entry["by"], entry["by_name"], entry["by_union"]) == ("h1", "王经办", "金桥建设工会委员会")
    [line] = (await world.get(f"/batches/{batch['batch_no']}"))["lines"]
    assert (line["submitted_by"], line["submitted_by_name"]) == ("h1", "王经办")
    assert line["submitted_by_union"] == "金桥建设工会委员会"
    number = {"number": "310101199001010000"}
    story = await world.bench.client.post(
        "/people/story", json=number, headers=world.bench.token("reviewer", world.district)
    )
    [step] = [one for one in story.json()["steps"] if one["what"] == "submitted"]
    assert (step["by_name"], step["by_union"]) == ("王经办", "金桥建设工会委员会")


async def test_whoever_asks_who_he_is_becomes_known_by_name(world: World):
    batch = await submitted_by(world, None)
    assert (await shown(world, batch))["by_name"] is None
    await world.bench.client.get("/me", headers=world.bench.token("handler", world.union, account="h1", name="王经办"))
    assert (await shown(world, batch))["by_name"] == "王经办"
    await world.bench.client.get("/me", headers=world.bench.token("handler", world.union, account="h1"))
    assert (await shown(world, batch))["by_name"] == "王经办"


@pytest.mark.row("D04")
async def test_the_audit_row_keeps_the_name_of_its_time_and_no_table_shows_it(world: World):
    await submitted_by(world, "王经办")
    await world.bench.client.get("/me", headers=world.bench.token("handler", world.union, account="h1", name="李经办"))
    async with world.bench.database.read() as connection:
        act = await connection.fetchrow("SELECT * FROM audit_log WHERE account = 'h1'")
        actor = await connection.fetchrow("SELECT * FROM actors WHERE account = 'h1'")
    row_cipher = world.bench.runtime.row_cipher
    assert row_cipher.unseal_bytes(act["actor_sealed"], _owner("h1")).decode() == "王经办"
    assert row_cipher.unseal_bytes(actor["sealed"], _owner("h1")).decode() == "李经办"
    assert "经办" not in f"{dict(act)}{dict(actor)}"
