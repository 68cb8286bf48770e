"""If the token of a city-wide role names a district, the account reaches only that district (D02, A61)."""

from typing import Any
from uuid import UUID

import httpx
import pytest
from integration.member_svc.handler import CITY, Handler, node, put_union, union_body
from unit.member_svc.workbooks import person, resident, workbook

from member_svc.domain.roster.headings import SERVICE_CARD
from support.outsider import Outsider

FAR = node("far district")


async def outsider(handler: Handler) -> Outsider:
    """An account of a second district, with ids and names that belong to the first district's joint union."""
    await put_union(handler.bench, FAR, union_body("district", CITY, name="远处区总工会"))
    done = await handler.bring_in(workbook([person(1, **{SERVICE_CARD: "6223000011112222"}), person(2), person(3)]))
    one, two, three = await handler.members()
    batch = (await handler.post("/card-batches", {"member_ids": [two["member_id"]]})).json()
    foreign: dict[str, Any] = {
        "union_id": str(handler.union_id), "unit_id": str(handler.units[0]), "import_id": done["import_id"],
        "batch_id": batch["batch_id"], "batch_no": batch["batch_no"], "member_id": one["member_id"],
        "member_ids": [three["member_id"]], "to_union_id": str(handler.union_id), "parent_id": str(node("district")),
        "number": resident(2), "member_no": one["member_no"], "name": one["name"], "document_type": "resident_id",
    }  # fmt: skip
    secrets = [one["member_id"], one["member_no"], one["masked_number"], batch["batch_id"], "工会joint"]
    secrets += [f"单位{str(unit)[:4]}" for unit in handler.units]
    return Outsider(handler.bench, FAR, foreign, secrets)


@pytest.mark.row("D02", "A61")
async def test_a_district_of_the_token_hides_all_others_on_every_route(handler: Handler):
    walk = await outsider(handler)
    assert await walk.faults() == ""
    assert {"GET /members", "GET /unions/{union_id}", "GET /service-cards/export"} <= await walk.shown_to_the_city()


async def write(handler: Handler, union_id: UUID, body: dict[str, Any], place: UUID = FAR) -> httpx.Response:
    headers = handler.bench.token("municipal", place)
    return await handler.bench.client.put(f"/unions/{union_id}", json=body, headers=headers)


@pytest.mark.row("D02", "A61")
async def test_a_municipal_account_of_a_district_writes_its_own_subtree_and_nothing_above_or_beside(handler: Handler):
    await put_union(handler.bench, FAR, union_body("district", CITY, name="远处区总工会"))
    own = node("street of far")
    assert (await write(handler, own, union_body("street", FAR))).status_code == 200
    assert (await write(handler, FAR, union_body("district", CITY, name="远处区总工会（新）"))).status_code == 200
    refused = (
        (own, union_body("street", node("district"))),
        (own, union_body("street", None)),
        (node("district"), union_body("district", FAR)),
        (CITY, union_body("municipal", None)),
        (FAR, union_body("district", None)),
        (FAR, union_body("municipal", CITY)),
        (node("new root"), union_body("district", None)),
        (node("new beside"), union_body("district", CITY)),
    )
    for union_id, body in refused:
        answer = await write(handler, union_id, body)
        assert (answer.status_code, answer.json()["code"]) == (403, "FORBIDDEN"), (union_id, body)


@pytest.mark.row("D02")
async def test_a_list_of_unions_is_written_whole_or_not_at_all(handler: Handler):
    await put_union(handler.bench, FAR, union_body("district", CITY, name="远处区总工会"))
    street, committee = node("street of far"), node("committee of far")
    below = [
        union_body("committee", street) | {"union_id": str(committee)},
        union_body("street", FAR) | {"union_id": str(street)},
    ]
    headers = handler.bench.token("municipal", FAR)
    beside = union_body("joint", node("district")) | {"union_id": str(node("joint"))}
    mixed = await handler.bench.client.post("/unions/bulk", json={"unions": [*below, beside]}, headers=headers)
    assert (mixed.status_code, mixed.json()["code"]) == (403, "FORBIDDEN")
    headers = handler.bench.token("municipal", FAR)
    whole = await handler.bench.client.post("/unions/bulk", json={"unions": below}, headers=headers)
    assert whole.json() == {"written": 2, "told": 2}


@pytest.mark.row("A61")
async def test_a_token_of_the_municipal_union_reaches_the_whole_city(handler: Handler):
    city = handler.bench.token("municipal", CITY)
    assert (await handler.bench.client.get("/unions", headers=city)).json()["total"] == 4
    assert (await write(handler, node("new root"), union_body("industry", None), CITY)).status_code == 200
