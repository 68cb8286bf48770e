"""Dates as people and programs write them: 2020-01-31, 2020/1/31, 2020年1月31日, 20200131, 2020-01-30T16:00:00Z."""

import re
from datetime import date, datetime

from chassis.domain import SHANGHAI

DAY = re.compile(r"([0-9]{4})(?:[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?|([0-9]{2})([0-9]{2}))")
ISO_LENGTH = len("2020-01-31")
#: The time after the day, as Excel and ISO 8601 write it.
TIME = re.compile(
    r"(?P<before>[上下]午\s*)?(?P<time>[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?)(?:[.,][0-9]+)?(?P<after>\s*[AP]M)?"
    r"\s*(?P<zone>Z|[+-][0-9]{2}(?::?[0-9]{2})?)?",
    re.IGNORECASE,
)


def date_in(text: str) -> date | None:
    """The date that a text stands for, or None. An instant with a time zone becomes its date in Shanghai."""
    if (iso_day := _iso_day(text)) is not None:
        return iso_day
    found = DAY.match(text)
    if found is None:
        return None
    year, month, day = found[1], found[2] or found[4], found[3] or found[5]
    try:
        written = date(int(year), int(month), int(day))
    except ValueError:
        return None
    time_text = text[found.end() :].strip()
    return written if not time_text else _in_shanghai(written, time_text.removeprefix("T").removeprefix("t").strip())


def _iso_day(text: str) -> date | None:
    """The date of a text such as 2020-01-31, or None. Most dates have this form, and `date.fromisoformat` reads it
    faster than a regular expression.
    """
    if len(text) != ISO_LENGTH or not text[4] == text[7] == "-":
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _in_shanghai(written: date, time_text: str) -> date | None:
    found = TIME.fullmatch(time_text)
    if found is None:
        return None
    if not found["zone"]:
        return written
    zone = "+00:00" if found["zone"].upper() == "Z" else found["zone"]
    try:
        moment = datetime.fromisoformat(f"{written.isoformat()}T{found['time'].zfill(5)}{zone}")
        return moment.astimezone(SHANGHAI).date()
    except (ValueError, OverflowError):
        return None
