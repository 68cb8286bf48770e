"""The union tree over HTTP: paths, moves, units and their codes."""

from uuid import UUID, uuid4

import pytest
from integration.member_svc.handler import CITY, Handler, node, put_union, union_body
from unit.member_svc.workbooks import person, workbook

from chassis.testing import Bench
from contracts.unions import UnionChanged


async def last_paths(handler: Handler) -> dict[UUID, list[UUID]]:
    return {event.union_id: event.path for event in await handler.published(UnionChanged)}


async def test_every_union_is_published_with_its_path(handler: Handler):
    paths = await last_paths(handler)
    assert paths[node("joint")] == [CITY, node("district"), node("joint")]
    [joint] = [event for event in await handler.published(UnionChanged) if event.union_id == node("joint")]
    assert [unit.unit_id for unit in joint.units] == list(handler.units)


async def test_moving_a_union_publishes_everything_below_it_anew(handler: Handler):
    street = node("street")
    await put_union(handler.bench, street, union_body("street", CITY))
    before = len(await handler.published(UnionChanged))
    await put_union(handler.bench, node("district"), union_body("district", street))
    events = (await handler.published(UnionChanged))[before:]
    assert events[0].union_id == node("district")
    assert {event.union_id for event in events} == {node("district"), node("joint"), node("committee")}
    assert (await last_paths(handler))[node("joint")] == [CITY, street, node("district"), node("joint")]


async def test_a_union_cannot_stand_below_itself(handler: Handler):
    answer = await put_union(handler.bench, node("district"), union_body("district", node("joint")))
    assert (answer.status_code, answer.json()["code"]) == (409, "UNION_CYCLE")
    assert (await last_paths(handler))[node("joint")] == [CITY, node("district"), node("joint")]


async def test_an_unknown_superior_is_refused(handler: Handler):
    answer = await put_union(handler.bench, uuid4(), union_body("joint", uuid4()))
    assert (answer.status_code, answer.json()["code"]) == (422, "PARENT_UNKNOWN")


async def test_only_the_municipal_federation_writes_the_tree(handler: Handler):
    answer = await handler.bench.client.put(
        f"/unions/{uuid4()}", json=union_body("joint", CITY), headers=handler.headers()
    )
    assert answer.status_code == 403


async def test_a_stale_version_is_refused(handler: Handler):
    body = union_body("district", CITY)
    assert (await put_union(handler.bench, node("district"), body | {"version": 1})).json()["version"] == 2
    answer = await put_union(handler.bench, node("district"), body | {"version": 1})
    assert (answer.status_code, answer.json()["code"]) == (409, "STALE_VERSION")


async def test_a_unit_belongs_to_one_union(handler: Handler):
    answer = await put_union(handler.bench, uuid4(), union_body("committee", CITY, handler.units[0]))
    assert (answer.status_code, answer.json()["code"]) == (409, "UNIT_OF_OTHER_UNION")


async def test_a_unit_with_members_stays(handler: Handler):
    await handler.bring_in(workbook([person(1)]))
    answer = await put_union(handler.bench, handler.union_id, union_body("joint", node("district"), handler.units[1]))
    assert (answer.status_code, answer.json()["code"]) == (409, "UNIT_HAS_MEMBERS")
    answer = await put_union(handler.bench, handler.union_id, union_body("joint", node("district"), handler.units[0]))
    assert [unit["unit_id"] for unit in answer.json()["units"]] == [str(handler.units[0])]


CODES: list[tuple[dict[str, str], object]] = [
    ({"organization_code": "D2143569-X"}, ("D2143569X", None)),
    ({"organization_code": "11320000MB151840XJ"}, ("MB151840X", "11320000MB151840XJ")),
    ({"credit_code": "11320000mb151840xj"}, ("MB151840X", "11320000MB151840XJ")),
    ({"credit_code": "91350100M000100Y43"}, ("M000100Y4", "91350100M000100Y43")),
    ({"organization_code": "D2143569-1"}, "ORGANIZATION_CODE_INVALID"),
    ({"credit_code": "91350100M000100Y4Z"}, "CREDIT_CODE_INVALID"),
    ({"organization_code": "D2143569-X", "credit_code": "11320000MB151840XJ"}, "CODES_DISAGREE"),
]


@pytest.mark.row("F086")
async def test_codes_of_units_are_checked(bench: Bench):
    await put_union(bench, CITY, union_body("municipal", None))
    for codes, expected in CODES:
        body = union_body("committee", None) | {"units": [{"unit_id": str(uuid4()), "name": "某公司"} | codes]}
        answer = (await put_union(bench, uuid4(), body)).json()
        if isinstance(expected, str):
            assert answer["code"] == expected
        else:
            [unit] = answer["units"]
            assert (unit["organization_code"], unit["credit_code"]) == expected


async def test_many_unions_come_at_once_superiors_first(bench: Bench):
    districts = [uuid4() for _ in range(3)]
    listed = [union_body("municipal", None) | {"union_id": str(CITY)}]
    listed += [union_body("district", CITY) | {"union_id": str(one)} for one in districts]
    listed += [union_body("committee", one, uuid4()) | {"union_id": str(uuid4())} for one in districts * 10]
    listed.reverse()
    answer = await bench.client.post("/unions/bulk", json={"unions": listed}, headers=bench.token("municipal", CITY))
    assert answer.json() == {"written": 34, "told": 34}
    depths = [len(event.path) for _, event in await bench.published() if isinstance(event, UnionChanged)]
    assert depths == sorted(depths)


async def test_lists_end_where_the_callers_subtree_ends(handler: Handler):
    listed = await handler.get("/unions")
    assert [union["union_id"] for union in listed["items"]] == [str(handler.union_id)]
    assert listed["items"][0]["union_type"] == {"code": "joint", "label": "联合工会"}
    answer = await handler.bench.client.get(f"/unions/{node('committee')}", headers=handler.headers())
    assert answer.status_code == 403
    city = await handler.bench.client.get("/unions", headers=handler.bench.token("municipal", CITY))
    assert city.json()["total"] == 4
