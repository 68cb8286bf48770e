"""A superior that submitted on behalf of a union below it reviews none of it (D03)."""

from typing import Any

import pytest
from integration.review_svc.desk import RATE, Desk

from contracts.enrollments import ChainStep
from contracts.words import Role, UnionType


def ticked(line: Any) -> dict[str, Any]:
    return {"lines": [{"line_id": str(line.line_id), "version": 1}]}


@pytest.mark.row("D03")
async def test_what_a_districts_handler_submitted_for_a_union_its_reviewer_neither_stages_nor_sends(desk: Desk):
    chain = [ChainStep(union_id=desk.district, name="区")]
    line = await desk.submitted(2, chain=chain, submitted_by="zhang", submitted_by_union_id=desk.district)
    preview = {"enrollment_type": "immediate", "line_ids": [str(line.line_id)]}
    refused = [
        await desk.act(desk.district, "/lines/stage", ticked(line), account="li", status=403),
        await desk.act(desk.district, "/submissions/preview", preview, account="li", status=403),
        await desk.submit(desk.district, line_ids=[str(line.line_id)], status=403),
        await desk.give_back(desk.district, line.line_id, 1, status=403),
    ]  # fmt: skip
    assert {answer["code"] for answer in refused} == {"OWN_SUBMISSION"}
    assert "其他上级工会" in refused[0]["message"]


@pytest.mark.row("D03", "D20")
async def test_a_street_submits_for_a_union_and_the_district_reviews(desk: Desk):
    chain = [ChainStep(union_id=desk.district, name="区")]
    line = await desk.submitted(2, chain=chain, submitted_by="zhang", submitted_by_union_id=desk.street)
    assert (await desk.act(desk.street, "/lines/stage", ticked(line), status=403))["code"] == "OWN_SUBMISSION"
    await desk.get(f"/lines/{line.line_id}", desk.reviewer(desk.street))
    await desk.stage_all(desk.district)
    assert (await desk.submit(desk.district, account="zhang", status=403))["code"] == "OWN_SUBMISSION"
    assert (await desk.submit(desk.district))["heads"] == 2


@pytest.mark.row("D03")
async def test_a_line_told_before_the_submitting_union_was_noted_goes_its_way(desk: Desk):
    await desk.submitted(2)
    assert await desk.at_center()


@pytest.mark.row("D03", "A56")
async def test_lines_of_a_closed_union_do_not_go_to_the_union_that_submitted_them(desk: Desk):
    line = await desk.submitted(2, submitted_by="zhang", submitted_by_union_id=desk.district)
    above = [desk.city, desk.district]
    await desk.add_union("街道", UnionType.STREET, above, union_id=desk.street, active=False, has_reviewer=False)
    body = {"from_union_id": str(desk.street), "to_union_id": str(desk.district), "reason": "撤并"}
    answer = await desk.bench.client.post("/lines/reassign", json=body, headers=desk.bench.token(Role.MUNICIPAL, None))
    assert (answer.status_code, answer.json()["code"]) == (422, "UNION_CANNOT_REVIEW"), line


@pytest.mark.row("D03")
async def test_the_centers_account_decides_on_no_list_that_it_sent_or_submitted_to(desk: Desk):
    await desk.submitted(2, submitted_by="zhang")
    number = await desk.at_center()
    body = {
        "submission_no": number, "version": 1, "decision": "confirmed", "heads": 2,
        "fee": RATE.times(2).model_dump(), "decided_at": desk.bench.clock.now().isoformat(),
    }  # fmt: skip
    for account, status in (("zhang", 403), ("reviewer", 403), ("center", 200)):
        headers = desk.bench.token(Role.CENTER, None, account)
        answer = await desk.bench.client.post("/center/decisions", json=body, headers=headers)
        assert answer.status_code == status, answer.text
        assert status == 200 or answer.json()["code"] == "OWN_SUBMISSION"
