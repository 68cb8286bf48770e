"""When districts are reminded (D24). The dates are those of Shanghai, which change at midnight there."""

from datetime import date, datetime, timedelta

import pytest

from payment_svc.domain.deadlines import SHANGHAI, last_day_due_soon, last_day_to_pay, last_overdue_day, today

DUE_ON = date(2024, 5, 25)
SECOND = timedelta(seconds=1)


@pytest.mark.row("D24", "D27")
def test_three_days_before_the_last_day_a_voucher_is_due_soon() -> None:
    midnight = datetime(2024, 5, 22, tzinfo=SHANGHAI)
    assert last_day_due_soon(midnight) == DUE_ON
    assert last_day_due_soon(midnight - SECOND) < DUE_ON
    last_second = datetime(2024, 5, 25, 23, 59, 59, tzinfo=SHANGHAI)
    assert (today(last_second), last_overdue_day(last_second)) == (DUE_ON, date(2024, 5, 24))
    assert (today(last_second + SECOND), last_overdue_day(last_second + SECOND)) == (date(2024, 5, 26), DUE_ON)


@pytest.mark.row("D24", "D27", "A62")
def test_days_are_shanghais_whatever_the_zone_of_the_instant() -> None:
    confirmed_at = datetime.fromisoformat("2024-05-09T16:00:00+00:00")
    assert last_day_to_pay(confirmed_at) == DUE_ON
    assert last_day_to_pay(confirmed_at - SECOND) == date(2024, 5, 24)
    assert today(confirmed_at) == date(2024, 5, 10)
