"""Plans and rates: the city sets them, a district can exclude plans and split its share, and the first submission locks
them."""

import io
from uuid import uuid4

import pytest
from integration.enrollment_svc.enrollment_world import A_2024, World
from openpyxl import load_workbook

from contracts.enrollments import BatchSubmitted, RateSet

SPLIT = {"total_fen": 2600, "city_fen": 1300, "district_fen": 1000, "unit_fen": 300}


@pytest.mark.row("F040", "A60", "A33")
async def test_a_district_narrows_and_splits_before_its_first_submission(world: World):
    await world.set_rates("A")
    await world.set_rates("B")
    path = "/rates/2024/A/full_year/split"
    body = {"shares": SPLIT, "second_level_fen": 400}
    district = {"role": "reviewer", "scope": world.district}
    for caller in ({"role": "reviewer", "scope": world.street}, {"role": "handler", "scope": world.union}):
        assert (await world.put(path, body, **caller)).status_code == 403
    unfit = {"shares": SPLIT | {"unit_fen": 301, "total_fen": 2601}}
    assert (await world.put(path, unfit, **district)).json()["code"] == "SPLIT_WRONG"
    split = (await world.put(path, body, **district)).json()
    assert (split["shares"], split["scope_union_id"], split["second_level_fen"]) == (SPLIT, str(world.district), 400)
    event = (await world.published(RateSet))[-1]
    assert (event.scope_union_id, event.second_level_fen, event.shares.unit_fen) == (world.district, 400, 300)
    assert (await world.put("/plans/2024/B", {"enabled": False}, **district)).status_code == 200
    plans = {one["plan"]: one for one in (await world.get("/plans", union_id=str(world.union)))["items"]}
    assert (plans["A"]["selectable"], plans["B"]["selectable"]) == (True, False)
    assert {one["selectable"] for one in (await world.get("/plans"))["items"]} == {True}

    await world.ready_people(2)
    assert (await world.submit(all=True, plan="B")).json()["code"] == "RATE_MISSING"
    answer = (await world.submit(all=True)).json()
    assert answer["fee"] == {"total_fen": 5200, "city_fen": 2600, "district_fen": 2000, "unit_fen": 600}
    assert (await world.published(BatchSubmitted))[-1].rate.unit_fen == 300
    for late, where in ((body | {"second_level_fen": 0}, path), ({"enabled": False}, "/plans/2024/A")):
        assert (await world.put(where, late, **district)).json()["code"] == "RATE_SEALED"
    industry = {"total_fen": 2600, "city_fen": 1300, "district_fen": 0, "unit_fen": 1300}
    await world.add_union(other := uuid4(), "industry", "电力产业工会", [world.city])
    assert (await world.put(path, {"shares": industry}, role="reviewer", scope=other)).status_code == 200


@pytest.mark.row("F041", "A60", "A03", "F040")
async def test_rates_are_summed_sealed_and_closed_with_their_year(world: World):
    path = "/rates/2025/A/full_year"
    body = {"plan_name": "A类会员专享基本保障", "shares": A_2024}
    wrong = body | {"shares": A_2024 | {"total_fen": 2601}}
    assert (await world.put(path, wrong)).status_code == 422
    assert (await world.put(path, body, role="reviewer", scope=world.district)).status_code == 403
    assert (await world.put("/rates/2023/A/full_year", body)).json()["code"] == "RATE_SEALED"
    assert (await world.put(path, body | {"half_year_from": "07-01"})).status_code == 422
    assert (await world.put(path, body)).json()["version"] == 1
    assert (await world.put(path, body)).json()["version"] == 1
    await world.put(f"{path}/split", {"shares": SPLIT}, role="reviewer", scope=world.district)
    dearer = {"total_fen": 3000, "city_fen": 1500, "district_fen": 1500, "unit_fen": 0}
    assert (await world.put(path, body | {"shares": dearer, "version": 1})).json()["version"] == 2
    assert (await world.put(path, body | {"version": 1})).json()["code"] == "STALE_VERSION"
    # The district's split does not fit the new fee, so the city's shares apply.
    [paid] = (await world.get("/rates", year=2025, union_id=str(world.union)))["items"]
    assert (paid["shares"], paid["scope_union_id"]) == (dearer, str(world.district))
    assert [event.shares.total_fen for event in await world.published(RateSet)][-2:] == [3000, 3000]
    half = {"plan_name": "A类会员专享基本保障", "shares": A_2024, "half_year_from": "06-01"}
    assert (await world.put("/rates/2024/A/half_year", half)).json()["half_year_from"] == "06-01"
    assert (await world.put("/rates/2024/A/half_year", half | {"half_year_from": "02-30"})).status_code == 422
    await world.put("/rates/2024/A/full_year", body)
    world.bench.clock.instant = world.bench.clock.instant.replace(day=31)
    await world.ready_people(1)
    assert (await world.submit(all=True)).json()["term"]["label"] == "半年"
    assert (await world.put("/plans/2025/A", {"enabled": False})).json()["selectable"] is False


@pytest.mark.row("D25", "A60", "A33", "D26", "F200")
async def test_what_is_simulated_is_what_is_submitted_and_proved_down_to_each_person(world: World):
    await world.set_rates()
    district = {"role": "reviewer", "scope": world.district}
    await world.put("/rates/2024/A/full_year/split", {"shares": SPLIT, "second_level_fen": 400}, **district)
    item = {"plan": "A", "term": "full_year", "channel": "social_security_card", "heads": 3}
    request = {"year": 2024, "union_id": str(world.union), "items": [item, item | {"term": "half_year", "heads": 1}]}
    simulated = (await world.post("/rates/simulation", request)).json()
    assert [one["fee"]["total_fen"] for one in simulated["items"]] == [7800, 1300]
    assert (simulated["heads"], simulated["fee"]["total_fen"], simulated["second_level_fen"]) == (4, 9100, 1200)
    missing = await world.post("/rates/simulation", request | {"items": [item | {"plan": "Z"}]})
    assert missing.json()["code"] == "RATE_MISSING"

    people = await world.ready_people(3)
    people[0].name = "=1+1"
    await world.change_people(people[:1])
    await world.verify(people)
    batch = (await world.submit(all=True)).json()
    assert batch["fee"] == simulated["items"][0]["fee"]
    proof = await world.get(f"/batches/{batch['batch_no']}/proof")
    assert proof["agrees"] is True
    assert proof["people"] == proof["batch"] == proof["figures"] == {"heads": 3, "fee": batch["fee"]}
    assert (await world.get("/figures", union_id=str(world.union)))["fee"] == batch["fee"]
    rows = await exported_rows(world, f"/batches/{batch['batch_no']}/people/export")
    assert rows[0][:5] == ("单位名称", "会员编号", "姓名", "证件类型", "证件号码")
    assert {row[2] for row in rows[1:]} == {"=1+1", "王1明", "王2明"}
    at = rows[0].index("保障费用")
    assert [row[at : at + 4] for row in rows[1:]] == [(26, 13, 10, 3)] * 3
    [listed] = (await exported_rows(world, "/batches/export"))[1:]
    assert listed[0] == batch["batch_no"]
    async with world.bench.database.connection() as connection:
        names = [
            row["name"] for row in await connection.fetch("SELECT name FROM audit_log WHERE name LIKE '%exported'")
        ]
        assert names == ["batch_people_exported", "batches_exported"]
        # The route `proof` adds the fees up again. It finds a line whose fee is wrong by one fen.
        await connection.execute("UPDATE lines SET unit_fen = unit_fen - 1")
    assert (await world.get(f"/batches/{batch['batch_no']}/proof"))["agrees"] is False


async def exported_rows(world: World, path: str) -> list[tuple[object, ...]]:
    answer = await world.bench.client.get(path, headers=world.bench.token("handler", world.union))
    assert answer.status_code == 200, answer.text
    return list(load_workbook(io.BytesIO(answer.content)).active.iter_rows(values_only=True))
