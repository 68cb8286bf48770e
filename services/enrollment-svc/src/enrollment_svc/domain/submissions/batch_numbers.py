"""Batch numbers: CB + yyyyMMdd + a city-wide sequence that starts again each day (F201, A47)."""

from datetime import date


def next_sequence(last: int) -> int:
    """The next sequence number. 8999 is followed by 10000, and 89999 by 100000.

    9000 to 9999 and 90000 to 99999 are left out, because the districts' submissions to the center use them (A23).
    """
    following = last + 1
    if str(following)[0] != "9" or following < 1000:
        return following
    return int("1" + "0" * len(str(following)))


def batch_no(day: date, sequence: int) -> str:
    """The batch number; its sequence has at least four digits."""
    return f"CB{day:%Y%m%d}{sequence:04d}"
