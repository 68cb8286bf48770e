"""Turns cells into clean texts and dates, without the traces of Excel and of copy-and-paste (D11)."""

import re
from datetime import date, datetime

from chassis.normalization import code_key, half_width, mobile_key, unwrapped
from member_svc.domain.roster.cell_kinds import Cell
from member_svc.domain.roster.dates import date_in

SCIENTIFIC = re.compile(r"[0-9]+\.[0-9]+E\+?[0-9]+|[0-9]+E\+[0-9]+")
#: Excel stores 15 digits, so a longer number has lost digits.
EXACT_DIGITS = 15


def text_of(cell: Cell) -> str:
    """The text of a cell: trimmed, half-width, without invisible characters; a number without a trailing ".0"."""
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
    """The text of a cell as typed. Callers normalize it, because names, tags and units have different rules."""
    return unwrapped(cell) if isinstance(cell, str) else text_of(cell)


def compact_of(cell: Cell) -> str:
    """The cell as a document number or a code: no spaces, no leading apostrophe, ASCII digits, upper case (x → X)."""
    return code_key(written(cell))


def is_number(cell: Cell) -> bool:
    """Whether digits are possibly lost, because the cell is no text or is a text in scientific notation."""
    if isinstance(cell, str):
        code = code_key(cell)
        return "E" in code and SCIENTIFIC.fullmatch(code) is not None
    return True


def keeps_digits(cell: Cell) -> bool:
    """Whether the cell still has every digit that was typed."""
    if isinstance(cell, str):
        return not is_number(cell)
    return isinstance(cell, int | float) and float(cell).is_integer() and 0 <= cell < 10**EXACT_DIGITS


def mobile_of(cell: Cell) -> str:
    """A mobile number without +86, spaces and hyphens. Other characters stay, so that MOBILE_PATTERN rejects them."""
    return mobile_key(written(cell))


def date_of(cell: Cell) -> date | None:
    """The date of a date cell or of a text that is a date, or None."""
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    return date_in(text_of(cell))
