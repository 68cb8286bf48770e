"""The numbers of district submissions (A23)."""

from datetime import date

#: How many numbers the first block has. The last part of a submission's number begins with 9: 9000–9999, then
#: 90000–99999, and so on. enrollment-svc gives no batch such a number, so no batch has the number of a submission.
FIRST_BLOCK = 1000


def submission_number(day: date, count: int) -> str:
    """The number of the day's `count`-th submission (1 = first): CB + date + a part that begins with 9."""
    block, start = FIRST_BLOCK, 9 * FIRST_BLOCK
    offset = count - 1
    while offset >= block:
        offset -= block
        block, start = block * 10, start * 10
    return f"CB{day:%Y%m%d}{start + offset}"
