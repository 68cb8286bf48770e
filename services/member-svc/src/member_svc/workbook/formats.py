"""Number formats: a number becomes the text that its cell shows, or an `UnshownCell` if that is unknown."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from member_svc.domain.roster.cell_kinds import UnshownCell
from member_svc.domain.roster.refused_files import FileUnreadable
from member_svc.workbook.archive import Archive
from member_svc.workbook.format_codes import code_of
from member_svc.workbook.xml import local, parse

MOST_FORMATS = 100_000
#: Excel stores only 15 digits, so this number and all larger numbers have possibly lost digits.
EXACT = 10**15
#: The numbers of built-in date formats. Chinese, Japanese and Korean versions of Excel use 27–36 and 50–58.
DATES = {*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)}
#: Built-in formats that show a percentage or a fraction.
BUILT_IN = {9: "0%", 10: "0.00%", 12: "# ?/?", 13: "# ??/??"}


@dataclass(frozen=True, slots=True)
class NumberFormat:
    """A number format. If it has no code, it shows a date if `is_date` is set, and otherwise the number itself."""

    is_date: bool = False
    code: str | None = None


GENERAL = NumberFormat()


def read_formats(archive: Archive, part: str | None) -> list[NumberFormat]:
    """The formats, indexed by cell style."""
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
    code = code if code is not None else BUILT_IN.get(number)
    return format_of(code) if code else NumberFormat(is_date=number in DATES)


def format_of(code: str) -> NumberFormat:
    return NumberFormat(code=code)


def shown(value: float, style: NumberFormat, *, since_1904: bool) -> float | str | date | datetime | UnshownCell:
    """The value that the cell shows, or the number itself if the format adds nothing."""
    if style.code is None:
        return _date(value, since_1904=since_1904) if style.is_date else value
    code = code_of(style.code)
    section = code.section_for(value)
    if section is None:
        return UnshownCell() if code.shows_more() else value
    if section.is_date:
        return _date(value, since_1904=since_1904)
    if not section.shows_more:
        return f"{value * 100:.10g}%" if section.is_percent else value
    if value >= EXACT:
        # Return the number, because the roster's rules then report the lost digits.
        return value
    text = section.show(value)
    return UnshownCell() if text is None else text


def _date(value: float, *, since_1904: bool) -> float | str | date | datetime:
    if value < 0 or value >= 2_958_466:
        return value
    if value < 1 and not since_1904:
        return str(timedelta(seconds=round(value * 86_400)))
    # Excel counts a February 29 in 1900 as day 60, but 1900 had no such day. So for day 60 and
    # all later days, `first` (the date of day 0) is one day earlier. Excel copied this error from Lotus 1-2-3.
    first = date(1904, 1, 1) if since_1904 else date(1899, 12, 30) if value >= 60 else date(1899, 12, 31)
    try:
        moment = datetime.combine(first, time()) + timedelta(seconds=round(value * 86_400))
    except OverflowError:
        # The date is after the year 9999. Either rounding added half a second to the last day, or the 1904 base added
        # four years.
        return date.max
    return moment.date() if value.is_integer() else moment
