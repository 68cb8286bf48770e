"""Batch numbers: CB + yyyyMMdd + a sequence that grows over the day, city-wide (F201, A47)."""

from datetime import date


def next_sequence(last: int) -> int:
    """The next one. Those that begin with 9 number the districts' submissions (A23): 8999 → 10000."""
    following = last + 1
    if str(following)[0] != "9" or following < 1000:
        return following
    return int("1" + "0" * len(str(following)))


def batch_no(day: date, sequence: int) -> str:
    """At least four digits."""
    return f"CB{day:%Y%m%d}{sequence:04d}"
