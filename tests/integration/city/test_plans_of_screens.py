"""No request of a screen, such as a list, a count, a filter or a page, reads a whole large table."""

from collections.abc import Iterator
from typing import Any

import asyncpg
import orjson
import pytest
from integration.city.city_world import CITY, CityWorld

from bench.scaling.city_requests import CityRequests, ScreenRequest
from chassis.testing import bench_keys
from enrollctl.city.people import PeopleMaker

#: The tables that have a row for each person, part, line or unit of the city.
LARGE = {
    "candidate_statuses",
    "candidates",
    "check_parts",
    "check_sets",
    "due_lines",
    "enrollments",
    "lines",
    "line_history",
    "line_parts",
    "members",
    "imports",
    "submission_lines",
}


def requests() -> list[ScreenRequest]:
    index = CityRequests(CITY, "", "").small.index
    first, end = CITY.first_member(index), CITY.first_member(index + 1)
    members = PeopleMaker(bench_keys(), CITY.seed, 0).members(index, first, end - first)
    person = next(one for one in members if one.submitted)
    return CityRequests(CITY, person.name, person.number).all()


REQUESTS = requests()


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda one: f"{one.place.label} {one.name}")
async def test_a_screen_reads_no_whole_table(
    world: CityWorld, request_: ScreenRequest, monkeypatch: pytest.MonkeyPatch
):
    statements = await statements_of(world, request_, monkeypatch)
    connection = await asyncpg.connect(world.urls[request_.service])
    try:
        found = {}
        for text, arguments in statements:
            [[plan]] = await connection.fetch(f"EXPLAIN (FORMAT JSON) {text}", *arguments)
            scanned = {node["Relation Name"] for node in nodes(orjson.loads(plan)[0]["Plan"]) if is_scan(node)}
            if whole := scanned & LARGE:
                found[" ".join(text.split())[:200]] = whole
    finally:
        await connection.close()
    assert statements
    assert found == {}


async def statements_of(
    world: CityWorld, request: ScreenRequest, monkeypatch: pytest.MonkeyPatch
) -> list[tuple[str, tuple[Any, ...]]]:
    """The statements that a request sends to the database, with their arguments."""
    sent: list[tuple[str, tuple[Any, ...]]] = []
    execute = asyncpg.Connection._execute

    async def recorded(self: Any, query: str, args: tuple[Any, ...], *others: Any, **named: Any) -> Any:
        if query.lstrip().upper().startswith(("SELECT", "WITH")):
            sent.append((query, tuple(args)))
        return await execute(self, query, args, *others, **named)

    bench = world.benches[request.service]
    headers = bench.token(request.place.role, request.place.union_id)
    with monkeypatch.context() as patch:
        patch.setattr(asyncpg.Connection, "_execute", recorded)
        if request.body is None:
            answer = await bench.client.get(request.path, params=request.parameters, headers=headers)
        else:
            answer = await bench.client.post(request.path, json=request.body, headers=headers)
    assert answer.status_code == 200, answer.text
    return sent


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The node of a plan, and all nodes below it."""
    yield plan
    for child in plan.get("Plans", []):
        yield from nodes(child)


def is_scan(node: dict[str, Any]) -> bool:
    return node["Node Type"] in ("Seq Scan", "Parallel Seq Scan")


async def test_a_scan_would_be_noticed(world: CityWorld):
    connection = await asyncpg.connect(world.urls["member-svc"])
    [[plan]] = await connection.fetch("EXPLAIN (FORMAT JSON) SELECT * FROM members WHERE masked_name = '王*'")
    await connection.close()
    assert any(is_scan(node) and node["Relation Name"] in LARGE for node in nodes(orjson.loads(plan)[0]["Plan"]))
