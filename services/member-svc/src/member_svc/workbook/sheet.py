"""Reads the rows of one sheet in one pass over its XML.

Empty rows, and empty cells to the right of a row's last value, cost no memory.
"""

from datetime import date, datetime
from typing import Any, NamedTuple

from chassis.domain import SHANGHAI
from chassis.normalization import half_width
from member_svc.domain.roster.cell_kinds import EXCEL_ERRORS, BlankFormulaCell, Cell, ErrorCell, UncomputedCell
from member_svc.domain.roster.refused_files import FileUnreadable, SheetTooLarge, TooManyRows
from member_svc.workbook.archive import Archive
from member_svc.workbook.formats import NumberFormat, shown
from member_svc.workbook.plain_rows import PlainRows
from member_svc.workbook.references import REFERENCE, column_index
from member_svc.workbook.shared import Shared
from member_svc.workbook.texts import MOST_IN_CELL, MOST_KEPT, TextBudget, TextRuns, unescape
from member_svc.workbook.wire import BLANK_FORMULA, Rows, pack_cell, text_in
from member_svc.workbook.xml import is_true, local, parse

MOST_ROWS = 100_000
#: The maximum size of the area with values: the last row with a value times the last column with a value. It is enough
#: for 100,000 rows of 12 columns.
MOST_CELLS = 1_200_000
LAST_ROW, LAST_COLUMN = 1_048_576, 16_384
MOST_MERGES = 100_000
#: A row lower than this (in points), or a column narrower than this (in characters), counts as hidden.
LEAST_SEEN = 0.1
#: Error texts, such as #N/A, are not longer than this.
MOST_ERROR = 30


class Merge(NamedTuple):
    """A rectangle of merged cells, with its first and last row and column. Rows count from 1, columns from 0."""

    top: int
    left: int
    bottom: int
    right: int


class SheetReader:
    """The functions that expat calls for the tags and texts of a sheet. They collect the rows.

    Row numbers must ascend, and a row must not have two values in the same column. Any other file is refused as
    unreadable, because one of two people in the same place would be lost. Excel also calls such a file damaged.
    """

    def __init__(self, shared: Shared) -> None:
        self.rows = Rows()
        self.merges: list[Merge] = []
        self.hidden_columns: list[tuple[int, int]] = []
        self.last_row = self.last_column = self.rows_with_values = 0
        self._shared = shared
        self._budget, self._runs = TextBudget(), TextRuns()
        self._letters: dict[str, int] = {}
        self._in_data = self._in_cell = self._collects = False
        self._depth = 0
        self._number = self._previous = 0
        self._number_known = self._hidden = False
        self._cells: dict[int, Cell] = {}
        self._blank_formulas: list[int] = []
        self._column = -1
        self._attributes: dict[str, str] = {}
        self._has_formula = False
        self._value: list[str] | None = None
        self._value_length = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = local(tag)
        if not self._in_data:
            self._start_outside(name, attributes)
            return
        self._depth += 1
        if name == "c":
            self._start_cell(attributes)
        elif name == "v":
            self._value, self._value_length, self._collects = [], 0, self._in_cell
        elif name == "f":
            self._has_formula = True
        elif name == "row":
            self._start_row(attributes)
        else:
            self._runs.start(name)

    def text(self, text: str) -> None:
        if self._collects:
            assert self._value is not None
            self._value_length += len(text)
            if self._value_length > MOST_IN_CELL:
                self._budget.spend(self._value_length)
            self._value.append(text)
        elif self._in_cell:
            self._runs.text(text)

    def end(self, tag: str) -> None:
        name = local(tag)
        if not self._in_data:
            return
        self._depth -= 1
        if name == "v":
            self._collects = False
        elif name == "c":
            self._end_cell()
        elif name == "row":
            self._end_row()
        elif name == "sheetData":
            self._in_data = False
            self.rows.close()
        else:
            self._runs.end(name)

    def is_between_rows(self) -> bool:
        """Whether every row and cell that has begun has also ended."""
        return self._in_data and self._depth == 0 and self._runs.is_outside()

    def add_plain(self, number: str | None, line: list[Any], characters: int, size: int) -> bool:
        """Add a row that `PlainRows` has read. Returns False and changes nothing if this reader would refuse the row.

        `number` is None for a row without a number, `characters` is the length of all texts in the row, and `size` is
        the size of the row as `text_in` counts it.
        """
        row = int(number) if number else self._previous + 1
        width = max(self.last_column, len(line))
        if not self._previous < row <= LAST_ROW or width > LAST_COLUMN or not self._budget.has(characters):
            return False
        self._number = self._previous = row
        if not line:
            return True
        self._budget.spend_all(characters)
        self._extend_used_range(row, len(line))
        self.rows_with_values += 1
        if not self._is_too_large():
            self.rows.add((row, False, line), size)
        return True

    def end_plain(self, number: str | None, line: list[Any], column: int) -> None:
        """Make the last plain row the current row. A damaged file can have cells after the end of a row. These cells
        are read as cells of the row that has just ended.

        `column` is the column of the last cell of the row. This cell can be empty.
        """
        self._number_known, self._column = number is not None, column
        self._cells = {place: cell for place, cell in enumerate(line) if cell is not None}
        self._blank_formulas = []

    def check(self) -> None:
        """Raises TooManyRows or SheetTooLarge if the area of the values has more than `MOST_CELLS` cells."""
        if not self._is_too_large():
            return
        if self.rows_with_values > MOST_ROWS + 1:
            raise TooManyRows
        raise SheetTooLarge(rows=self.last_row, columns=self.last_column)

    def _is_too_large(self) -> bool:
        return self.last_row * self.last_column > MOST_CELLS

    def _start_outside(self, name: str, attributes: dict[str, str]) -> None:
        if name == "sheetData":
            self._in_data, self._depth = True, 0
        elif name == "mergeCell":
            self._merge(attributes.get("ref", ""))
        elif name == "col" and _is_hidden(attributes, "width") and len(self.hidden_columns) < LAST_COLUMN:
            self.hidden_columns.append((int(attributes["min"]) - 1, int(attributes["max"]) - 1))

    def _merge(self, reference: str) -> None:
        first, _, last = reference.partition(":")
        if len(self.merges) >= MOST_MERGES:
            raise SheetTooLarge(rows=self.last_row, columns=self.last_column)
        (left, top), (right, bottom) = self._place(first), self._place(last or first)
        if (top, left) != (bottom, right):
            self.merges.append(Merge(min(top, bottom), min(left, right), max(top, bottom), max(left, right)))

    def _start_row(self, attributes: dict[str, str]) -> None:
        self._cells = {}
        self._blank_formulas = []
        self._column = -1
        self._number_known = "r" in attributes
        self._number = int(attributes["r"]) if self._number_known else self._previous + 1
        self._hidden = _is_hidden(attributes, "ht")

    def _start_cell(self, attributes: dict[str, str]) -> None:
        reference = attributes.get("r")
        if reference is None:
            self._column += 1
        else:
            self._column, row = self._place(reference)
            if not self._number_known:
                self._number, self._number_known = row, True
            elif row != self._number:
                raise FileUnreadable
        self._in_cell, self._collects, self._has_formula, self._value = True, False, False, None
        self._attributes = attributes

    def _place(self, reference: str) -> tuple[int, int]:
        """The column (from 0) and the row (from 1)."""
        found = REFERENCE.fullmatch(reference)
        if found is None:
            raise FileUnreadable
        letters = found[1]
        column = self._letters.get(letters)
        if column is None:
            column = self._letters[letters[:9]] = column_index(letters)
        return column, int(found[2])

    def _end_cell(self) -> None:
        self._in_cell = False
        cell = self._read_cell()
        if isinstance(cell, BlankFormulaCell):
            self._blank_formulas.append(self._column)
            return
        if cell is None or cell == "":
            return
        if self._column in self._cells:
            raise FileUnreadable
        if isinstance(cell, str):
            self._budget.spend(len(cell))
            cell = _pasted_error(cell) or cell[:MOST_KEPT]
        self._extend_used_range(self._number, self._column + 1)
        self._cells[self._column] = cell

    def _extend_used_range(self, row: int, column: int) -> None:
        self.last_row = max(self.last_row, row)
        self.last_column = max(self.last_column, column)

    def _read_cell(self) -> Cell | None:
        kind = self._attributes.get("t", "n")
        runs = self._runs.pop()
        value = None if self._value is None else "".join(self._value)
        if self._has_formula and (value is None or (value == "" and kind != "str")):
            return UncomputedCell()
        if self._has_formula and value == "":
            return BlankFormulaCell()
        if kind == "inlineStr":
            return runs or unescape(value or "")
        if not value:
            return ErrorCell("#VALUE!") if kind == "e" else None
        if kind == "s":
            return self._shared_string(int(value))
        if kind == "n":
            return self._number_cell(value)
        return self._other_cell(kind, value)

    def _shared_string(self, place: int) -> str:
        if place < 0:
            raise FileUnreadable
        return self._shared.strings[place]

    def _other_cell(self, kind: str, value: str) -> Cell:
        if kind == "str":
            return unescape(value)
        if kind == "e":
            return ErrorCell(value[:20])
        if kind == "b":
            return is_true(value.strip())
        if kind == "d":
            return _iso(value)
        raise FileUnreadable

    def _number_cell(self, value: str) -> Cell:
        try:
            number = float(value)
        except ValueError:
            return ErrorCell("#NUM!")
        if number != number or number in (float("inf"), float("-inf")):
            return ErrorCell("#NUM!")
        if self._has_formula and number == 0:
            # This 0 is possibly no real value. A program that does not compute formulas stores 0 as the result, and
            # Excel computes 0 for a reference to a blank cell.
            return UncomputedCell()
        return shown(number, self._format(), since_1904=self._shared.since_1904)

    def _format(self) -> NumberFormat:
        return self._shared.format(int(self._attributes.get("s", 0)))

    def _end_row(self) -> None:
        if self._number <= self._previous:
            raise FileUnreadable
        self._previous = self._number
        if not self._cells:
            return
        if self._number > LAST_ROW or self.last_column > LAST_COLUMN:
            raise SheetTooLarge(rows=self.last_row, columns=self.last_column)
        self.rows_with_values += 1
        if self._is_too_large():
            return
        # Skip blank formulas to the right of all values so far, to save memory. For example, a blank formula in column
        # XFD would make the line 16,384 cells long.
        blank = [column for column in self._blank_formulas if column < self.last_column and column not in self._cells]
        line: list[Any] = [None] * (max([*self._cells, *blank]) + 1)
        for column in blank:
            line[column] = BLANK_FORMULA
        for column, cell in self._cells.items():
            line[column] = pack_cell(cell)
        self.rows.add((self._number, self._hidden, line), text_in(line))


def _is_hidden(attributes: dict[str, str], size: str) -> bool:
    """Whether the row or column is hidden, or too small to be seen."""
    return is_true(attributes.get("hidden")) or float(attributes.get(size) or 1) < LEAST_SEEN


def _pasted_error(text: str) -> ErrorCell | None:
    """The error, if the text is an error text such as #N/A that somebody pasted as a value. Otherwise None."""
    if "#" not in text[:MOST_ERROR] and "＃" not in text[:MOST_ERROR]:
        return None
    plain = half_width(text[:MOST_ERROR]).upper()
    return ErrorCell(plain) if plain in EXCEL_ERRORS else None


def _iso(value: str) -> date | datetime | ErrorCell:
    try:
        if "T" not in value:
            return date.fromisoformat(value)
        moment = datetime.fromisoformat(value)
        return moment.astimezone(SHANGHAI).replace(tzinfo=None) if moment.tzinfo else moment
    except (ValueError, OverflowError):
        return ErrorCell("#NUM!")


def read_sheet(archive: Archive, part: str, shared: Shared) -> SheetReader:
    """Read the whole sheet. Raises a RefusedFile that names the fault."""
    reader = SheetReader(shared)
    parse(archive.pieces(part), reader.start, reader.end, reader.text, PlainRows(reader, shared))
    reader.check()
    return reader
