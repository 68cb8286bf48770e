"""Reads a business date in the forms in which people type dates."""

import re
from datetime import date

#: Services accept protection years from 2014 to 2100. 集中参保 in December is for the next year; in December
#: 2100 it would be for 2101. So LAST is the end of 2099.
FIRST, LAST = date(2014, 1, 1), date(2099, 12, 31)
DAY = re.compile(r"([0-9]{4})([-/.年]?)([0-9]{1,2})[-/.月]?([0-9]{1,2})日?")


def business_date(text: str) -> date:
    """Accepts 2024-05-10, 2024/5/10, 2024.05.10, 20240510 and 2024年5月10日. The message of a
    ValueError tells the user what is wrong with the date.
    """
    found = DAY.fullmatch(text.strip())
    if found is None or (not found[2] and len(text.strip()) != len("20240510")):
        raise ValueError(f"{text!r} is no date; write the day as 2024-05-10")
    try:
        day = date(int(found[1]), int(found[3]), int(found[4]))
    except ValueError:
        raise ValueError(f"{text!r} is no day of the calendar; write the day as 2024-05-10") from None
    if not FIRST <= day <= LAST:
        raise ValueError(f"{day} is outside the years that can be enrolled, {FIRST} to {LAST}")
    return day
