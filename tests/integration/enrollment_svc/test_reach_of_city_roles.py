"""If the token of a city-wide role names a district, the account reaches only that district (D02, A61)."""

from typing import Any
from uuid import uuid4

import pytest
from integration.enrollment_svc.enrollment_world import World

from contracts.words import UnionType
from support.outsider import Outsider


@pytest.mark.row("D02", "A61")
async def test_a_district_of_the_token_hides_all_others_on_every_route(world: World):
    far = uuid4()
    await world.add_union(far, UnionType.DISTRICT, "远处区总工会", [world.city])
    await world.set_rates()
    people = await world.ready_people(3)
    sent = await world.submit(member_ids=[str(people[0].member_id)])
    assert sent.status_code == 201, sent.text
    batch_no = sent.json()["batch_no"]
    foreign: dict[str, Any] = {
        "union_id": str(world.union), "unit_id": str(world.unit), "member_id": str(people[1].member_id),
        "batch_no": batch_no, "number": people[1].number, "name": people[1].name, "member_no": people[1].member_no,
        "document_type": "resident_id", "member_ids": [str(people[1].member_id)],
    }  # fmt: skip
    secrets = [batch_no, "3101**********0000", "金桥", "00700000", str(world.union)]
    walk = Outsider(world.bench, far, foreign, secrets)

    assert await walk.faults() == ""
    shown = await walk.shown_to_the_city()
    assert {"GET /candidates", "GET /batches/{batch_no}", "GET /figures", "GET /candidates/export"} <= shown


@pytest.mark.row("A60", "A61")
async def test_settings_of_the_city_are_for_accounts_of_the_whole_city(world: World):
    for place, expected in ((world.city, 200), (None, 200), (world.district, 403)):
        body = {"plan_name": "B类", "shares": {"total_fen": 100, "city_fen": 100, "district_fen": 0, "unit_fen": 0}}
        headers = world.bench.token("municipal", place, account="city")
        answer = await world.bench.client.put("/rates/2024/B/full_year", json=body, headers=headers)
        assert answer.status_code == expected, answer.text
    assert answer.json()["code"] == "CITY_SCOPE_REQUIRED"
    me = await world.get("/me", role="municipal", scope=world.district)
    assert "设置保障金额" not in [act["act"] for act in me["acts"]]
    assert "查看参保批次" in [act["act"] for act in me["acts"]]
    assert "查看存活状态" not in [act["act"] for act in me["acts"]]
