"""A union with thousands of units is written, moved and read like any other union. Its units are published in parts
(ADR 0014)."""

import time
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from integration.member_svc.handler import CITY, Handler, node, put_union, union_body
from integration.member_svc.unions.test_moved_units import move, refusal
from unit.member_svc.workbooks import person, workbook

from contracts.fields import MAX_EVENT_BYTES
from contracts.unions import UNIT_PARTS, UnionChanged, UnitsListed, part_of

LARGE = node("large")
#: Longer than any real name: 96 characters of four bytes each.
LONG = "𠮷" * 96
#: The longest time that two commands are allowed to take on a busy machine. On an idle machine, they take 0.2 seconds.
REASONABLE_S = 15


def units(first: int, count: int, name: str = "企业") -> list[dict[str, Any]]:
    return [{"unit_id": str(node(f"u{n}")), "name": f"{name}{n}"} for n in range(first, first + count)]


async def change(handler: Handler, union_id: UUID = LARGE, **changes: Any) -> httpx.Response:
    headers = handler.bench.token("municipal", CITY)
    return await handler.bench.client.post(f"/unions/{union_id}/units", json=changes, headers=headers)


async def grow(handler: Handler, count: int, name: str = "企业") -> None:
    """Create the union as callers do: the union first, then its units in requests of at most 1,000 units."""
    body = union_body("joint", node("district"))
    del body["units"]
    answer = await put_union(handler.bench, LARGE, body)
    assert answer.status_code == 200, answer.text
    for first in range(0, count, 1_000):
        answer = await change(handler, add=units(first, min(1_000, count - first), name))
        assert answer.status_code == 200, answer.text


async def read(handler: Handler, path: str, **params: Any) -> dict[str, Any]:
    headers = handler.bench.token("reviewer", node("district"))
    answer = await handler.bench.client.get(path, params=params, headers=headers)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def published_units(handler: Handler, union_id: UUID = LARGE) -> dict[UUID, str]:
    """The units according to the published events: the last event of each key counts."""
    union = [event for event in await handler.published(UnionChanged) if event.union_id == union_id][-1]
    if not union.units_in_parts:
        return {unit.unit_id: unit.name for unit in union.units}
    assert union.units == []
    last = {event.key(): event for event in await handler.published(UnitsListed) if event.union_id == union_id}
    assert len(last) == UNIT_PARTS
    return {unit.unit_id: unit.name for event in last.values() for unit in event.units}


async def grow_in_steps(handler: Handler) -> int:
    """Add 5,000 units by changes of 1,000; return the number of units."""
    await grow(handler, 5_000)
    return 5_000


async def list_at_once(handler: Handler) -> int:
    """Write 10,000 units as one list; return the number of units."""
    answer = await put_union(handler.bench, LARGE, union_body("joint", node("district")) | {"units": units(0, 10_000)})
    assert answer.status_code == 200, answer.text
    return 10_000


@pytest.mark.parametrize("make", [grow_in_steps, list_at_once], ids=["5,000", "10,000"])
async def test_a_large_union_is_made_edited_moved_closed_and_made_small_again(
    handler: Handler, make: Callable[[Handler], Awaitable[int]]
):
    count = await make(handler)
    assert await published_units(handler) == {node(f"u{n}"): f"企业{n}" for n in range(count)}
    began = time.monotonic()
    answer = await change(handler, add=units(count, 1), change=units(7, 1, "更名"), remove=[str(node("u9"))])
    assert answer.json()["unit_count"] == count
    body = union_body("joint", CITY, name="划归市总的工会") | {"active": False, "units": None}
    answer = await put_union(handler.bench, LARGE, body)
    assert (answer.status_code, answer.json()["units"], answer.json()["unit_count"]) == (200, None, count)
    assert time.monotonic() - began < REASONABLE_S
    assert (await handler.published(UnionChanged))[-1].path == [CITY, LARGE]
    found = await published_units(handler)
    assert (len(found), found[node("u7")], node("u9") in found) == (count, "更名7", False)

    answer = await put_union(handler.bench, LARGE, body | {"units": units(0, 9) + units(count, 1)})
    assert answer.status_code == 200, answer.text
    assert len(answer.json()["units"]) == 10
    assert len(await published_units(handler)) == 10


async def test_a_union_of_more_than_a_thousand_units_accepts_a_whole_list(handler: Handler):
    answer = await put_union(handler.bench, LARGE, union_body("joint", CITY) | {"units": units(0, 3_000)})
    assert answer.status_code == 200, answer.text
    assert len(await published_units(handler)) == 3_000


async def grown_by_moves(handler: Handler, count: int) -> None:
    """Create a union to which an earlier release moved units one by one, until they did not fit into one event."""
    await put_union(handler.bench, LARGE, union_body("joint", node("district")))
    async with handler.bench.database.connection() as connection:
        await connection.execute(
            """INSERT INTO units (unit_id, union_id, position, name)
               SELECT i, $2, n, $3 || n FROM unnest($1::uuid[]) WITH ORDINALITY AS t (i, n)""",
            [node(f"u{n}") for n in range(count)],
            LARGE,
            LONG,
        )


async def test_a_unit_of_a_union_that_no_event_holds_is_moved(handler: Handler):
    """In the past, the event about the move was too large, and the request failed with status 500."""
    await grown_by_moves(handler, 3_500)
    answer = await move(handler, node("u17"), node("committee"))
    assert answer.status_code == 202, answer.text
    assert len(await published_units(handler)) == 3_499
    assert node("u17") in await published_units(handler, node("committee"))


async def test_a_union_that_no_event_holds_is_renamed(handler: Handler):
    await grown_by_moves(handler, 3_500)
    answer = await put_union(handler.bench, LARGE, union_body("joint", CITY) | {"units": None})
    assert answer.status_code == 200, answer.text
    assert len(await published_units(handler)) == 3_500


async def test_an_edit_publishes_only_the_parts_that_it_changes(handler: Handler):
    await grow(handler, 1_200)
    before = Counter(event.key() for event in await handler.published(UnitsListed))
    await change(handler, change=units(3, 1, "更名"))
    after = Counter(event.key() for event in await handler.published(UnitsListed))
    assert list(after - before) == [f"{LARGE}/{part_of(node('u3'))}"]


async def test_a_move_of_a_union_publishes_none_of_its_units_again(handler: Handler):
    await grow(handler, 1_200)
    before = len(await handler.published(UnitsListed))
    await put_union(handler.bench, node("district"), union_body("district", node("committee")))
    assert (await handler.published(UnionChanged))[-1].path[-2:] == [node("district"), LARGE]
    assert len(await handler.published(UnitsListed)) == before


async def test_versions_of_parts_grow_and_never_fall_behind_a_lost_database(handler: Handler):
    """A rebuilt database possibly stores an older version than the last published one. The next version that is
    published must still be higher than all before it.
    """
    await grow(handler, 1_001)
    first = max(event.version for event in await handler.published(UnitsListed))
    async with handler.bench.database.connection() as connection:
        await connection.execute("UPDATE unions SET units_version = 1 WHERE union_id = $1", LARGE)
    await change(handler, change=units(3, 1, "更名"))
    assert (await handler.published(UnitsListed))[-1].version > first


async def test_a_thousand_units_of_the_longest_names_still_fit_into_one_event(handler: Handler):
    listed = [unit | {"name": LONG, "credit_code": "11320000MB151840XJ"} for unit in units(0, 1_000)]
    answer = await put_union(handler.bench, LARGE, union_body("joint", CITY) | {"units": listed})
    assert answer.status_code == 200, answer.text
    [event] = [event for event in await handler.published(UnionChanged) if event.union_id == LARGE]
    assert (len(event.units), event.units_in_parts) == (1_000, False)
    assert len(event.model_dump_json().encode()) < MAX_EVENT_BYTES


async def test_units_left_out_stay(handler: Handler):
    body = union_body("joint", node("district"), name="改名")
    del body["units"]
    left_out: dict[str, Any]
    for left_out in ({}, {"units": None}):
        answer = await put_union(handler.bench, handler.union_id, body | left_out)
        assert [unit["unit_id"] for unit in answer.json()["units"]] == [str(unit) for unit in handler.units]
    [*_, event] = [event for event in await handler.published(UnionChanged) if event.union_id == handler.union_id]
    assert (event.name, [unit.unit_id for unit in event.units]) == ("改名", list(handler.units))


async def test_the_response_for_a_large_union_can_be_sent_back(handler: Handler):
    """The response contains no list of units, and a body without the list removes none. If the response contained a
    shortened list, a caller that sends it back would remove units."""
    await grow(handler, 1_001)
    union = await read(handler, f"/unions/{LARGE}")
    assert (union["units"], union["unit_count"]) == (None, 1_001)
    body = {name: union[name] for name in ("name", "parent_id", "units", "version")} | {"union_type": "joint"}
    assert (await put_union(handler.bench, LARGE, body)).json()["unit_count"] == 1_001


async def test_units_are_paged_in_their_order(handler: Handler):
    await grow(handler, 1_234)
    names = []
    for page in (1, 2, 3):
        answer = await read(handler, f"/unions/{LARGE}/units", page=page, page_size=500)
        assert answer["total"] == 1_234
        names += [unit["name"] for unit in answer["items"]]
    assert names == [f"企业{n}" for n in range(1_234)]
    last = await read(handler, f"/unions/{LARGE}/units", sort="-position", page_size=1)
    assert last["items"][0]["name"] == "企业1233"
    unions = (await read(handler, "/unions", page_size=500))["items"]
    [listed] = [union for union in unions if union["union_id"] == str(LARGE)]
    assert (listed["units"], listed["unit_count"]) == (None, 1_234)


async def test_a_page_of_unions_lists_a_bounded_number_of_units(handler: Handler, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("member_svc.api.unions.schemas.MOST_SHOWN", 2)
    found = (await read(handler, "/unions", sort="name"))["items"]
    shown = {union["name"]: (union["units"] and len(union["units"]), union["unit_count"]) for union in found}
    assert shown == {"工会committee": (1, 1), "工会district": ([], 0), "工会joint": (None, 2)}


async def test_units_of_a_union_out_of_reach_are_not_read(handler: Handler):
    answer = await handler.bench.client.get(f"/unions/{node('committee')}/units", headers=handler.headers())
    assert refusal(answer) == (403, "FORBIDDEN")
    city = handler.bench.token("municipal", None)
    answer = await handler.bench.client.get(f"/unions/{uuid4()}/units", headers=city)
    assert refusal(answer) == (404, "NOT_FOUND")


async def test_guide_and_template_offer_every_unit(handler: Handler):
    await grow(handler, 2_500)
    headers = handler.bench.token("handler", LARGE)
    seen = []
    for page in (1, 2, 3):
        answer = (await handler.bench.client.get("/guide", params={"page": page}, headers=headers)).json()
        assert answer["unit_count"] == 2_500
        seen += [unit["unit_id"] for unit in answer["units"]]
    assert seen == [str(node(f"u{n}")) for n in range(2_500)]
    answer = await handler.bench.client.get("/template.xlsx", params={"union_id": str(LARGE)}, headers=headers)
    assert answer.status_code == 200


async def test_rows_of_an_import_name_units_of_a_large_union(handler: Handler):
    await grow(handler, 2_500)
    large = Handler(handler.bench, LARGE, (node("u0"), node("u2400")))
    done = await large.bring_in(workbook([person(1), person(2, 单位="企业2400")]))
    assert done["counts"]["created"] == 2 if "counts" in done else done["created"] == 2
    assert len(await large.members(unit_id=str(node("u2400")))) == 1
    assert refusal(await change(handler, remove=[str(node("u2400"))])) == (409, "UNIT_HAS_MEMBERS")


CHANGES: list[tuple[dict[str, Any], tuple[int, str], list[str] | None]] = [
    ({}, (422, "NO_UNIT_CHANGES"), None),
    ({"add": units(1, 1), "remove": [str(node("u1"))]}, (422, "UNION_TWICE"), None),
    ({"add": [{"unit_id": str(node("unit-1")), "name": "甲"}]}, (409, "UNIT_LISTED_ALREADY"), [str(node("unit-1"))]),
    ({"add": [{"unit_id": str(node("unit-3")), "name": "甲"}]}, (409, "UNIT_OF_OTHER_UNION"), [str(node("unit-3"))]),
    ({"change": [{"unit_id": str(node("unit-3")), "name": "甲"}]}, (422, "UNIT_UNKNOWN"), [str(node("unit-3"))]),
    ({"add": units(1, 1), "remove": [str(node("nowhere"))]}, (422, "UNIT_UNKNOWN"), [str(node("nowhere"))]),
    ({"add": [units(1, 1)[0] | {"organization_code": "123"}]}, (422, "ORGANIZATION_CODE_INVALID"), None),
    ({"add": units(1, 1), "version": 7}, (409, "STALE_VERSION"), None),
    ({"add": units(0, 1_001)}, (422, "INVALID"), None),
]


@pytest.mark.parametrize(("changes", "expected", "named"), CHANGES)
async def test_a_refused_change_changes_no_unit(handler: Handler, changes: dict[str, Any], expected: Any, named: Any):
    before = await published_units(handler, handler.union_id)
    answer = await change(handler, handler.union_id, **changes)
    assert refusal(answer) == expected
    if named:
        assert answer.json()["detail"]["unit_ids"] == named
    assert await published_units(handler, handler.union_id) == before
    assert len((await handler.get(f"/unions/{handler.union_id}"))["units"]) == 2


async def test_units_are_changed_by_the_municipal_federation_within_its_reach(handler: Handler):
    answer = await handler.bench.client.post(
        f"/unions/{handler.union_id}/units", json={"add": units(1, 1)}, headers=handler.headers()
    )
    assert answer.status_code == 403
    district = handler.bench.token("municipal", node("committee"))
    answer = await handler.bench.client.post(
        f"/unions/{handler.union_id}/units", json={"add": units(1, 1)}, headers=district
    )
    assert refusal(answer) == (403, "FORBIDDEN")
    assert refusal(await change(handler, uuid4(), add=units(1, 1))) == (404, "NOT_FOUND")


async def test_no_union_has_more_units_than_its_parts_hold(handler: Handler, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("member_svc.usecases.union_events.MOST_UNITS", 5)
    assert (await change(handler, handler.union_id, add=units(0, 3))).status_code == 200
    answer = await change(handler, handler.union_id, add=units(3, 1))
    assert refusal(answer) == (422, "TOO_MANY_UNITS")
