"""The numbers of district submissions (A23)."""

from datetime import date

#: The numbers of a day's first 1,000 submissions end with 9000 to 9999. The numbers of the next 10,000 submissions end
#: with 90000 to 99999, and so on. enrollment-svc leaves these endings out of its batch numbers, so no batch has a
#: submission's number.
FIRST_BLOCK = 1000


def submission_number(day: date, count: int) -> str:
    """The number of the day's `count`-th submission (1 = first): CB + date + digits that begin with 9."""
    block, start = FIRST_BLOCK, 9 * FIRST_BLOCK
    offset = count - 1
    while offset >= block:
        offset -= block
        block, start = block * 10, start * 10
    return f"CB{day:%Y%m%d}{start + offset}"
