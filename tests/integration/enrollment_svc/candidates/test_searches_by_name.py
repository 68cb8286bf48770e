"""An exact search of candidates by name is a reveal: it is in the audit log, and it is limited for roles that are not
allowed to reveal (A61)."""

from typing import Any

import httpx
import pytest
from integration.enrollment_svc.enrollment_world import World

MISSES = 5
TAB = {"tab": "ready"}
PATHS = {"/candidates/search": TAB, "/candidates/search/export": TAB, "/confirmations/search": {}}


async def search(world: World, path: str, name: str, role: str = "municipal") -> httpx.Response:
    scope = world.city if role == "municipal" else world.union
    body = {"union_id": str(world.union), "name": name, **PATHS[path]}
    headers = world.bench.token(role, scope, account=role)
    return await world.bench.client.post(path, json=body, headers=headers)


async def on_record(world: World) -> list[dict[str, Any]]:
    async with world.bench.database.read() as connection:
        rows = await connection.fetch(
            "SELECT account, subject, detail FROM audit_log WHERE name = 'name_revealed' ORDER BY id"
        )
    return [dict(row) for row in rows]


@pytest.mark.row("A61")
@pytest.mark.parametrize("path", PATHS)
async def test_hidden_characters_of_a_name_cannot_be_tried_by_who_reveals_nobody(world: World, path: str):
    await world.ready_people(2)
    answers = [await search(world, path, f"王{hidden}明") for hidden in "甲乙丙丁戊己庚"]
    assert [answer.status_code for answer in answers] == [200] * MISSES + [429] * (7 - MISSES)
    assert answers[-1].json()["code"] == "NUMBER_SEARCHES_USED_UP"
    assert [act["detail"] for act in await on_record(world)] == [{"how": "exact_search", "found": 0}] * MISSES


@pytest.mark.row("D04", "A61")
async def test_a_search_by_name_is_on_record_and_a_name_that_is_there_is_no_miss(world: World):
    people = await world.ready_people(MISSES + 2)
    for one in people:
        # The list of confirmations is empty, but the name exists, so the search is no miss.
        for path in PATHS:
            assert (await search(world, path, one.name)).status_code == 200
    assert len(await on_record(world)) == len(people) * len(PATHS)
    assert people[0].name not in str(await on_record(world))


@pytest.mark.row("A61")
async def test_a_handler_who_may_reveal_searches_by_name_as_often_as_he_likes(world: World):
    for n in range(2 * MISSES):
        assert (await search(world, "/candidates/search", f"王{n}", "handler")).status_code == 200
    assert {act["account"] for act in await on_record(world)} == {"handler"}
