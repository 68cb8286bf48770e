"""Cells of a sheet as clean text: what Excel and copy-and-paste do to them is undone here (D11)."""

import re
from datetime import date, datetime

from chassis.normalization import code_key, half_width, mobile_key, unwrapped
from member_svc.domain.roster.cell_kinds import Cell
from member_svc.domain.roster.dates import date_in

SCIENTIFIC = re.compile(r"[0-9]+\.[0-9]+E\+?[0-9]+|[0-9]+E\+[0-9]+")
#: Above this a number cell has lost digits.
EXACT_DIGITS = 15


def text_of(cell: Cell) -> str:
    """Trimmed, half-width, without invisible characters; numbers without a trailing ".0"."""
    if isinstance(cell, str):
        return half_width(cell)
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 10**EXACT_DIGITS:
        return str(int(cell))
    return str(cell)


def written(cell: Cell) -> str:
    """As it was typed, where it is a text: names, tags and units are normalized each in its own way."""
    return unwrapped(cell) if isinstance(cell, str) else text_of(cell)


def compact_of(cell: Cell) -> str:
    """For numbers and codes: no spaces, no leading apostrophe, ASCII digits, upper case (x → X)."""
    return code_key(written(cell))


def is_number(cell: Cell) -> bool:
    """Whether digits may be lost: a numeric cell, or scientific notation that became text."""
    if isinstance(cell, str):
        return SCIENTIFIC.fullmatch(code_key(cell)) is not None
    return True


def keeps_digits(cell: Cell) -> bool:
    """Whether every digit of the cell is what was typed."""
    if isinstance(cell, str):
        return not is_number(cell)
    return isinstance(cell, int | float) and float(cell).is_integer() and 0 <= cell < 10**EXACT_DIGITS


def mobile_of(cell: Cell) -> str:
    """Digits of a mobile without +86, spaces and hyphens; what else there is stays and fails the pattern."""
    return mobile_key(written(cell))


def date_of(cell: Cell) -> date | None:
    """A date cell, or a text that names a day; None = no date."""
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    return date_in(text_of(cell))
