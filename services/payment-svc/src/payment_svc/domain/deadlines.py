"""Until when a voucher must be there, when it is overdue, and when the district is reminded (A62, D24)."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
#: Calendar days after the center's confirmation.
DAYS_TO_PAY = 15
#: So many days before the last one the district is reminded.
REMINDED_BEFORE = 3


def today(now: datetime) -> date:
    """The day it is in Shanghai."""
    return now.astimezone(SHANGHAI).date()


def last_day_to_pay(confirmed_at: datetime) -> date:
    """The 15th calendar day after the day of the confirmation, by Shanghai's calendar."""
    return confirmed_at.astimezone(SHANGHAI).date() + timedelta(days=DAYS_TO_PAY)


def overdue(due_on: date | None, open_fen: int, now: datetime) -> bool:
    """From day 16 00:00 on, as long as money is left that no voucher stands for."""
    return due_on is not None and open_fen > 0 and today(now) > due_on


def last_overdue_day(now: datetime) -> date:
    """What was due on this day or before is overdue now."""
    return today(now) - timedelta(days=1)


def last_day_due_soon(now: datetime) -> date:
    """What is due from today to this day is due soon."""
    return today(now) + timedelta(days=REMINDED_BEFORE)
