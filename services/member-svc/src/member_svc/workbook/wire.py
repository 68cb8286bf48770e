"""The packed form of rows. The child process keeps rows in this form to save memory, and sends them to the service."""

import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import orjson

from member_svc.domain.roster.cell_kinds import (
    BlankFormulaCell,
    Cell,
    ErrorCell,
    MergedCell,
    UncomputedCell,
    UnshownCell,
)

#: The row number that Excel shows, whether the row is hidden, and the cells by column index. A blank cell is None.
PackedRow = tuple[int, bool, list[Any]]
ROWS_AT_ONCE = 1000
#: A portion of rows ends after `ROWS_AT_ONCE` rows, or earlier if their texts have more characters than this.
TEXT_AT_ONCE = 500_000
#: A cell without text counts as this many characters, because its JSON is about as long.
CELL_SIZE = 32
#: A packed BlankFormulaCell.
BLANK_FORMULA = {"blank": True}


class Rows:
    """The packed rows of a sheet. 100,000 rows take a few megabytes."""

    def __init__(self) -> None:
        self._open: list[PackedRow] = []
        self._text = 0
        self._closed: list[bytes] = []

    def add(self, row: PackedRow) -> None:
        self._open.append(row)
        self._text += text_in(row[2])
        if len(self._open) >= ROWS_AT_ONCE or self._text > TEXT_AT_ONCE:
            self.close()

    def close(self) -> None:
        if self._open:
            self._closed.append(zlib.compress(orjson.dumps(self._open), 1))
            self._open, self._text = [], 0

    def __iter__(self) -> Iterator[PackedRow]:
        for packed in self._closed:
            yield from orjson.loads(zlib.decompress(packed))


def text_in(line: Sequence[Any]) -> int:
    """The size of the row in characters. A blank cell counts 0, any other cell without text counts `CELL_SIZE`."""
    return sum(len(cell) if isinstance(cell, str) else CELL_SIZE for cell in line if cell is not None)


def pack_cell(cell: Cell | None) -> Any:
    """The cell as JSON. A cell that JSON cannot express becomes an object with one field."""
    if isinstance(cell, ErrorCell):
        return {"error": cell.text}
    if isinstance(cell, UncomputedCell):
        return {"uncomputed": True}
    if isinstance(cell, MergedCell):
        return {"merged": cell.shown}
    if isinstance(cell, BlankFormulaCell):
        return BLANK_FORMULA
    if isinstance(cell, UnshownCell):
        return {"unshown": True}
    if isinstance(cell, date):
        return {"date": cell.isoformat()}
    return cell


def unpack_cell(packed: Any) -> Cell | None:
    if not isinstance(packed, dict):
        return packed  # type: ignore[no-any-return]
    [(kind, value)] = packed.items()
    if kind == "date":
        return datetime.fromisoformat(value) if "T" in value else date.fromisoformat(value)
    if kind == "error":
        return ErrorCell(value)
    if kind == "merged":
        return MergedCell(value)
    return OTHERS[kind]()


OTHERS: Mapping[str, Callable[[], Cell]] = {
    "unshown": UnshownCell,
    "uncomputed": UncomputedCell,
    "blank": BlankFormulaCell,
}


def unpack_line(line: Sequence[Any]) -> list[Cell | None]:
    return [unpack_cell(cell) for cell in line]
