"""Stage 5 on a real database, from the arrival of a line to the center's answer."""

from datetime import timedelta
from uuid import uuid4

import pytest
from integration.review_svc.review_driver import HANDLER, RATE, ReviewDriver

from contracts.payments import PaidSubmission, VoucherAccepted, VoucherRejected, VoucherSubmitted
from contracts.reviews import (
    BatchCompleted,
    BatchReturned,
    BatchWithdrawn,
    CenterConfirmed,
    CenterRejected,
    SubmittedToCenter,
    WithdrawalRefused,
)
from contracts.words import MatchResult
from review_svc.gateways.center import CenterView


@pytest.mark.row("F213")
async def test_a_line_shows_to_its_reviewer_only_when_it_is_whole(driver: ReviewDriver):
    parts = driver.parts(1100, size=100)
    for part in parts[:-1]:
        await driver.bench.deliver(part, cause=part.line_id)
    assert await driver.listed(driver.street) == []
    records = await driver.bench.deliver(parts[-1], cause=parts[-1].line_id)
    await driver.bench.redeliver(records)
    assert [line["heads"] for line in await driver.listed(driver.street)] == [1100]
    figures = await figures_of(driver)
    assert [(line["heads"], line["people_held"]) for line in figures["lines"]] == [(1100, 1100)]


@pytest.mark.row("F234")
async def test_a_removed_line_goes_back_and_the_totals_drop(driver: ReviewDriver):
    await driver.submitted(2)
    await driver.stage_all(driver.street)
    [line] = await driver.listed(driver.street, "staged")
    assert (await driver.totals(driver.street))["heads"] == 2
    await driver.act(
        driver.street, "/lines/unstage", {"lines": [{"line_id": line["line_id"], "version": line["version"]}]}
    )
    assert await driver.listed(driver.street, "staged") == []
    assert (await driver.totals(driver.street))["heads"] == 0
    assert len(await driver.listed(driver.street)) == 1
    assert await driver.published(BatchReturned) == []


@pytest.mark.row("F236", "F244", "F248")
async def test_a_submission_completes_its_lines_and_reaches_the_center_once(driver: ReviewDriver):
    line = await driver.submitted(3)
    number = await driver.at_center()
    [completed] = await driver.published(BatchCompleted)
    assert (completed.line_id, completed.heads, completed.submission_no) == (line.line_id, 3, number)
    [submitted] = await driver.published(SubmittedToCenter)
    assert (submitted.heads, submitted.fee) == (3, RATE.times(3))
    people = driver.center.people[f"{number}/1"]
    assert sorted(person["name"] for person in people) == ["张0", "张1", "张2"]
    assert driver.center.headers[f"{number}/1"]["handler"] == HANDLER


async def test_the_same_click_twice_makes_one_submission(driver: ReviewDriver):
    await driver.submitted(3)
    await driver.passed_up()
    await driver.stage_all(driver.district)
    headers = driver.reviewer(driver.district)
    body = {"enrollment_type": "immediate", "handler": HANDLER}
    answers = [await driver.bench.client.post("/submissions", json=body, headers=headers) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    assert len(await driver.published(SubmittedToCenter)) == 1


async def test_a_submission_whose_answer_was_lost_is_looked_up_and_not_sent_again(lone_driver: ReviewDriver):
    lone_driver.center.lost_answers = 1
    await lone_driver.submitted(3)
    await lone_driver.at_center()
    async with lone_driver.bench.database.connection() as connection:
        await connection.execute("UPDATE jobs SET next_at = now()")
    await lone_driver.bench.run_jobs_once()
    assert lone_driver.center.sent == 1


@pytest.mark.row("F246", "D21")
async def test_the_center_confirms_once_however_often_it_calls(driver: ReviewDriver):
    await driver.submitted(3)
    number = await driver.at_center()
    for applied in (True, False):
        assert await driver.center_decides(number, "confirmed", 3) == {"applied": applied}
    [confirmed] = await driver.published(CenterConfirmed)
    assert (confirmed.heads, confirmed.due_fen) == (3, 3900)


async def test_a_confirmation_of_other_heads_or_money_is_refused(driver: ReviewDriver):
    await driver.submitted(3)
    number = await driver.at_center()
    assert (await driver.center_decides(number, "confirmed", 2, status=409))["code"] == "DECISION_DIFFERS"
    assert (await driver.center_decides(number, "confirmed", 3, version=2, status=409))["code"] == "DECISION_DIFFERS"
    assert await driver.published(CenterConfirmed) == []


@pytest.mark.row("A53")
async def test_rejected_lines_go_back_to_the_district_and_the_rest_can_be_confirmed(driver: ReviewDriver):
    first = await driver.submitted(2)
    await driver.submitted(1, batch_no="CB202405100002")
    number = await driver.at_center()
    await driver.center_decides(number, "rejected", 2, line_ids=[str(first.line_id)])
    assert [line["line_id"] for line in await driver.listed(driver.district)] == [str(first.line_id)]
    await driver.center_decides(number, "confirmed", 1)
    [rejected] = await driver.published(CenterRejected)
    assert rejected.line_ids == [first.line_id]
    [confirmed] = await driver.published(CenterConfirmed)
    assert confirmed.heads == 1


@pytest.mark.row("A53")
async def test_a_rejected_submission_can_be_sent_again_under_a_new_number(driver: ReviewDriver):
    await driver.submitted(2)
    number = await driver.at_center()
    await driver.center_decides(number, "rejected", 2)
    await driver.center_decides(number, "rejected", 2)
    assert len(await driver.published(CenterRejected)) == 1
    await driver.stage_all(driver.district)
    body = {"enrollment_type": "immediate", "handler": HANDLER}
    again = await driver.act(driver.district, "/submissions", body, status=201)
    assert again["submission_no"] > number
    assert (await driver.center_decides(number, "confirmed", 2, status=409))["code"] == "DECISION_DIFFERS"


async def test_after_a_long_silence_the_center_is_asked(lone_driver: ReviewDriver):
    await lone_driver.submitted(3)
    number = await lone_driver.at_center()
    decision = {"submission_no": number, "version": 1, "decision": "confirmed", "heads": 3, "fee": fee(3)}
    lone_driver.center.views[f"{number}/1"] = CenterView("confirmed", [decision])
    async with lone_driver.bench.database.connection() as connection:
        await connection.execute("UPDATE jobs SET next_at = now()")
    await lone_driver.bench.run_jobs_once()
    assert len(await lone_driver.published(CenterConfirmed)) == 1


@pytest.mark.row("A48")
async def test_chosen_people_are_returned_and_the_line_keeps_the_frozen_money_of_the_rest(driver: ReviewDriver):
    line = await driver.submitted(3)
    [row] = await driver.listed(driver.street)
    chosen = [str(line.people[0].member_id)]
    body = {"reason": "姓名有误", "member_ids": chosen, "version": row["version"]}
    await driver.act(driver.street, f"/lines/{line.line_id}/return", body)
    [returned] = await driver.published(BatchReturned)
    assert (returned.whole, returned.heads, returned.fee) == (False, 2, RATE.times(2))
    assert [str(member) for member in returned.member_ids] == chosen
    [row] = await driver.listed(driver.street)
    assert (row["heads"], row["fee"]) == (2, fee(2))
    number = await driver.at_center()
    assert len(driver.center.people[f"{number}/1"]) == 2


@pytest.mark.row("F211", "A49")
async def test_a_whole_return_ends_the_line_and_keeps_its_history(driver: ReviewDriver):
    line = await driver.submitted(3)
    [row] = await driver.listed(driver.street)
    body = {"reason": "材料有误", "version": row["version"]}
    await driver.act(driver.street, f"/lines/{line.line_id}/return", body)
    [returned] = await driver.published(BatchReturned)
    assert (returned.whole, returned.heads, returned.member_ids) == (True, 0, [])
    answer = await driver.bench.client.get(f"/lines/{line.line_id}", headers=driver.reviewer(driver.street))
    assert [entry["what"]["code"] for entry in answer.json()["history"]] == ["submitted", "returned"]
    assert answer.json()["history"][1]["reason"] == "材料有误"


async def test_returning_the_last_person_is_a_whole_return(driver: ReviewDriver):
    line = await driver.submitted(1)
    [row] = await driver.listed(driver.street)
    body = {"reason": "错", "member_ids": [str(line.people[0].member_id)], "version": row["version"]}
    await driver.act(driver.street, f"/lines/{line.line_id}/return", body)
    [returned] = await driver.published(BatchReturned)
    assert returned.whole


async def test_people_who_are_not_in_the_line_cannot_be_returned_and_nothing_changes(driver: ReviewDriver):
    line = await driver.submitted(2)
    [row] = await driver.listed(driver.street)
    body = {"reason": "错", "member_ids": [str(line.people[0].member_id), str(uuid4())], "version": row["version"]}
    answer = await driver.act(driver.street, f"/lines/{line.line_id}/return", body, status=422)
    assert answer["code"] == "PEOPLE_NOT_IN_LINE"
    assert [line["heads"] for line in await driver.listed(driver.street)] == [2]


@pytest.mark.row("A50")
async def test_a_line_is_withdrawn_before_a_reviewer_acts_and_refused_after(driver: ReviewDriver):
    first, second = await driver.submitted(1), await driver.submitted(1, batch_no="CB202405100002")
    await driver.bench.deliver(driver.withdrawal(first))
    [withdrawn] = await driver.published(BatchWithdrawn)
    assert withdrawn.line_id == first.line_id
    await driver.stage_all(driver.street)
    await driver.bench.deliver(driver.withdrawal(second))
    [refused] = await driver.published(WithdrawalRefused)
    assert (refused.line_id, refused.code) == (second.line_id, "LINE_STAGED")


@pytest.mark.row("F208")
async def test_a_second_level_union_cannot_submit_to_the_center(driver: ReviewDriver):
    await driver.submitted(1)
    await driver.stage_all(driver.street)
    body = {"enrollment_type": "immediate", "handler": HANDLER}
    assert (await driver.act(driver.street, "/submissions", body, status=403))["code"] == "NOT_DISTRICT_UNION"


@pytest.mark.row("F235")
async def test_an_empty_list_cannot_be_submitted(driver: ReviewDriver):
    body = {"enrollment_type": "immediate", "handler": HANDLER}
    assert (await driver.act(driver.district, "/submissions", body, status=409))["code"] == "NOTHING_STAGED"


@pytest.mark.row("D02", "D20")
async def test_a_stranger_sees_and_does_nothing(driver: ReviewDriver):
    line = await driver.submitted(1)
    stranger = uuid4()
    assert await driver.listed(stranger) == []
    assert await driver.listed(driver.district) == []
    body = {"lines": [{"line_id": str(line.line_id), "version": 1}]}
    assert (await driver.act(driver.district, "/lines/stage", body, status=403))["code"] == "NOT_YOUR_TURN"
    unknown = {"lines": [{"line_id": str(uuid4()), "version": 1}]}
    foreign, missing = [await driver.act(stranger, "/lines/stage", given, status=403) for given in (body, unknown)]
    assert foreign == missing
    for line_id in (line.line_id, uuid4()):
        ids = {"line_ids": [str(line_id)], "enrollment_type": "immediate"}
        for path, body in (
            ("/lines/pass-up", ids),
            ("/submissions/preview", ids),
            ("/submissions", ids | {"handler": HANDLER}),
        ):
            assert await driver.act(stranger, path, body, status=403) == missing
    for path in (f"/lines/{line.line_id}", f"/lines/{line.line_id}/people", f"/figures?union_id={driver.union}"):
        assert (await driver.bench.client.get(path, headers=driver.reviewer(stranger))).status_code == 403


@pytest.mark.row("F247", "A24")
async def test_the_centers_answer_to_a_voucher_shows_on_the_submissions_it_covers(driver: ReviewDriver):
    await driver.submitted(1)
    number = await driver.at_center()
    await driver.center_decides(number, "confirmed", 1)
    paid = [PaidSubmission(submission_no=number, version=1, due_fen=1300, amount_fen=1300)]
    now = driver.bench.clock.now()
    first, second = uuid4(), uuid4()
    named = {"union_id": driver.district, "amount_fen": 1300, "submissions": paid}
    for voucher_id in (first, second):
        submitted = VoucherSubmitted(
            voucher_id=voucher_id, **named, paid_on=now.date(), result=MatchResult.MATCHED, file_sha256="0" * 64,
            submitted_at=now,
        )  # fmt: skip
        await driver.bench.deliver(submitted)
    await driver.bench.deliver(
        VoucherRejected(voucher_id=first, union_id=driver.district, reason="凭证不清晰", rejected_at=now)
    )
    assert await feedback_of(driver, number) == ("凭证退回", "凭证不清晰", now.isoformat())
    later = now + timedelta(days=1)
    accepted = VoucherAccepted(voucher_id=second, **named, settled=[number], accepted_at=later)
    await driver.bench.deliver(accepted)
    assert await feedback_of(driver, number) == ("核对一致", None, later.isoformat())


async def feedback_of(driver: ReviewDriver, number: str) -> tuple[str, str | None, str]:
    shown = (await driver.get(f"/submissions/{number}", driver.reviewer(driver.district)))["submission"]
    return shown["feedback_result"]["label"], shown["feedback_text"], shown["feedback_at"]


def fee(heads: int) -> dict[str, int]:
    return RATE.times(heads).model_dump()


async def figures_of(driver: ReviewDriver) -> dict:
    answer = await driver.bench.client.get(
        f"/figures?union_id={driver.union}", headers=driver.reviewer(driver.district)
    )
    return answer.json()
