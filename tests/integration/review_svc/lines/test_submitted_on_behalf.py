"""A superior that submitted a line on behalf of a union below it must not review this line (D03)."""

from typing import Any

import pytest
from integration.review_svc.review_driver import RATE, ReviewDriver

from contracts.enrollments import ChainStep
from contracts.words import Role, UnionType


def ticked(line: Any) -> dict[str, Any]:
    return {"lines": [{"line_id": str(line.line_id), "version": 1}]}


@pytest.mark.row("D03")
async def test_a_district_neither_stages_nor_sends_a_line_that_its_handler_submitted_for_another_union(
    driver: ReviewDriver,
):
    chain = [ChainStep(union_id=driver.district, name="区")]
    line = await driver.submitted(2, chain=chain, submitted_by="zhang", submitted_by_union_id=driver.district)
    preview = {"enrollment_type": "immediate", "line_ids": [str(line.line_id)]}
    refused = [
        await driver.act(driver.district, "/lines/stage", ticked(line), account="li", status=403),
        await driver.act(driver.district, "/submissions/preview", preview, account="li", status=403),
        await driver.submit(driver.district, line_ids=[str(line.line_id)], status=403),
        await driver.return_people(driver.district, line.line_id, 1, status=403),
    ]  # fmt: skip
    assert {answer["code"] for answer in refused} == {"OWN_SUBMISSION"}
    assert "其他上级工会" in refused[0]["message"]


@pytest.mark.row("D03", "D20")
async def test_a_street_submits_for_a_union_and_the_district_reviews(driver: ReviewDriver):
    chain = [ChainStep(union_id=driver.district, name="区")]
    line = await driver.submitted(2, chain=chain, submitted_by="zhang", submitted_by_union_id=driver.street)
    assert (await driver.act(driver.street, "/lines/stage", ticked(line), status=403))["code"] == "OWN_SUBMISSION"
    await driver.get(f"/lines/{line.line_id}", driver.reviewer(driver.street))
    await driver.stage_all(driver.district)
    assert (await driver.submit(driver.district, account="zhang", status=403))["code"] == "OWN_SUBMISSION"
    assert (await driver.submit(driver.district))["heads"] == 2


@pytest.mark.row("D03")
async def test_a_line_without_a_stored_submitting_union_can_be_reviewed(driver: ReviewDriver):
    await driver.submitted(2)
    assert await driver.at_center()


@pytest.mark.row("D03", "A56")
async def test_lines_of_a_closed_union_do_not_go_to_the_union_that_submitted_them(driver: ReviewDriver):
    line = await driver.submitted(2, submitted_by="zhang", submitted_by_union_id=driver.district)
    above = [driver.city, driver.district]
    await driver.add_union("街道", UnionType.STREET, above, union_id=driver.street, active=False, has_reviewer=False)
    body = {"from_union_id": str(driver.street), "to_union_id": str(driver.district), "reason": "撤并"}
    answer = await driver.bench.client.post(
        "/lines/reassign", json=body, headers=driver.bench.token(Role.MUNICIPAL, None)
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "UNION_CANNOT_REVIEW"), line


@pytest.mark.row("D03")
async def test_an_account_does_not_decide_on_a_submission_that_it_sent_or_whose_line_it_submitted(driver: ReviewDriver):
    await driver.submitted(2, submitted_by="zhang")
    number = await driver.at_center()
    body = {
        "submission_no": number, "version": 1, "decision": "confirmed", "heads": 2,
        "fee": RATE.times(2).model_dump(), "decided_at": driver.bench.clock.now().isoformat(),
    }  # fmt: skip
    for account, status in (("zhang", 403), ("reviewer", 403), ("center", 200)):
        headers = driver.bench.token(Role.CENTER, None, account)
        answer = await driver.bench.client.post("/center/decisions", json=body, headers=headers)
        assert answer.status_code == status, answer.text
        assert status == 200 or answer.json()["code"] == "OWN_SUBMISSION"
