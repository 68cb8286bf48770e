"""Number formats, as far as they change what a reader takes a number for: dates, percents, digits in a pattern."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from member_svc.refused_files import FileUnreadable
from member_svc.workbook.archive import Archive
from member_svc.workbook.xml import local, parse

MOST_FORMATS = 100_000
LONGEST_FORMAT = 255
#: Above this a number cell has lost digits.
EXACT = 10**15
#: Built in, in every language; 27–36 and 50–58 are the Chinese dates.
DATES = {*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)}
PERCENTS = {9, 10}
#: Literals, escapes, fills and spaces, colors and conditions, then single characters.
TOKEN = re.compile(r'"([^"]*)"|\\(.)|[_*](.)|\[([^\]]*)\]|(.)', re.DOTALL)
DIGITS = "0#?"
LITERALS = set(" -/+():.,·　") - set(".,")


@dataclass(frozen=True, slots=True)
class NumberFormat:
    """`pattern` holds pairs of (is a digit, character); empty = the number itself says it."""

    is_date: bool = False
    is_percent: bool = False
    pattern: tuple[tuple[bool, str], ...] = ()


GENERAL = NumberFormat()


def read_formats(archive: Archive, part: str | None) -> list[NumberFormat]:
    """By the number of a cell's style."""
    if part is None or part not in archive:
        return []
    codes: dict[int, str] = {}
    styles: list[int] = []
    within: list[bool] = [False]

    def start(tag: str, attributes: dict[str, str]) -> None:
        name = local(tag)
        if name == "numFmt":
            codes[int(attributes.get("numFmtId", 0))] = attributes.get("formatCode", "")
        elif name == "cellXfs":
            within[0] = True
        elif name == "xf" and within[0]:
            styles.append(int(attributes.get("numFmtId", 0)))
        if len(codes) + len(styles) > MOST_FORMATS:
            raise FileUnreadable

    def end(tag: str) -> None:
        if local(tag) == "cellXfs":
            within[0] = False

    parse(archive.pieces(part), start, end)
    known = {number: _format(number, codes.get(number)) for number in set(styles)}
    return [known[number] for number in styles]


def _format(number: int, code: str | None) -> NumberFormat:
    if code is not None and len(code) <= LONGEST_FORMAT:
        return format_of(code)
    return NumberFormat(is_date=number in DATES, is_percent=number in PERCENTS)


def format_of(code: str) -> NumberFormat:
    """What the format for positive numbers does."""
    pattern: list[tuple[bool, str]] = []
    plain = True
    for literal, escaped, _, bracket, single in TOKEN.findall(code):
        if single == ";":
            break
        if bracket and re.match(r"[<>=]|DBNum", bracket, re.IGNORECASE):
            plain = False
        elif (bracket and re.fullmatch(r"[hms]+", bracket, re.IGNORECASE)) or (
            single and single in "ymdhseYMDHSE年月日" and not _is_other(code)
        ):
            return NumberFormat(is_date=True)
        elif single == "%":
            return NumberFormat(is_percent=True)
        elif literal or escaped:
            pattern += ((False, c) for c in literal or escaped)
        elif single and single in DIGITS:
            pattern.append((True, single))
        elif single and single in LITERALS:
            pattern.append((False, single))
        elif single:
            # A decimal point, thousands, text, an exponent: the number itself is what was typed.
            plain = False
    zeros = sum(is_digit and character == "0" for is_digit, character in pattern)
    shapes = zeros > 1 or (zeros and any(not is_digit for is_digit, _ in pattern))
    return NumberFormat(pattern=tuple(pattern)) if plain and shapes else GENERAL


def _is_other(code: str) -> bool:
    """General and exponents have letters of dates."""
    return "general" in code.lower() or re.search(r"E[+-]", code) is not None


def shown(value: float, style: NumberFormat, *, since_1904: bool) -> float | str | date | datetime:
    """A number as its cell shows it, where that is more than the number itself."""
    if style.is_date:
        return _date(value, since_1904=since_1904)
    if style.is_percent:
        return f"{value * 100:.10g}%"
    if style.pattern and value.is_integer() and 0 <= value < EXACT:
        return _patterned(str(int(value)), style.pattern)
    return value


def _patterned(digits: str, pattern: tuple[tuple[bool, str], ...]) -> str:
    """Digits fill the places from the right; the leftmost place takes what is left."""
    rest, places = digits, sum(is_digit for is_digit, _ in pattern)
    written: list[str] = []
    for is_digit, character in reversed(pattern):
        if not is_digit:
            written.append(character)
            continue
        places -= 1
        if places == 0:
            written.append(rest or character.replace("#", "").replace("?", " "))
        else:
            written.append(rest[-1:] or character.replace("#", "").replace("?", " "))
            rest = rest[:-1]
    return "".join(reversed(written))


def _date(value: float, *, since_1904: bool) -> float | str | date | datetime:
    if value < 0 or value >= 2_958_466:
        return value
    if value < 1 and not since_1904:
        return str(timedelta(seconds=round(value * 86_400)))
    # 1900 had no 29th of February, but Lotus had.
    first = date(1904, 1, 1) if since_1904 else date(1899, 12, 30) if value >= 60 else date(1899, 12, 31)
    try:
        moment = datetime.combine(first, time()) + timedelta(seconds=round(value * 86_400))
    except OverflowError:
        # The last half second that Excel knows, rounded up, and the days that 1904 adds to it.
        return date.max
    return moment.date() if value.is_integer() else moment
