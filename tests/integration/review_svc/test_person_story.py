"""What review-svc shows of the history of one person, whom somebody searches for by document number."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from integration.review_svc.review_driver import ReviewDriver

NUMBER = "31010119900101{:04d}"


async def story(
    driver: ReviewDriver, scope: UUID | None, number: int = 0, role: str = "reviewer"
) -> list[dict[str, Any]]:
    answer = await driver.bench.client.post(
        "/people/story", json={"number": NUMBER.format(number)}, headers=driver.bench.token(role, scope)
    )
    assert answer.status_code == 200, answer.text
    return list(answer.json()["steps"])


@pytest.mark.row("F035", "F211", "D18")
async def test_a_person_is_received_passed_on_and_submitted_to_the_center(driver: ReviewDriver):
    line = await driver.submitted(2)
    number = await driver.at_center()
    steps = await story(driver, driver.district)
    assert [step["what"] for step in steps] == ["submitted", "staged", "passed_up", "staged", "completed"]
    assert steps[-1]["ids"] == {
        "batch_no": line.batch_no,
        "line_id": str(line.line_id),
        "member_id": str(line.people[0].member_id),
        "submission_no": number,
    }
    assert (steps[0]["by"], steps[0]["stage"]["label"]) == ("handler", "审核")


@pytest.mark.row("A48")
async def test_a_partial_return_is_in_the_stories_of_returned_people_only(driver: ReviewDriver):
    line = await driver.submitted(2)
    await driver.return_people(driver.street, line.line_id, 1, member_ids=[str(line.people[0].member_id)])
    returned, remaining = await story(driver, driver.street, 0), await story(driver, driver.street, 1)
    assert [step["what"] for step in returned] == ["submitted", "people_returned"]
    assert returned[-1]["words"].endswith("部分人员退回，原因：证件号码有误")
    assert [step["what"] for step in remaining] == ["submitted"]


@pytest.mark.row("D02", "A56")
async def test_a_union_that_is_not_in_the_chain_of_the_line_gets_no_steps(driver: ReviewDriver):
    line = await driver.submitted(1)
    assert await story(driver, uuid4()) == []
    assert len(await story(driver, driver.union, role="handler")) == 1
    assert str(line.line_id) in [step["ids"]["line_id"] for step in await story(driver, None, role="operator")]


@pytest.mark.row("D18", "A61")
async def test_people_who_were_never_submitted_may_be_asked_after_up_to_the_searches_of_a_day(driver: ReviewDriver):
    """review-svc limits how many searches an account makes in a day. Unlike member-svc, it has no lower limit for
    searches without a result. Such searches are normal here, because most members are in no line.
    """
    unknown = range(9000, 9012)
    driver.bench.runtime.settings.number_searches_a_day = len(unknown)
    headers = driver.bench.token("operator", None, account="asks often")
    for number in (*unknown, unknown.stop):
        body = {"number": NUMBER.format(number)}
        answer = await driver.bench.client.post("/people/story", json=body, headers=headers)
        expected = (200, None) if number in unknown else (429, "NUMBER_SEARCHES_USED_UP")
        assert (answer.status_code, answer.json().get("code")) == expected


@pytest.mark.row("F028")
async def test_a_lines_history_shows_reviewers_by_name_and_union(driver: ReviewDriver):
    line = await driver.submitted(1)
    account = f"reviewer {driver.street}"
    headers = driver.bench.token("reviewer", driver.street, account, "李审核")
    body = {"lines": [{"line_id": str(line.line_id), "version": 1}]}
    assert (await driver.bench.client.post("/lines/stage", json=body, headers=headers)).status_code == 200
    [_, staged] = (await driver.line(line.line_id, driver.street))["history"]
    assert (staged["by_name"], staged["by_union"]) == ("李审核", "街道总工会")
