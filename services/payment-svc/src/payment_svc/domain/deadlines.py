"""The dates of a payment: the last day to pay, when a due is overdue, and when the district is reminded (A62, D24)."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
#: A district has this many calendar days to pay, counted from the day after the center's confirmation.
DAYS_TO_PAY = 15
#: The reminder that a due must be paid soon is sent at most this many days before the last day to pay.
REMINDED_BEFORE = 3


def today(now: datetime) -> date:
    """The date in Shanghai."""
    return now.astimezone(SHANGHAI).date()


def last_day_to_pay(confirmed_at: datetime) -> date:
    """The 15th calendar day after the date of the confirmation, in Shanghai."""
    return confirmed_at.astimezone(SHANGHAI).date() + timedelta(days=DAYS_TO_PAY)


def overdue(due_on: date | None, open_fen: int, now: datetime) -> bool:
    """Whether `due_on` has passed and vouchers do not cover the whole amount (`open_fen` > 0)."""
    return due_on is not None and open_fen > 0 and today(now) > due_on


def last_overdue_day(now: datetime) -> date:
    """Yesterday in Shanghai. A due with `open_fen` > 0 is overdue if its `due_on` is this day or earlier."""
    return today(now) - timedelta(days=1)


def last_day_due_soon(now: datetime) -> date:
    """The third day after today. A due with `open_fen` > 0 is due soon if its `due_on` is from today up to this day."""
    return today(now) + timedelta(days=REMINDED_BEFORE)
