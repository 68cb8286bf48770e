"""Batch numbers: CB + yyyyMMdd + a city-wide sequence that starts again each day (F201, A47)."""

from datetime import date


def next_sequence(last: int) -> int:
    """The next sequence number. Those that begin with 9 are for the districts' submissions (A23): 8999 → 10000."""
    following = last + 1
    if str(following)[0] != "9" or following < 1000:
        return following
    return int("1" + "0" * len(str(following)))


def batch_no(day: date, sequence: int) -> str:
    """The batch number; its sequence has at least four digits."""
    return f"CB{day:%Y%m%d}{sequence:04d}"
