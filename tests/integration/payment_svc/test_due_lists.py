"""Events create dues, and lists show them (F252–F262, F264, F265, F268–F272, A53, A62)."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from chassis.domain import SHANGHAI


async def listed(driver: Any, path: str = "/dues", **params: Any) -> dict[str, Any]:
    answer = await driver.bench.client.get(path, params=params, headers=driver.reviewer())
    assert answer.status_code == 200, answer.text
    return answer.json()  # type: ignore[no-any-return]


async def test_confirmation_that_comes_before_the_submission_is_not_lost(driver: Any) -> None:
    await driver.bench.deliver(driver.confirmed("CB202405109100"))
    assert (await driver.due("CB202405109100"))["state"]["code"] == "awaiting_confirmation"
    assert (await driver.upload("CB202405109100", amount_fen=3900)).json()["code"] == "SUBMISSION_NOT_PAYABLE"
    await driver.bench.deliver(driver.submitted("CB202405109100"))
    assert (await driver.due("CB202405109100"))["state"]["code"] == "payable"


async def test_confirmation_of_another_version_is_not_payable(driver: Any) -> None:
    await driver.bench.deliver(
        driver.submitted("CB202405109101", version=2), driver.confirmed("CB202405109101", version=1)
    )
    assert (await driver.upload("CB202405109101", amount_fen=3900)).status_code == 409
    await driver.bench.deliver(driver.confirmed("CB202405109101", version=2))
    assert (await driver.upload("CB202405109101", amount_fen=3900)).status_code == 201


@pytest.mark.row("A53")
async def test_rejected_submission_owes_nothing_and_rejected_lines_are_not_billed(driver: Any) -> None:
    await driver.bench.deliver(driver.submitted("CB202405109102"), driver.rejected("CB202405109102"))
    assert (await driver.due("CB202405109102"))["state"]["code"] == "rejected"
    line_id = uuid4()
    whole = driver.submitted("CB202405109103", line_id=line_id)
    await driver.bench.deliver(
        whole, driver.rejected("CB202405109103", uuid4()), driver.confirmed("CB202405109103", heads=2)
    )
    due = await driver.due("CB202405109103")
    assert (due["state"]["code"], due["heads"], due["due_fen"]) == ("payable", 2, 2600)
    await driver.bench.deliver(driver.rejected("CB202405109104", line_id))
    assert (await driver.due("CB202405109104"))["state"]["code"] == "awaiting_confirmation"
    await driver.bench.deliver(driver.submitted("CB202405109104", line_id=line_id))
    assert (await driver.due("CB202405109104"))["state"]["code"] == "rejected"


async def test_confirmation_whose_bill_does_not_add_up_is_set_aside(driver: Any) -> None:
    wrong = driver.confirmed("CB202405109105").model_copy(update={"due_fen": 1})
    await driver.bench.deliver(wrong)
    [letter] = await driver.bench.dead_letters()
    assert "SumsDiffer" in letter


@pytest.mark.row("D24", "A62")
async def test_day_sixteen_is_overdue(driver: Any) -> None:
    number = await driver.payable("CB202405109106")
    assert ((await driver.due(number))["due_on"], (await driver.due(number))["overdue"]) == ("2024-05-25", False)
    driver.bench.clock.instant = datetime(2024, 5, 25, 23, 59, 59, tzinfo=SHANGHAI)
    assert not (await driver.due(number))["overdue"]
    driver.bench.clock.instant += timedelta(seconds=1)
    assert (await driver.due(number))["overdue"]


@pytest.mark.row("F271", "F272")
async def test_picker_offers_submissions_that_are_confirmed_and_not_fully_paid(driver: Any) -> None:
    open_one, taken = await driver.payable("CB202405109113"), await driver.payable("CB202405109114")
    await driver.bench.deliver(driver.submitted("CB202405109115"))
    await driver.upload(taken, amount_fen=3900)
    page = await listed(driver, offered=True)
    [offered] = page["items"]
    assert offered["submission_no"] == open_one
    assert offered["enrollment_type"] == {"code": "immediate", "label": "即时参保"}
    assert (offered["heads"], offered["unit_fen"], offered["confirmed_at"] is not None) == (3, 0, True)
    assert [d["submission_no"] for d in (await listed(driver, state="voucher_uploaded"))["items"]] == [taken]


@pytest.mark.row("F263", "D02", "A61")
async def test_lists_show_the_callers_subtree_only(driver: Any) -> None:
    await driver.upload(await driver.payable("CB202405109118"), amount_fen=3900)
    client, token = driver.bench.client, driver.bench.token
    for path in ("/dues", "/vouchers"):
        for headers, total in (
            (driver.reviewer(), 1),
            (token("municipal", driver.city_id), 1),
            (token("center", None), 1),
            (token("reviewer", uuid4()), 0),
        ):
            assert (await client.get(path, headers=headers)).json()["total"] == total
        for role in ("handler", "operator"):
            assert (await client.get(path, headers=token(role, driver.district_id))).status_code == 403


@pytest.mark.row("F264", "F265")
async def test_vouchers_are_found_by_part_of_their_name_and_day_of_upload(driver: Any) -> None:
    first, second = await driver.payable("CB202405109119"), await driver.payable("CB202405109120")
    driver.bench.clock.instant = datetime(2024, 5, 10, 0, 0, tzinfo=SHANGHAI)
    await driver.upload(first, amount_fen=3900, name="五月_缴费.JPG")
    driver.bench.clock.instant = datetime(2024, 5, 10, 23, 59, 59, tzinfo=SHANGHAI)
    await driver.upload(second, amount_fen=3900, name="凭证.jpg")
    assert (await listed(driver, "/vouchers", **{"from": "2024-05-10", "to": "2024-05-10"}))["total"] == 2
    assert (await listed(driver, "/vouchers", to="2024-05-09"))["total"] == 0
    [found] = (await listed(driver, "/vouchers", file_name="缴费.jpg"))["items"]
    assert found["file_name"] == "五月_缴费.JPG"
    assert found["submissions"] == [{"submission_no": first, "version": 1, "due_fen": 3900, "amount_fen": 3900}]
    assert (await listed(driver, "/vouchers", file_name="%"))["total"] == 0
    assert (await listed(driver, "/vouchers", submission_no=second))["total"] == 1


async def test_figures_count_heads_and_money_by_state(driver: Any) -> None:
    number = await driver.payable("CB202405109121")
    await driver.payable("CB202405109122", heads=2)
    await driver.decide((await driver.upload(number, amount_fen=3900)).json()["voucher_id"], "accepted")
    headers = driver.bench.token("operator", None)
    params = {"union_id": str(driver.district_id), "year": 2024}
    figures = (await driver.bench.client.get("/figures", params=params, headers=headers)).json()
    assert [
        (d["state"]["code"], d["submissions"], d["heads"], d["due_fen"], d["paid_fen"]) for d in figures["dues"]
    ] == [
        ("payable", 1, 2, 2600, 0),
        ("settled", 1, 3, 3900, 3900),
    ]
    assert [(v["state"]["code"], v["vouchers"], v["amount_fen"]) for v in figures["vouchers"]] == [
        ("accepted", 1, 3900)
    ]
    nothing = await driver.bench.client.get("/figures", params={"year": 2023}, headers=headers)
    assert nothing.json() == {"dues": [], "vouchers": []}
    elsewhere = {"union_id": str(uuid4())}
    assert (await driver.bench.client.get("/figures", params=elsewhere, headers=driver.reviewer())).status_code == 403
