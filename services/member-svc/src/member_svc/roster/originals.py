"""The original cells of rejected rows, stored sealed for the error workbook (D08)."""

from collections.abc import Sequence
from datetime import timedelta

import orjson

from member_svc.domain.roster.cell_kinds import Cell, ErrorCell, MergedCell, UncomputedCell, UnshownCell
from member_svc.domain.roster.cells import text_of
from member_svc.workbook.sheet import LAST_COLUMN
from member_svc.workbook.texts import MOST_KEPT

#: A cell as the error workbook shows it. The import rejects document numbers in number cells, because Excel possibly
#: rounded them. Such a cell stays a number cell, so that the next upload rejects it again. In a text cell, the next
#: upload would accept the rounded number. A cell that could not be read becomes an error cell, {"error": "#N/A"}, so
#: that the next upload rejects it, too.
Shown = str | int | float | dict[str, str]
#: The error texts that every version of Excel accepts in an error cell.
WRITABLE_ERRORS = frozenset({"#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!"})

#: How long a handler can download the rejected rows. The rows hold personal data, so they are deleted after this time.
KEPT_FOR = timedelta(days=30)
#: All columns that a sheet can have. If the error workbook left a column out, the column would be empty when the
#: handler uploads the corrected rows.
MOST_COLUMNS = LAST_COLUMN
MOST_TEXT = MOST_KEPT


def pack(line: Sequence[Cell | None]) -> bytes:
    """The cells of a row as bytes, ready to be sealed."""
    return orjson.dumps([_shown(cell) for cell in line[:MOST_COLUMNS]])


def unpack(data: bytes) -> list[Shown]:
    """The cells of a packed row."""
    return [cell if cell is not None else "" for cell in orjson.loads(data)]


def _shown(cell: Cell | None) -> Shown:
    if cell is None:
        return ""
    if isinstance(cell, MergedCell) and cell.shown is not None:
        cell = cell.shown
    if isinstance(cell, ErrorCell | UncomputedCell | MergedCell | UnshownCell):
        return {"error": str(cell) if str(cell) in WRITABLE_ERRORS else "#VALUE!"}
    if isinstance(cell, str):
        return cell[:MOST_TEXT]
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return cell
    return text_of(cell)
