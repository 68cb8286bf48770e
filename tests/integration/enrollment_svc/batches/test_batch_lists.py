"""The batches of a unit are shown as lists, details and files, and the enrollments of one person can be searched."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from integration.enrollment_svc.enrollment_world import Someone, World

from chassis.domain import SHANGHAI

EXAMPLE = "CB202405090002"


@pytest.fixture
async def batches(world: World) -> list[dict[str, Any]]:
    """Three batches of one union. They are submitted at 05-07 00:00:00, at 05-08 23:59:59 and on 05-10. The third batch
    is completed."""
    await world.set_rates()
    people = await world.ready_people(6)
    made = []
    for instant, count in (("2024-05-07T00:00:00", 1), ("2024-05-08T23:59:59", 2), ("2024-05-10T12:00:00", 3)):
        world.bench.clock.instant = datetime.fromisoformat(instant).replace(tzinfo=SHANGHAI)
        await world.verify(people)
        ticked = [str(people.pop().member_id) for _ in range(count)]
        made.append((await world.submit(member_ids=ticked)).json())
    await world.complete_line(made[2]["batch_no"], made[2]["lines"][0], "CB202405109000")
    return made


async def numbers(world: World, **query: Any) -> list[str]:
    return [row["batch_no"] for row in (await world.get("/batches", **query))["items"]]


@pytest.mark.row("F188", "F189", "F190", "F191", "A28")
async def test_batches_are_filtered_by_number_day_state_and_sorted(world: World, batches: list[dict[str, Any]]):
    first, second, third = (batch["batch_no"] for batch in batches)
    assert await numbers(world) == [third, second, first]
    assert await numbers(world, batch_no=first) == [first]
    assert await numbers(world, batch_no="CB202405") == [third, second, first]
    assert await numbers(world, batch_no="CB2023") == []
    # Both bounds are inclusive: 00:00:00 of "from" and 23:59:59 of "to".
    assert await numbers(world, **{"from": "2024-05-07", "to": "2024-05-08"}) == [second, first]
    assert await numbers(world, **{"from": "2024-05-08", "to": "2024-05-08"}) == [second]
    assert await numbers(world, **{"from": "2024-05-09", "to": "2024-05-09"}) == []
    assert await numbers(world, state="completed") == [third]
    assert await numbers(world, state="in_review") == [second, first]
    assert await numbers(world, sort="heads") == [first, second, third]
    assert await numbers(world, sort="state,-heads") == [third, second, first]
    headers = world.bench.token("handler", world.union)
    for wrong, code in (("sort=colour", "SORT_UNKNOWN"), ("status=completed", "UNKNOWN_PARAMETER")):
        answer = await world.bench.client.get(f"/batches?{wrong}", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (422, code)
    reversed_ = await world.bench.client.get("/batches?from=2024-05-09&to=2024-05-08", headers=headers)
    assert reversed_.json()["code"] == "RANGE_REVERSED"
    stranger = world.bench.token("handler", uuid4())
    answer = await world.bench.client.get(f"/batches?union_id={world.union}", headers=stranger)
    assert (answer.status_code, answer.json()["code"]) == (403, "FORBIDDEN")


@pytest.mark.row("F194", "F196", "F200", "F184", "F206")
async def test_details_show_people_masked_with_dates_shares_and_history(world: World, batches: list[dict[str, Any]]):
    assert [(batch["heads"], len(batch["lines"])) for batch in batches] == [(1, 1), (2, 1), (3, 1)]
    batch = batches[2]
    shown = await world.get(f"/batches/{batch['batch_no']}")
    assert (shown["state"]["label"], shown["heads"], shown["people"]["total"]) == ("已完成", 3, 3)
    [line] = shown["lines"]
    assert [happened["what"]["label"] for happened in line["history"]] == ["提交至上级审核", "提交至职保中心"]
    assert line["chain"] == ["金桥街道总工会", "浦东新区总工会"]
    person = shown["people"]["items"][0]
    assert (person["start_on"], person["end_on"], person["term"]["label"]) == ("2024-05-11", "2024-12-31", "全年")
    assert person["rate"] == {"total_fen": 2600, "city_fen": 1300, "district_fen": 1300, "unit_fen": 0}
    assert person["masked_number"] == f"3101**********{person['masked_number'][-4:]}"
    [row] = (await world.get("/batches", batch_no=batch["batch_no"], channel="social_security_card"))["items"]
    assert (row["heads"], row["heads_by_channel"]["social_security_card"]) == (3, 3)
    world.bench.clock.instant += timedelta(hours=1)
    await world.return_line(batch["batch_no"], batch["lines"][0])
    [later] = (await world.get("/batches", batch_no=batch["batch_no"]))["items"]
    assert later["updated_at"] > row["updated_at"]
    assert later["submitted_at"] == row["submitted_at"]


@pytest.mark.row("F202")
async def test_the_manuals_example_row_is_shown_as_it_stands_there(world: World):
    """The batch number in the manual's example contradicts the dates beside it; the example only shows the format
    (A12)."""
    line_id, submitted, updated = uuid4(), "2024-04-23T16:47:00+08:00", "2024-05-09T11:32:00+08:00"
    async with world.bench.database.connection() as connection:
        await connection.execute(
            """INSERT INTO batches VALUES ($1, $2, '工会', 2024, 'A', 'A类', 'immediate', '2024-05-09', $3)""",
            EXAMPLE,
            world.union,
            datetime.fromisoformat(submitted),
        )
        await connection.execute(
            """INSERT INTO lines (line_id, batch_no, union_id, unit_id, unit_name, year, channel, term, start_on,
                                  end_on, rate_city_fen, rate_district_fen, rate_unit_fen, submitted_heads, heads,
                                  city_fen, district_fen, unit_fen, chain, round, state, submitted_at,
                                  submitted_by, updated_at)
               VALUES ($1, $2, $3, $4, '单位', 2024, 'social_security_card', 'full_year', '2024-04-24', '2024-12-31',
                       1300, 1300, 0, 3, 3, 3900, 3900, 0, '[]', 1, 'in_review', $5, 'a', $6)""",
            line_id,
            EXAMPLE,
            world.union,
            world.unit,
            datetime.fromisoformat(submitted),
            datetime.fromisoformat(updated),
        )
    [row] = (await world.get("/batches", channel="social_security_card"))["items"]
    assert (row["batch_no"], row["heads"], row["submitted_at"], row["updated_at"]) == (EXAMPLE, 3, submitted, updated)
    assert (row["state"]["label"], row["enrollment_type"]["label"]) == ("区局确认中", "即时参保")


@pytest.mark.row("F035", "A32", "A35", "A59")
async def test_enrollments_are_found_by_person_and_year_in_ones_own_subtree_only(
    world: World, batches: list[dict[str, Any]]
):
    async def find(query: str = "", role: str = "handler", scope: Any = None, **filters: Any) -> Any:
        headers = world.bench.token(role, scope or world.union)
        answer = await world.bench.client.post(f"/enrollments/search{query}", headers=headers, json=filters)
        return answer.json()

    assert (await find(year=2024))["total"] == 6
    assert (await find(year=2023)) == {"total": 0, "page": 1, "page_size": 15, "items": []}
    assert (await find("", "reviewer", world.district, year=2024, state="enrolled"))["total"] == 3
    await world.return_line(batches[0]["batch_no"], batches[0]["lines"][0])
    everybody = (await find(year=2024))["items"]
    for sort in ("submitted_at", "-submitted_at"):
        pages = [await find(f"?page={n}&page_size=4&sort={sort}", year=2024) for n in (1, 2, 3)]
        assert [len(page["items"]) for page in pages] == [4, 2, 0]
        assert {row["member_id"] for page in pages for row in page["items"]} == {row["member_id"] for row in everybody}
    [returned] = [row for row in everybody if row["batch_no"] == batches[0]["batch_no"]]
    [again] = [(await find(member_no=returned["member_no"]))["items"]]
    assert [(row["state"]["label"], row["start_on"], row["reason"]) for row in again] == [
        ("已退回", "2024-05-08", "材料不齐")
    ]
    await world.submit(member_ids=[returned["member_id"]])
    number = f"31010119900101{returned['masked_number'][-4:]}"
    found = (await find(number=number, year=2024))["items"]
    assert [row["state"]["label"] for row in found] == ["审核中", "已退回"]
    assert {row["masked_number"] for row in found} == {f"3101**********{number[-4:]}"}
    for state, people in (("under_review", 3), ("enrolled", 3), ("returned", 1), ("withdrawn", 0)):
        assert (await find(state=state))["total"] == people
        assert len((await find(state=state))["items"]) == people
    # Another union that lists the same person sees no batch, and no account is allowed to read outside its subtree.
    other, unit = uuid4(), uuid4()
    await world.add_grassroots(other, [unit], "外高桥工会委员会")
    await world.import_people([Someone("同一人", number, "009")], union=other, unit=unit)
    assert (await find(scope=other, number=number))["total"] == 0
    assert (await find(scope=other, union_id=str(world.union)))["code"] == "FORBIDDEN"
    assert (await find("", "municipal", world.city, number=number))["items"][0]["name"].count("*")
    export = await world.bench.client.post(
        "/enrollments/search/export?format=csv", headers=world.bench.token("handler", world.union), json={"year": 2024}
    )
    lines = export.content.decode("utf-8-sig").splitlines()
    assert (lines[0].count('","'), len(lines)) == (12, 8)
    assert number not in export.text


@pytest.mark.row("A61")
async def test_an_enrolled_persons_number_is_no_miss_in_a_year_without_him(world: World):
    await world.set_rates()
    people = await world.ready_people(3)
    await world.submit(member_ids=[str(one.member_id) for one in people])
    world.bench.runtime.settings.number_misses_a_day = 1
    headers = world.bench.token("municipal", None, account="asks often")
    numbers = [*(one.number for one in people), "310101200001010010", "310101200001010029"]
    answers = [
        await world.bench.client.post("/enrollments/search", headers=headers, json={"year": 2023, "number": number})
        for number in numbers
    ]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 429]
