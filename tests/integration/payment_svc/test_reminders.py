"""A district gets one reminder before the last day to pay, one reminder after this day, and one notice for each answer
of the center to a voucher (D24, D06).
"""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest

from chassis.domain import SHANGHAI
from contracts.notices import PaymentNotice
from contracts.words import NoticeKind, Role


async def notices(driver: Any) -> list[tuple[NoticeKind, str]]:
    return [(notice.kind, notice.about) for notice in await driver.published(PaymentNotice)]


def stand_at(driver: Any, day: int, hour: int = 0, minute: int = 0, second: int = 0) -> None:
    driver.bench.clock.instant = datetime(2024, 5, day, hour, minute, second, tzinfo=SHANGHAI)


@pytest.mark.row("D24", "D06", "D27")
async def test_each_submission_gets_one_reminder_as_due_soon_and_one_as_overdue(driver: Any) -> None:
    number = await driver.payable("CB202405109400")
    await driver.upload(await driver.payable("CB202405109401"), amount_fen=3900)
    stand_at(driver, 21, 23, 59, 59)
    await driver.bench.run_periodic()
    assert await notices(driver) == []
    stand_at(driver, 22)
    await asyncio.gather(*(driver.bench.run_periodic() for _ in range(3)))
    assert await notices(driver) == [(NoticeKind.VOUCHER_DUE_SOON, number)]
    stand_at(driver, 25, 23, 59, 59)
    await driver.bench.run_periodic()
    assert len(await notices(driver)) == 1
    stand_at(driver, 26)
    await asyncio.gather(*(driver.bench.run_periodic() for _ in range(3)))
    stand_at(driver, 31)
    await driver.bench.run_periodic()
    soon, late = await driver.published(PaymentNotice)
    assert (late.kind, late.about, late.union_id, late.role) == (
        NoticeKind.VOUCHER_OVERDUE,
        number,
        driver.district_id,
        Role.REVIEWER,
    )
    assert "2024-05-25" in soon.text
    assert "39元" in late.text
    assert (await driver.get("/dues", overdue=True))["total"] == 1


@pytest.mark.row("D24")
async def test_voucher_that_comes_back_after_the_last_day_makes_its_submission_overdue(driver: Any) -> None:
    number = await driver.payable("CB202405109402")
    voucher_id = (await driver.upload(number, amount_fen=3900)).json()["voucher_id"]
    stand_at(driver, 26)
    await driver.bench.run_periodic()
    assert (await driver.due(number))["overdue"] is False
    await driver.decide(voucher_id, "rejected", reason="图片不清晰")
    await driver.bench.run_periodic()
    assert await notices(driver) == [(NoticeKind.VOUCHER_REJECTED, voucher_id), (NoticeKind.VOUCHER_OVERDUE, number)]
    assert (await driver.due(number))["overdue"] is True


@pytest.mark.row("D06", "F278")
async def test_each_answer_of_the_center_is_one_notice_without_its_free_text(driver: Any) -> None:
    number = await driver.payable("CB202405109403")
    rejected = (await driver.upload(number, amount_fen=3900)).json()["voucher_id"]
    for key in ("one", "two"):
        await driver.decide(rejected, "rejected", reason="付款人王小明有误", key=key)
    accepted = (await driver.upload(number, amount_fen=3900)).json()["voucher_id"]
    for key in ("three", "four"):
        await driver.decide(accepted, "accepted", key=key)
    notices = await driver.published(PaymentNotice)
    assert [(notice.kind, notice.about) for notice in notices] == [
        (NoticeKind.VOUCHER_REJECTED, rejected),
        (NoticeKind.CENTER_FEEDBACK, accepted),
    ]
    assert len({notice.notice_id for notice in notices}) == 2
    assert all(number in notice.text and "王小明" not in notice.text for notice in notices)
    assert all(notice.union_id == driver.district_id for notice in notices)


async def test_clock_that_jumps_past_the_last_day_sends_the_overdue_reminder_only(driver: Any) -> None:
    number = await driver.payable("CB202405109404")
    driver.bench.clock.instant += timedelta(days=40)
    await driver.bench.run_periodic()
    assert await notices(driver) == [(NoticeKind.VOUCHER_OVERDUE, number)]
