"""Cells of a sheet as clean text: what Excel and copy-and-paste do to them is undone here (D11)."""

import re
import unicodedata
from datetime import date, datetime

from member_svc.cell_kinds import Cell
from member_svc.dates import date_in

#: Full-width ASCII and the ideographic space. NFKC would also rewrite rare characters of names.
HALF_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20, 0x00A0: 0x20}
FULL_WIDTH = re.compile("[！-～]")
SCIENTIFIC = re.compile(r"\d+\.\d+E\+?\d+|\d+E\+\d+", re.IGNORECASE)
#: Above this a number cell has lost digits.
EXACT_DIGITS = 15


def text_of(cell: Cell) -> str:
    """Trimmed, half-width, without invisible characters; numbers without a trailing ".0"."""
    if isinstance(cell, str):
        return _clean(cell)
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 10**EXACT_DIGITS:
        return str(int(cell))
    return str(cell)


def _clean(text: str) -> str:
    if text.isprintable() and not FULL_WIDTH.search(text):
        return text.strip()
    half = text.translate(HALF_WIDTH)
    # Copied cells bring zero-width spaces and direction marks along.
    kept = (" " if c in "\t\r\n" else c for c in half if c in "\t\r\n" or unicodedata.category(c)[0] != "C")
    return "".join(kept).strip()


def compact_of(cell: Cell) -> str:
    """For numbers and codes: no spaces, no leading apostrophe, upper case (x → X)."""
    return "".join(text_of(cell).split()).lstrip("'’‘`").upper()


def is_number(cell: Cell) -> bool:
    """Whether digits may be lost: a numeric cell, or scientific notation that became text."""
    if isinstance(cell, str):
        return SCIENTIFIC.fullmatch(_clean(cell).replace(" ", "")) is not None
    return True


def keeps_digits(cell: Cell) -> bool:
    """Whether every digit of the cell is what was typed."""
    if isinstance(cell, str):
        return not is_number(cell)
    return isinstance(cell, int | float) and float(cell).is_integer() and 0 <= cell < 10**EXACT_DIGITS


def mobile_of(cell: Cell) -> str:
    """Digits of a mobile without +86, spaces and hyphens; what else there is stays and fails the pattern."""
    digits = re.sub(r"[\s\-()]", "", text_of(cell))
    return re.sub(r"^(\+|00)?86(?=1\d{10}$)", "", digits)


def date_of(cell: Cell) -> date | None:
    """A date cell, or a text that names a day; None = no date."""
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    return date_in(text_of(cell))
