"""One response shows the progress from import to payment, and its figures equal those of the lists."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from integration.enrollment_svc.batches.test_payment_of_a_batch import SUBMISSION, accepted, confirmed
from integration.enrollment_svc.enrollment_world import (
    A_2024,
    EMPLOYED,
    NORMAL,
    RETIRED,
    SEALED,
    UNCLEAR,
    Someone,
    World,
    roster,
)

from contracts.words import DocumentType
from enrollment_svc.store.overview.progress import PEOPLE


async def progress(world: World, **query: Any) -> dict[str, Any]:
    found: dict[str, Any] = await world.get("/progress", **query)
    return found


def people(found: dict[str, Any]) -> dict[str, int]:
    return {one["stage"]["code"]: one["heads"] for one in found["stages"]}


def fees(found: dict[str, Any]) -> dict[str, int | None]:
    return {one["stage"]["code"]: one["fee"] and one["fee"]["total_fen"] for one in found["stages"]}


async def city_of_all_stages(world: World) -> None:
    """Enter 19 people. Of these, 10 are in lines of three batches, 4 are in 待提交 (ready), 3 are in 待校验 (to verify)
    and 2 of these 3 wait for a confirmation, 1 is retired, and 1 has no channel.
    """
    await world.set_rates()
    everybody = roster(18)
    await world.import_people([*everybody, Someone("JOHN", "E12345678", "009", document_type=DocumentType.PASSPORT)])
    await world.verify(everybody[:14], NORMAL, EMPLOYED)
    await world.verify(everybody[14:16], SEALED, UNCLEAR)
    await world.verify(everybody[16:17], SEALED, EMPLOYED)
    await world.verify(everybody[17:], NORMAL, RETIRED)
    for start, end, submission in ((0, 5, SUBMISSION), (5, 8, "CB202405109001"), (8, 10, None)):
        chosen = [str(one.member_id) for one in everybody[start:end]]
        world.bench.clock.instant += timedelta(days=1)
        batch = (await world.submit(member_ids=chosen)).json()
        if submission:
            await world.complete_line(batch["batch_no"], batch["lines"][0], submission)
    await world.deliver(confirmed(world))
    await world.deliver(accepted(world, [SUBMISSION]))


@pytest.mark.row("F136", "F137", "F140", "A11", "A40")
async def test_every_stage_with_people_and_money_in_one_answer(world: World):
    await city_of_all_stages(world)
    found = await progress(world)
    assert people(found) == {
        "imported": 19,
        "to_verify": 3,
        "to_confirm": 2,
        "ready": 4,
        "in_review": 2,
        "completed": 8,
        "center_confirmed": 5,
        "paid": 5,
    }
    one = A_2024["total_fen"]
    assert fees(found) == {name: count * one for name, count in people(found).items()} | {"imported": None}
    assert found["left_out"] == {"retired": 1, "deceased": 0, "no_channel": 1, "enrolled_otherwise": 0}
    left = sum(found["left_out"].values())
    stages = people(found)
    assert stages["imported"] == left + sum(stages[name] for name in ("to_verify", "ready", "in_review", "completed"))


async def test_the_figures_are_those_of_the_lists(world: World):
    await city_of_all_stages(world)
    found = await progress(world)
    counted, summary = people(found), await world.counts(plan="A")
    for name in ("to_verify", "to_confirm", "ready"):
        assert counted[name] == summary[name]
    assert fees(found)["ready"] == summary["fee"]["total_fen"]
    for stage, query in (
        ("in_review", {"state": "in_review"}),
        ("completed", {"state": "completed"}),
        ("paid", {"payment": "settled"}),
    ):
        batches = (await world.get("/batches", **query))["items"]
        assert counted[stage] == sum(batch["heads"] for batch in batches)
        assert fees(found)[stage] == sum(batch["fee"]["total_fen"] for batch in batches)
    assert len(await world.tab("ready")) == counted["ready"]


@pytest.mark.row("A59", "D02")
async def test_whoever_is_enrolled_elsewhere_is_counted_and_not_said_where(world: World):
    await world.set_rates()
    [one] = await world.ready_people(1)
    elsewhere, unit = uuid4(), uuid4()
    await world.add_grassroots(elsewhere, [unit], "张江工会委员会")
    await world.import_people([Someone(one.name, one.number, "0079")], union=elsewhere, unit=unit)
    await world.submit(member_ids=[str(one.member_id)])
    there = await world.get("/progress", scope=elsewhere)
    assert (people(there)["imported"], there["left_out"]["enrolled_otherwise"]) == (1, 1)
    assert str(world.union) not in str(there)
    foreign = await world.bench.client.get(
        "/progress", params={"union_id": str(world.union)}, headers=world.bench.token("handler", elsewhere)
    )
    assert foreign.status_code == 403


async def test_an_empty_union_is_at_the_beginning(world: World):
    found = await progress(world, year=2025)
    assert set(people(found).values()) == {0}
    assert found["year"] == 2025


async def test_the_citys_keys_are_searched_once_before_statistics_exist(world: World):
    """A join of people and city keys would depend on the planner's statistics, which a new database does not have."""
    await world.ready_people(3)
    async with world.bench.database.read() as connection:
        await connection.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
        plan = [line for [line] in await connection.fetch("EXPLAIN " + PEOPLE.text, world.union, 2024)]
    text = "\n".join(plan)
    assert "Index Scan using enrollments_city_key" in text
    assert "person_key = ANY ((InitPlan" in text
    assert text.count("Nested Loop") <= 2, "only lines and people, or members and statuses, are joined by a nested loop"
    assert "CTE Scan on otherwise" in text
    assert not [line for line in plan if "Join" in line and "members" in line]
