"""Rejected rows as they stood in the file, kept sealed for the error workbook (D08)."""

from collections.abc import Sequence
from datetime import timedelta

import orjson

from member_svc.domain.roster.cell_kinds import Cell, ErrorCell, MergedCell, UncomputedCell, UnshownCell
from member_svc.domain.roster.cells import text_of
from member_svc.workbook.sheet import LAST_COLUMN, MOST_KEPT

#: A cell as the error workbook shows it again: a number stays a number, so that a correction is needed all the same.
#: What could not be read is an error cell, {"error": "#N/A"}, for the same reason.
Shown = str | int | float | dict[str, str]
#: What every Excel takes in an error cell.
WRITABLE_ERRORS = frozenset({"#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!"})

#: How long a handler may come for the rows to be corrected; they hold people, so they do not stay for ever.
KEPT_FOR = timedelta(days=30)
#: As many as a sheet may have here: a column left out would come back empty with the corrected rows.
MOST_COLUMNS = LAST_COLUMN
MOST_TEXT = MOST_KEPT


def pack(line: Sequence[Cell | None]) -> bytes:
    """A row's cells as bytes, ready to be sealed."""
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
