"""Vouchers pay a confirmed submission (F249–F278, A62, D22, D23)."""

import asyncio
import hashlib
from typing import Any
from uuid import uuid4

import pytest

from contracts.payments import VoucherAccepted, VoucherRejected, VoucherSubmitted
from contracts.words import MatchResult
from support.voucher_files import pdf, photo, picture


@pytest.mark.row("D22", "F278")
async def test_matched_voucher_goes_to_the_center_and_settles(driver: Any) -> None:
    number = await driver.payable("CB202405109000")
    answer = await driver.upload(number, amount_fen=3900, content=photo(b"1"), reference="AB 1234")
    assert answer.status_code == 201, answer.text
    assert answer.json()["result"] == {"code": "matched", "label": "核对一致"}
    voucher_id = answer.json()["voucher_id"]
    [submitted] = await driver.published(VoucherSubmitted)
    assert (submitted.result, submitted.amount_fen) == (MatchResult.MATCHED, 3900)
    assert submitted.file_sha256 == hashlib.sha256(photo(b"1")).hexdigest()
    await driver.bench.run_jobs()
    assert driver.center.received[voucher_id] == {
        "union_id": str(driver.district_id),
        "amount_fen": 3900,
        "paid_on": "2024-05-10",
        "bank_reference": "AB 1234",
        "file_sha256": submitted.file_sha256,
        "result": "matched",
        "reason": None,
        "submissions": [{"submission_no": number, "version": 1, "amount_fen": 3900}],
        "callback_url": "http://payment/center/voucher-decisions",
    }
    decided = await driver.decide(voucher_id, "accepted")
    assert decided.json() == {"voucher_id": voucher_id, "state": "accepted", "settled": [number], "repeated": False}
    [accepted] = await driver.published(VoucherAccepted)
    assert (accepted.settled, accepted.amount_fen) == ([number], 3900)
    due = await driver.due(number)
    assert (due["state"]["code"], due["paid_fen"], due["open_fen"]) == ("settled", 3900, 0)
    assert due["voucher_at"] is not None
    assert due["feedback_at"] is not None


@pytest.mark.row("A62")
async def test_short_voucher_needs_a_reason_and_the_remainder_is_offered_again(driver: Any) -> None:
    number = await driver.payable("CB202405109001")
    refused = await driver.upload(number, amount_fen=3800)
    assert refused.status_code == 422
    assert refused.json()["code"] == "AMOUNT_MISMATCH_NEEDS_REASON"
    assert (refused.json()["detail"]["due_fen"], refused.json()["detail"]["amount_fen"]) == (3900, 3800)
    assert driver.stored_files() == 0
    answer = await driver.upload(number, amount_fen=3800, reason="银行扣除手续费")
    assert answer.json()["result"]["code"] == "short"
    assert (await driver.due(number))["open_fen"] == 100
    await driver.decide(answer.json()["voucher_id"], "accepted")
    due = await driver.due(number)
    assert (due["state"], due["open_fen"]) == ({"code": "partly_paid", "label": "部分缴费"}, 100)
    rest = await driver.upload(number, amount_fen=100)
    assert rest.json()["result"]["code"] == "matched"
    await driver.decide(rest.json()["voucher_id"], "accepted")
    assert (await driver.due(number))["state"]["code"] == "settled"
    assert [event.settled for event in await driver.published(VoucherAccepted)] == [[], [number]]


@pytest.mark.row("A62")
async def test_surplus_of_a_voucher_is_shown_and_counted_nowhere(driver: Any) -> None:
    number = await driver.payable("CB202405109002")
    assert (await driver.upload(number, amount_fen=4000)).status_code == 422
    answer = (await driver.upload(number, amount_fen=4000, reason="多汇")).json()
    assert (answer["result"]["code"], answer["filled_fen"], answer["surplus_fen"]) == ("over", 3900, 100)
    await driver.decide(answer["voucher_id"], "accepted")
    due = await driver.due(number)
    assert (due["state"]["code"], due["paid_fen"]) == ("settled", 3900)
    figures = (await driver.bench.client.get("/figures", headers=driver.reviewer())).json()
    assert [(v["amount_fen"], v["filled_fen"]) for v in figures["vouchers"]] == [(4000, 3900)]


@pytest.mark.row("A62", "F273")
async def test_one_voucher_fills_the_oldest_confirmation_first(driver: Any) -> None:
    newer = await driver.payable("CB202405109003", days_ago=1)
    older = await driver.payable("CB202405109004", days_ago=3)
    answer = (await driver.upload(newer, older, amount_fen=5000, reason="余款后补")).json()
    assert [(f["submission_no"], f["amount_fen"]) for f in answer["submissions"]] == [(older, 3900), (newer, 1100)]
    await driver.decide(answer["voucher_id"], "accepted")
    assert (await driver.published(VoucherAccepted))[0].settled == [older]
    assert (await driver.due(newer))["state"]["code"] == "partly_paid"


@pytest.mark.row("A62")
async def test_rejected_voucher_frees_its_money_its_file_and_its_reference(driver: Any) -> None:
    number = await driver.payable("CB202405109005")
    same = {"content": photo(b"same"), "reference": "REF1"}
    voucher_id = (await driver.upload(number, amount_fen=3900, **same)).json()["voucher_id"]
    assert (await driver.due(number))["open_fen"] == 0
    await driver.decide(voucher_id, "rejected", reason="图片不清晰")
    [rejected] = await driver.published(VoucherRejected)
    assert rejected.reason == "图片不清晰"
    due = await driver.due(number)
    assert (due["state"]["code"], due["open_fen"], due["pending_fen"]) == ("payable", 3900, 0)
    assert (await driver.upload(number, amount_fen=3900, **same)).status_code == 201


@pytest.mark.row("D23")
async def test_same_file_and_same_bank_reference_are_flagged(driver: Any) -> None:
    first, second = await driver.payable("CB202405109006"), await driver.payable("CB202405109007")
    await driver.upload(first, amount_fen=3900, content=photo(b"one"), reference="Ref 77")
    file_again = await driver.upload(second, amount_fen=3900, content=photo(b"one"))
    assert (file_again.status_code, file_again.json()["code"]) == (409, "FILE_ALREADY_USED")
    reference_again = await driver.upload(second, amount_fen=3900, reference="ｒｅｆ77")
    assert (reference_again.status_code, reference_again.json()["code"]) == (409, "BANK_REFERENCE_ALREADY_USED")
    assert driver.stored_files() == 1
    assert (await driver.due(second))["open_fen"] == 3900


async def test_same_upload_sent_twice_is_one_voucher(driver: Any) -> None:
    number = await driver.payable("CB202405109008")
    headers = driver.reviewer()
    once = await driver.upload(number, amount_fen=3900, content=photo(b"x"), reference="R", headers=headers)
    again = await driver.upload(number, amount_fen=3900, content=photo(b"x"), reference="R", headers=headers)
    assert again.json() == once.json()
    assert again.headers["Idempotency-Replayed"] == "true"
    assert driver.stored_files() == 1
    assert len(await driver.published(VoucherSubmitted)) == 1


async def test_callback_twice_is_one_acceptance_and_another_answer_is_refused(driver: Any) -> None:
    number = await driver.payable("CB202405109009")
    voucher_id = (await driver.upload(number, amount_fen=3900)).json()["voucher_id"]
    answers = [
        await driver.decide(voucher_id, "accepted"),
        await driver.decide(voucher_id, "accepted"),
        await driver.decide(voucher_id, "accepted", key="another"),
    ]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert len(await driver.published(VoucherAccepted)) == 1
    contrary = await driver.decide(voucher_id, "rejected", reason="错")
    assert (contrary.status_code, contrary.json()["code"]) == (409, "VOUCHER_ALREADY_DECIDED")
    assert (await driver.due(number))["paid_fen"] == 3900
    assert (await driver.decide(str(uuid4()), "accepted")).status_code == 404


@pytest.mark.row("D22")
async def test_two_vouchers_at_once_never_pay_a_submission_twice(driver: Any) -> None:
    number = await driver.payable("CB202405109010")
    answers = await asyncio.gather(*(driver.upload(number, amount_fen=3900) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    assert {a.json()["code"] for a in answers if a.status_code == 409} == {"SUBMISSION_NOT_PAYABLE"}
    due = await driver.due(number)
    assert (due["pending_fen"], due["open_fen"]) == (3900, 0)
    assert driver.stored_files() == 1


async def test_two_vouchers_over_the_same_submissions_in_other_orders_do_not_lock_each_other_out(driver: Any) -> None:
    numbers = [await driver.payable(f"CB20240510902{i}") for i in range(3)]
    answers = await asyncio.gather(
        driver.upload(*numbers, amount_fen=5000, reason="一"),
        driver.upload(*reversed(numbers), amount_fen=6700, reason="二"),
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409] or all(a.status_code == 201 for a in answers)
    dues = [await driver.due(number) for number in numbers]
    assert all(due["pending_fen"] + due["open_fen"] == 3900 for due in dues)


@pytest.mark.row("F273", "F274")
async def test_invalid_upload_is_refused_with_a_sentence(driver: Any) -> None:
    number = await driver.payable("CB202405109012")
    for expected, answer in (
        ("FILE_TYPE_NOT_ALLOWED", await driver.upload(number, amount_fen=3900, content=b"MZ\x90\x00")),
        ("FILE_EMPTY", await driver.upload(number, amount_fen=3900, content=b"")),
        ("NO_SUBMISSION_CHOSEN", await driver.upload(amount_fen=3900)),
        ("PAID_ON_IN_FUTURE", await driver.upload(number, amount_fen=3900, paid_on="2024-05-11")),
        ("INVALID", await driver.upload(number, amount_fen=0)),
        ("INVALID", await driver.upload(number, amount_fen=3900, paid_on="yesterday")),
    ):
        assert (answer.status_code, answer.json()["code"]) == (422, expected)
        assert answer.json()["message"]
    large = await driver.upload(number, amount_fen=3900, content=photo() + bytes(10 * 1024 * 1024))
    assert (large.status_code, large.json()["code"]) == (413, "FILE_TOO_LARGE")
    assert driver.stored_files() == 0
    keyless = driver.reviewer()
    del keyless["Idempotency-Key"]
    assert (await driver.upload(number, amount_fen=3900, headers=keyless)).json()["code"] == "IDEMPOTENCY_KEY_MISSING"


async def test_bank_reference_and_payer_lie_nowhere_in_plain(driver: Any) -> None:
    number = await driver.payable("CB202405109013")
    content = photo(b"account 6222")
    voucher_id = (await driver.upload(number, amount_fen=3900, reference="REF998877", content=content)).json()[
        "voucher_id"
    ]
    async with driver.bench.database.read() as connection:
        dump = await connection.fetchval("SELECT string_agg(v::text, '|') FROM vouchers v")
        dump += await connection.fetchval("SELECT string_agg(a::text, '|') FROM audit_log a")
        dump += await connection.fetchval("SELECT string_agg(convert_from(payload, 'UTF8'), '|') FROM outbox")
        dump += await connection.fetchval("SELECT string_agg(r::text, '|') FROM jobs r")
    assert "REF998877" not in dump
    assert b"REF998877".hex() not in dump
    assert all(b"account 6222" not in path.read_bytes() for path in driver.store.rglob("*") if path.is_file())
    client, token = driver.bench.client, driver.bench.token
    own = (await client.get(f"/vouchers/{voucher_id}", headers=driver.reviewer())).json()
    assert (own["bank_reference"], own["payer"]) == ("REF998877", "某区总工会")
    city = (await client.get(f"/vouchers/{voucher_id}", headers=token("municipal", driver.city_id))).json()
    assert city["bank_reference"] == "******877"


@pytest.mark.row("F275")
async def test_file_is_opened_by_entitled_roles_only_and_each_time_is_in_the_audit_log(driver: Any) -> None:
    number = await driver.payable("CB202405109014")
    content = photo(b"the photo")
    uploaded = await driver.upload(number, amount_fen=3900, content=content, name="../凭证 一.jpg")
    path = f"/vouchers/{uploaded.json()['voucher_id']}/file"
    client, token = driver.bench.client, driver.bench.token
    for headers in (driver.reviewer(), token("center", None), token("auditor", None)):
        answer = await client.get(path, headers=headers)
        assert (answer.status_code, answer.content, answer.headers["content-type"]) == (200, content, "image/jpeg")
        assert answer.headers["content-disposition"].endswith("''%E5%87%AD%E8%AF%81%20%E4%B8%80.jpg")
    for headers in (token("municipal", driver.city_id), token("reviewer", uuid4()), token("operator", None)):
        assert (await client.get(path, headers=headers)).status_code == 403
    assert (await client.get(path)).status_code == 401
    async with driver.bench.database.read() as connection:
        opened = await connection.fetchval("SELECT count(*) FROM audit_log WHERE name = 'voucher_file_opened'")
    assert opened == 3


@pytest.mark.row("F028")
async def test_a_voucher_shows_the_name_and_union_of_whoever_uploaded_it(driver: Any) -> None:
    number = await driver.payable("CB202405109077")
    voucher_id = (await driver.upload(number, amount_fen=3900)).json()["voucher_id"]
    named = driver.bench.token("reviewer", driver.district_id, name="赵缴费")
    assert (await driver.bench.client.get("/me", headers=named)).status_code == 200
    [listed] = (await driver.get("/vouchers"))["items"]
    for shown in (listed, await driver.get(f"/vouchers/{voucher_id}")):
        assert shown["uploaded_by_name"] == "赵缴费"
        assert shown["uploaded_by_union"]


@pytest.mark.row("F274")
async def test_voucher_that_nobody_could_read_later_is_refused_now(driver: Any) -> None:
    number = await driver.payable("CB202405109015")
    for content, code, words in (
        (b"\xff\xd8\xff", "FILE_UNREADABLE", "重新上传"),
        (photo()[:-40], "FILE_UNREADABLE", "重新上传"),
        (pdf()[:300], "FILE_UNREADABLE", "重新上传"),
        (pdf(user="secret"), "FILE_ENCRYPTED", "请另存为无密码的PDF后上传"),
        (pdf(51), "PDF_TOO_LONG", "只保留缴费凭证所在的页面"),
        (picture(size=(1, 1)), "PICTURE_TOO_SMALL", "上传原图"),
        (b"\0\0\0\x18ftypheic", "FILE_TYPE_NOT_ALLOWED", "兼容性最佳"),
        (picture("WEBP"), "FILE_TYPE_NOT_ALLOWED", "另存为JPG或PNG"),
        (b"<html>", "FILE_TYPE_NOT_ALLOWED", "JPG、PNG 或 PDF"),
    ):
        refused = await driver.upload(number, amount_fen=3900, content=content)
        assert (refused.status_code, refused.json()["code"]) == (422, code)
        assert words in refused.json()["message"]
    assert driver.stored_files() == 0
    assert (await driver.due(number))["open_fen"] == 3900


@pytest.mark.row("F274", "F275")
async def test_pdf_behind_a_byte_order_mark_is_kept_as_it_came(driver: Any) -> None:
    for order, content in enumerate((b"\xef\xbb\xbf" + pdf(), b"\r\n" + pdf(owner="secret"))):
        number = await driver.payable(f"CB20240510902{order + 7}")
        answer = await driver.upload(number, amount_fen=3900, content=content, name="回单.jpg")
        assert (answer.status_code, answer.json()["file_name"]) == (201, "回单.jpg.pdf")
        path = f"/vouchers/{answer.json()['voucher_id']}/file"
        assert (await driver.bench.client.get(path, headers=driver.reviewer())).content == content
