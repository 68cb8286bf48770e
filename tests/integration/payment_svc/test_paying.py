"""The manual's six steps lead from the page with the bank account to a voucher that is sent (F249–F251, F266–F278)."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from chassis.domain import SHANGHAI
from contracts.fields import Shares
from contracts.words import EnrollmentType
from support.voucher_files import photo

PAYEE = {"version": 0, "name": "示例职工保障互助会", "bank": "示例银行上海分行", "account_no": "1001 2345 6789 0123"}


@pytest.mark.row("F251", "F254", "F266", "F273", "F278")
async def test_six_steps_lead_from_the_batch_list_to_the_center(driver: Any) -> None:
    older = await driver.payable("CB202405109600", days_ago=2)
    newer = await driver.payable("CB202405109601")
    messages = (await driver.get("/texts"))["messages"]
    assert [messages[f"step_{number}"][0] for number in range(1, 7)] == list("①②③④⑤⑥")
    assert messages["steps"] == "点击①-⑥进行提交"
    assert (await driver.get("/dues"))["total"] == 2  # ① 参保批次管理
    assert (await driver.get("/vouchers"))["total"] == 0  # ② 缴费凭证管理
    assert (await driver.get("/vouchers/form"))["title"] == "新增缴费凭证"  # ③ 上传缴费凭证
    offered = [due["submission_no"] for due in (await driver.get("/dues", offered=True))["items"]]
    chosen = await driver.get("/dues/summary", submission_nos=offered)  # ④ 选择批次
    headers = driver.reviewer()
    upload = {"amount_fen": chosen["open_fen"], "content": photo(b"photo"), "reference": "R1", "headers": headers}
    answers = [await driver.upload(*offered, **upload) for _ in range(2)]  # ⑤ 上传附件, ⑥ 保存, clicked twice
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    page = await driver.get("/vouchers")
    [voucher] = page["items"]
    assert [fill["submission_no"] for fill in voucher["submissions"]] == [older, newer]
    assert (voucher["agreement"]["label"], voucher["uploaded_at"]) == ("核对一致", "2024-05-10T12:00:00+08:00")
    await driver.bench.run_jobs()
    assert list(driver.center.received) == [voucher["voucher_id"]]


@pytest.mark.row("F249", "F267", "F274")
async def test_account_and_amount_are_shown_before_the_payment_and_a_file_is_needed_after_it(driver: Any) -> None:
    number = await driver.payable("CB202405109602")
    assert (await driver.get("/vouchers/form"))["payee"] is None
    center = driver.bench.token("center", None)
    await driver.bench.client.put("/payee", json=PAYEE, headers=center)
    form = await driver.get("/vouchers/form")
    assert {name: form["payee"][name] for name in ("name", "bank", "account_no")} == {
        name: PAYEE[name] for name in ("name", "bank", "account_no")
    }
    assert form["how_to_pay"] == "请按系统提示将集中参保款项划拨至职保会账户后，上传缴费凭证照片"
    assert (form["file_types"], form["most_bytes"]) == (
        ["application/pdf", "image/jpeg", "image/png"],
        10 * 1024 * 1024,
    )
    assert (await driver.get("/dues/summary", submission_nos=number))["open_fen"] == 3900
    fields = {
        "submission_nos": number,
        "amount_fen": "3900",
        "paid_on": "2024-05-10",
        "bank_reference": "R",
        "payer": "P",
    }
    fileless = await driver.bench.client.post("/vouchers", data=fields, headers=driver.reviewer())
    assert fileless.status_code == 422
    missing = {"where": "body.file", "what": "missing", "message": "必须填写，请补上"}
    assert missing in fileless.json()["detail"]["problems"]


@pytest.mark.row("F250", "F267")
async def test_grassroots_and_second_level_unions_neither_open_the_form_nor_upload(driver: Any) -> None:
    number = await driver.payable("CB202405109603")
    token = driver.bench.token
    neighbor = token("reviewer", driver.neighbor_id)
    for headers, code in (
        (token("reviewer", driver.street_id), "NOT_DISTRICT_UNION"),
        (token("reviewer", driver.union_id), "NOT_DISTRICT_UNION"),
        (token("handler", driver.union_id), "FORBIDDEN_ROLE"),
        (token("handler", driver.district_id), "FORBIDDEN_ROLE"),
        (token("reviewer", driver.city_id), "NOT_DISTRICT_UNION"),
        (token("reviewer", uuid4()), "NOT_DISTRICT_UNION"),
        (token("reviewer", None), "UNION_MISSING"),
    ):
        assert (await driver.bench.client.get("/vouchers/form", headers=headers)).status_code == 403
        refused = await driver.upload(number, amount_fen=3900, headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (403, code)
    assert (await driver.bench.client.get("/vouchers/form", headers=neighbor)).status_code == 200
    assert (await driver.upload(number, amount_fen=3900, headers=neighbor)).status_code == 403
    assert (await driver.upload("CB202405109999", amount_fen=3900)).status_code == 403
    assert driver.stored_files() == 0


@pytest.mark.row("F268", "F269", "F270")
async def test_amounts_follow_each_tick_and_change_nothing(driver: Any) -> None:
    rate = Shares.of(city=1300, district=1000, unit=300)
    one = await driver.payable("CB202405109604", heads=1)
    other = await driver.payable("CB202405109605", heads=2, rate=rate)
    before = await driver.get("/dues")
    ticks = [[], [one], [one, other], [other]]
    shown = [await driver.get("/dues/summary", submission_nos=tick) for tick in ticks]
    assert [(s["district_fen"], s["unit_fen"], s["due_fen"]) for s in shown] == [
        (0, 0, 0),
        (1300, 0, 1300),
        (3300, 600, 3900),
        (2000, 600, 2600),
    ]
    messages = (await driver.get("/texts"))["messages"]
    assert messages["district_share"].format(amount=0) == "区局/各级工会缴费：0元"
    assert messages["unit_share"].format(amount=0) == "基层单位缴费：0元"
    assert await driver.get("/dues") == before
    stranger = driver.bench.token("reviewer", driver.neighbor_id)
    for number in (one, "CB000000000000"):
        params = {"submission_nos": number}
        assert (await driver.bench.client.get("/dues/summary", params=params, headers=stranger)).status_code == 403


@pytest.mark.row("D22", "A62")
async def test_amount_is_tried_against_the_ticked_batches_before_it_is_sent(driver: Any) -> None:
    number = await driver.payable("CB202405109606")
    for amount, result, word, filled, surplus in (
        (3900, "matched", "核对一致", 3900, 0),
        (3800, "short", "金额不符", 3800, 0),
        (4000, "over", "金额不符", 3900, 100),
    ):
        trial = (await driver.get("/dues/summary", submission_nos=number, amount_fen=amount))["trial"]
        assert (trial["result"]["code"], trial["agreement"]["label"]) == (result, word)
        assert (trial["filled_fen"], trial["surplus_fen"]) == (filled, surplus)
    await driver.upload(number, amount_fen=3900)
    params = {"submission_nos": number, "amount_fen": 3900}
    taken = await driver.bench.client.get("/dues/summary", params=params, headers=driver.reviewer())
    assert (taken.status_code, taken.json()["code"]) == (409, "SUBMISSION_NOT_PAYABLE")


@pytest.mark.row("A21", "A22", "F272", "F271")
async def test_one_voucher_pays_both_kinds_of_enrollment_and_the_picker_tells_them_apart(driver: Any) -> None:
    central = await driver.payable("CB202405109607", kind=EnrollmentType.CENTRALIZED)
    immediate = await driver.payable("CB202405109608")
    await driver.bench.deliver(driver.submitted("CB202405109609"))
    offered = (await driver.get("/dues", offered=True, sort="submission_no"))["items"]
    assert [(due["submission_no"], due["enrollment_type"]["label"]) for due in offered] == [
        (central, "集中参保"),
        (immediate, "即时参保"),
    ]
    assert (await driver.get("/dues", enrollment_type="centralized"))["total"] == 1
    answer = (await driver.upload(central, immediate, amount_fen=7800)).json()
    await driver.decide(answer["voucher_id"], "accepted")
    assert [(await driver.due(number))["state"]["code"] for number in (central, immediate)] == ["settled", "settled"]


@pytest.mark.row("F264", "F265", "F276", "D27")
async def test_vouchers_are_found_by_their_cleaned_name_and_at_both_ends_of_the_days(driver: Any) -> None:
    midnight = datetime(2024, 5, 10, 0, 0, tzinfo=SHANGHAI)
    stored = {}
    for at, name in (
        (midnight - timedelta(seconds=1), "早.jpg"),
        (midnight, r"C:\fakepath\五月 缴费.JPG"),
        (midnight + timedelta(hours=23, minutes=59), "../../凭证.jpg"),
        (midnight + timedelta(days=1), "晚.jpg"),
    ):
        driver.bench.clock.instant = at
        number = await driver.payable(f"CB202405109{610 + len(stored)}")
        stored[name] = (await driver.upload(number, amount_fen=3900, name=name, paid_on="2024-05-09")).json()[
            "file_name"
        ]
    assert list(stored.values()) == ["早.jpg", "五月 缴费.JPG", "凭证.jpg", "晚.jpg"]
    page = await driver.get("/vouchers", sort="uploaded_at", **{"from": "2024-05-10", "to": "2024-05-10"})
    assert [voucher["file_name"] for voucher in page["items"]] == ["五月 缴费.JPG", "凭证.jpg"]
    assert (await driver.get("/vouchers", file_name="缴费"))["total"] == 1
    nothing = await driver.get("/vouchers", file_name="没有这个")
    assert (nothing["total"], nothing["items"]) == (0, [])
    texts = await driver.get("/texts")
    assert texts["messages"]["empty_list"] == "没有找到匹配的记录"
    assert [texts["filters"][name] for name in ("file_name", "uploaded", "to")] == ["文件名称", "上传时间", "至"]
