"""The packed form of rows. The child process keeps rows in this form to save memory, and sends them to the service."""

import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

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
SheetRow = tuple[int, bool, list[Any]]
#: A `SheetRow`, in some rows with one more item: the columns whose value comes from a merged cell further up.
PackedRow = SheetRow | tuple[int, bool, list[Any], list[str]]
ROWS_AT_ONCE = 1000
#: A portion of rows ends after `ROWS_AT_ONCE` rows, or earlier if their texts have more characters than this.
TEXT_AT_ONCE = 500_000
#: A cell without text counts as this many characters, because its JSON is about as long.
CELL_SIZE = 32
#: A packed BlankFormulaCell.
BLANK_FORMULA = {"blank": True}


#: Only the portions after this many bytes are compressed. Compressing takes longer than packing, and only large sheets
#: need the memory that it saves.
MOST_PLAIN_BYTES = 8 * 1024 * 1024


class Portion(NamedTuple):
    """Some rows in order, as JSON, possibly compressed. `first` and `last` are the numbers of the first and the last
    row.
    """

    first: int
    last: int
    rows: int
    data: bytes
    is_compressed: bool

    def json(self) -> bytes:
        return zlib.decompress(self.data) if self.is_compressed else self.data

    def unpacked(self) -> list[SheetRow]:
        rows: list[SheetRow] = orjson.loads(self.json())
        return rows


class Rows:
    """The packed rows of a sheet. 100,000 rows take some megabytes."""

    def __init__(self) -> None:
        self._open: list[SheetRow] = []
        self._text = 0
        self._plain_bytes = 0
        self.portions: list[Portion] = []

    def add(self, row: SheetRow, size: int) -> None:
        """Add a row; `size` is the result of `text_in`."""
        self._open.append(row)
        self._text += size
        # The first portion has one row more, the headings, so that all portions have the same number of people.
        most = ROWS_AT_ONCE if self.portions else ROWS_AT_ONCE + 1
        if len(self._open) >= most or self._text > TEXT_AT_ONCE:
            self.close()

    def close(self) -> None:
        if not self._open:
            return
        data = orjson.dumps(self._open)
        self._plain_bytes += len(data)
        is_compressed = self._plain_bytes > MOST_PLAIN_BYTES
        kept = zlib.compress(data, 1) if is_compressed else data
        self.portions.append(Portion(self._open[0][0], self._open[-1][0], len(self._open), kept, is_compressed))
        self._open, self._text = [], 0

    def __iter__(self) -> Iterator[SheetRow]:
        for portion in self.portions:
            yield from portion.unpacked()


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
    return [unpack_cell(cell) if isinstance(cell, dict) else cell for cell in line]
