"""If the token of a city-wide role names a district, the account reaches only that district (D02, A61)."""

from typing import Any

import pytest
from integration.review_svc.review_driver import ReviewDriver

from contracts.words import Role, UnionType
from support.outsider import Outsider


@pytest.mark.row("D02", "A61")
async def test_a_district_of_the_token_hides_all_others_on_every_route(lone_driver: ReviewDriver):
    driver = lone_driver
    far = await driver.add_union("远处区总工会", UnionType.DISTRICT, [driver.city])
    sent = await driver.submitted(2)
    number = await driver.at_center()
    waiting = await driver.submitted(3, batch_no="CB202405100002")
    foreign: dict[str, Any] = {
        "union_id": str(driver.union), "superior": str(driver.street), "line_id": str(waiting.line_id),
        "line_ids": [str(waiting.line_id)], "member_id": str(sent.people[0].member_id), "submission_no": number,
        "from_union_id": str(driver.street), "to_union_id": str(driver.district), "number": "310101199001010001",
        "document_type": "resident_id",
    }  # fmt: skip
    secrets = [number, "CB20240510000", str(waiting.line_id), str(driver.union), "上海金桥", "3101**********0000"]
    walk = Outsider(driver.bench, far, foreign, secrets)

    assert await walk.faults() == ""
    shown = await walk.shown_to_the_city()
    assert {"GET /lines", "GET /lines/{line_id}", "GET /submissions/export", "GET /figures"} <= shown


@pytest.mark.row("D02", "A61", "F026")
async def test_the_district_of_the_token_is_shown_in_lists_sums_and_stories(lone_driver: ReviewDriver):
    driver = lone_driver
    sent = await driver.submitted(2)
    await driver.at_center()
    await driver.submitted(3, batch_no="CB202405100002")
    for place in (driver.city, driver.district, driver.street, driver.union):
        mine = driver.bench.token(Role.MUNICIPAL, place, "city")
        assert [line["heads"] for line in (await driver.get("/lines", mine))["items"]] == [3]
        assert (await driver.get("/lines/totals", mine, list="all"))["heads"] == 5
        assert (await driver.get(f"/lines/{sent.line_id}", mine))["line"]["heads"] == 2
        assert (await driver.get("/reports/city-share", mine))["heads"] == 2
    headers = driver.bench.token(Role.AUDITOR, driver.city, "auditor")
    body = {"document_type": "resident_id", "number": "310101199001010000"}
    answer = await driver.bench.client.post("/people/story", json=body, headers=headers)
    assert answer.json()["steps"]
