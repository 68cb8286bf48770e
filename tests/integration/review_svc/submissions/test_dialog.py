"""The dialog 提交参保批次确认: its texts, its refusals, and the one submission that it creates (F235–F248)."""

import asyncio
from typing import Any

import pytest
from integration.review_svc.review_driver import HANDLER, RATE, ReviewDriver

from contracts.enrollments import ChainStep
from contracts.reviews import BatchCompleted, SubmittedToCenter
from contracts.words import Role


async def staged(driver: ReviewDriver, *heads: int, **more: Any) -> list[str]:
    """Create lines in the district's 待提交; return their ids."""
    chain = [ChainStep(union_id=driver.district, name="示例区总工会")]
    lines = [
        await driver.submitted(n, chain=chain, batch_no=f"CB2024051010{at:02d}", **more) for at, n in enumerate(heads)
    ]
    await driver.stage_all(driver.district)
    return [str(line.line_id) for line in lines]


async def preview(driver: ReviewDriver, union_id: Any = None, *, status: int = 200, **body: Any) -> Any:
    headers = driver.reviewer(union_id or driver.district)
    given = {"enrollment_type": "immediate"} | body
    answer = await driver.bench.client.post("/submissions/preview", json=given, headers=headers)
    assert answer.status_code == status, answer.text
    return answer.json()


@pytest.mark.row("F238", "F243", "A52")
async def test_the_dialog_shows_the_submission_and_cancel_changes_nothing(driver: ReviewDriver):
    first, _ = await staged(driver, 2, 3)
    shown = await preview(driver)
    assert (shown["lines"], shown["heads"], shown["fee"]) == (2, 5, RATE.times(5).model_dump())
    assert (shown["service_card"], shown["social_security_card"], shown["year"]) == (0, 5, 2024)
    assert (await preview(driver, line_ids=[first]))["heads"] == 2
    rows = await driver.listed(driver.district, "staged", sort="heads")
    assert [(row["version"], row["heads"]) for row in rows] == [(2, 2), (2, 3)]
    assert await driver.published(SubmittedToCenter) == []
    assert (await driver.get("/submissions", driver.reviewer(driver.district)))["total"] == 0


@pytest.mark.row("F235", "F221")
async def test_an_empty_list_or_selection_gets_a_message_and_no_submission(driver: ReviewDriver):
    assert (await preview(driver, status=409))["code"] == "NOTHING_STAGED"
    refused = await driver.submit(driver.district, status=409)
    assert refused["message"] == "待提交参保列表中没有参保信息，请先添加至待提交！"
    for path in ("/lines/stage", "/lines/unstage"):
        refused = await driver.act(driver.district, path, {"lines": []}, status=422)
        assert (refused["code"], refused["message"]) == ("SELECTION_EMPTY", "请先勾选要操作的参保信息！")
    assert await driver.published(SubmittedToCenter) == []


@pytest.mark.row("F239", "F240", "F241", "F242")
async def test_each_missing_or_wrong_field_of_the_handler_gets_a_message_and_nothing_is_submitted(driver: ReviewDriver):
    await staged(driver, 2)
    wrong = {
        "name": ({"name": " "}, "请填写姓名"),
        "mobile": ({"mobile": "1380000000"}, "手机号格式不正确，请填写11位手机号码"),
        "email": ({"email": "a@@example.org"}, "电子邮箱格式不正确，请检查后重新填写"),
    }
    for field, (given, sentence) in wrong.items():
        refused = await driver.submit(driver.district, status=422, handler=HANDLER | given)
        assert refused["message"] == "请填写当前批次经办人信息"
        assert refused["detail"]["fields"] == {field: sentence}
    refused = await driver.submit(driver.district, status=422, handler={})
    assert set(refused["detail"]["fields"]) == {"name", "mobile", "email"}
    assert await driver.published(SubmittedToCenter) == []
    texts = (await driver.get("/texts", driver.reviewer(driver.district)))["messages"]
    assert texts["handler_prompt"] == "请填写当前批次经办人信息"


@pytest.mark.row("F244", "F248", "F184", "F025", "A14")
async def test_a_double_click_sends_one_submission_and_completes_its_lines_once(driver: ReviewDriver):
    line_ids = await staged(driver, 2, 1)
    headers = driver.reviewer(driver.district)
    body = {"enrollment_type": "immediate", "handler": HANDLER}
    answers = await asyncio.gather(
        *(driver.bench.client.post("/submissions", json=body, headers=headers) for _ in range(2))
    )
    assert [answer.status_code for answer in answers] == [201, 201]
    [number] = {answer.json()["submission_no"] for answer in answers}
    await driver.bench.run_jobs_once()
    assert len(driver.center.people[f"{number}/1"]) == 3
    assert sorted(str(event.line_id) for event in await driver.published(BatchCompleted)) == sorted(line_ids)
    rows = await driver.listed(driver.district, "all")
    assert {row["state"]["label"] for row in rows} == {row["unit_state"]["label"] for row in rows} == {"已完成"}
    center = driver.bench.token(Role.CENTER, None, "center")
    seen = await driver.get(f"/submissions/{number}", center)
    assert (seen["submission"]["heads"], seen["submission"]["received_at"] is not None) == (3, True)


@pytest.mark.row("A23", "A12", "A22")
async def test_submissions_are_found_by_their_own_number_and_by_that_of_a_unit_batch_in_them(driver: ReviewDriver):
    await staged(driver, 2)
    first = (await driver.submit(driver.district))["submission_no"]
    await staged(driver, 1, enrollment_type="centralized", year=2024)
    second = (await driver.submit(driver.district, enrollment_type="centralized"))["submission_no"]
    assert first[:11] == second[:11] == "CB202405109"
    assert first != second
    headers = driver.reviewer(driver.district)

    async def found(**filters: Any) -> list[str]:
        page = await driver.get("/submissions", headers, **filters)
        assert page["total"] == len(page["items"])
        return [row["submission_no"] for row in page["items"]]

    assert await found() == [second, first]
    assert await found(submission_no=first) == [first]
    assert await found(submission_no="CB202405101000") == [second, first]
    assert await found(submission_no="CB20240511") == []
    assert await found(enrollment_type="centralized") == [second]
    assert await found(year=2023) == []
    assert await found(state="confirmed") == []
    assert await found(sort="submission_no") == [first, second]
    [row] = (await driver.get("/submissions", headers, submission_no=second))["items"]
    assert row["source"] == {"code": "centralized", "label": "集中参保"}
    [line] = (await driver.get(f"/submissions/{first}", headers))["lines"]
    assert (line["batch_no"], line["heads"], line["state"]["label"]) == ("CB202405101000", 2, "已提交")


@pytest.mark.row("F246", "F247", "D21")
async def test_the_centers_confirmation_and_feedback_show_with_their_times(driver: ReviewDriver):
    await staged(driver, 2)
    number = (await driver.submit(driver.district))["submission_no"]
    feedback = {"submission_no": number, "version": 1, "result": "accepted", "text": "款项已到账"}
    at = "2024-05-20T10:00:00+08:00"
    refused = await send_feedback(driver, feedback | {"given_at": at}, status=409)
    assert refused["code"] == "SUBMISSION_NOT_CONFIRMED"
    await driver.center_decides(number, "confirmed", 2, decided_at="2024-05-11T09:30:00+08:00")
    assert await send_feedback(driver, feedback | {"given_at": at}) == {"applied": True}
    assert await send_feedback(driver, feedback | {"given_at": at}) == {"applied": False}
    older = feedback | {"given_at": "2024-05-19T10:00:00+08:00", "result": "rejected"}
    assert await send_feedback(driver, older) == {"applied": False}
    headers = driver.reviewer(driver.district)
    found = await driver.get("/submissions", headers, confirmed_from="2024-05-11", confirmed_to="2024-05-11")
    [row] = found["items"]
    assert (row["confirmed_at"], row["feedback_at"]) == ("2024-05-11T09:30:00+08:00", at)
    assert (row["feedback_result"]["label"], row["feedback_text"]) == ("核对一致", "款项已到账")
    assert (await driver.get("/submissions", headers, confirmed_from="2024-05-12"))["total"] == 0
    unknown = await send_feedback(driver, feedback | {"given_at": at, "submission_no": "CB202405109999"}, status=404)
    assert unknown["code"] == "SUBMISSION_UNKNOWN"
    stale = await send_feedback(driver, feedback | {"given_at": at, "version": 2}, status=409)
    assert stale["code"] == "DECISION_DIFFERS"


@pytest.mark.row("A53")
async def test_the_center_must_say_why_it_rejects(driver: ReviewDriver):
    await staged(driver, 2)
    number = (await driver.submit(driver.district))["submission_no"]
    assert (await driver.center_decides(number, "rejected", 2, status=422, reason=" "))["code"] == "REASON_MISSING"
    assert await driver.listed(driver.district) == []


async def send_feedback(driver: ReviewDriver, body: dict[str, Any], *, status: int = 200) -> Any:
    headers = driver.bench.token(Role.CENTER, None, "center")
    answer = await driver.bench.client.post("/center/feedback", json=body, headers=headers)
    assert answer.status_code == status, answer.text
    return answer.json()
