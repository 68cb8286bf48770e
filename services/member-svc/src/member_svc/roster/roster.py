"""Reads a sheet as a roster. Columns are found by their headings. Row numbers are those of Excel (A18, D08, D11)."""

import re
from array import array
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from member_svc.domain.roster.cell_kinds import BlankFormulaCell, Cell, UnreadableCell
from member_svc.domain.roster.cells import text_of
from member_svc.domain.roster.headings import COLUMNS, REASON, REQUIRED, column_of, heading_of
from member_svc.domain.roster.refused_files import ColumnMissing, ColumnTwice, NoRows, SheetEmpty, TooManyRows
from member_svc.roster.merged_cells import MergedCells, refuse_overlaps
from member_svc.workbook.sheet import MOST_ROWS, SheetReader
from member_svc.workbook.wire import BLANK_FORMULA, PackedRow, Portion, unpack_cell, unpack_line

#: Headings are searched in this many rows from the top, because titles and notes can come before the headings.
HEADING_WITHIN = 10
NO_HEADINGS = (
    f"在工作表的前{HEADING_WITHIN}行中没有找到列标题（{'、'.join(REQUIRED)}），"
    f"请使用最新模板，或删除上方多余的行，使列标题位于前{HEADING_WITHIN}行内"
)
#: A text that begins with one of these characters is surely not blank.
SEEN = re.compile(r"[0-9A-Za-z\u4e00-\u9fff]")
LONGEST_HEADING = 40
MOST_NAMED = 30


class Row(NamedTuple):
    """A data row.

    `number` is the row number in the sheet. `cells` has the known columns only, and `line` has all columns. `filled`
    names the columns whose value comes from a merged cell further up. `blank_formulas` names the columns with a formula
    whose result is empty.
    """

    number: int
    cells: dict[str, Cell]
    line: Sequence[Cell | None] = ()
    is_hidden: bool = False
    filled: tuple[str, ...] = ()
    blank_formulas: tuple[str, ...] = ()


class Roster:
    """A sheet with the required headings. Raises a RefusedFile that names the fault of the sheet.

    A *known* column is a column whose heading the import knows. A *data row* is a row below the headings with something
    in a known column.
    """

    def __init__(self, name: str, sheet: SheetReader) -> None:
        self.sheet = name
        self._sheet = sheet
        self.heading_row, self.headings = self._find_headings()
        self.places = _places(self.headings)
        refuse_overlaps(sheet.merges, self.places.values())
        self.hidden_rows = self.aside_rows = 0
        self._used: set[int] = set()
        #: For each length of a line: the columns that are neither known nor in `_used` yet.
        self._unused: dict[int, list[int]] = {}
        self._numbers = array("I", self._count())

    @property
    def total(self) -> int:
        """The number of data rows."""
        return len(self._numbers)

    @property
    def blank_rows(self) -> int:
        """The number of rows with nothing in a known column, from below the headings to the last value of the sheet."""
        return max(self._sheet.last_row - self.heading_row, 0) - self.total

    def count(self) -> int:
        """The number of data rows. Raises NoRows if it is 0."""
        if not self.total:
            raise NoRows
        return self.total

    def packed_portions(self) -> Iterator[Portion | list[PackedRow]]:
        """Data rows in order. A portion stays packed if all its rows are data rows and no merged cell touches them."""
        merged = MergedCells(self._sheet.merges, self.places, self._numbers)
        place = 0
        for portion in self._sheet.rows.portions:
            following = bisect_right(self._numbers, portion.last, place)
            if following - place == portion.rows and not merged.touch(portion.first, portion.last):
                yield portion
            else:
                yield list(self._resolved(portion, self._numbers[place:following], merged))
            place = following

    def packed_rows(self) -> Iterator[PackedRow]:
        """Data rows in order, with merged cells resolved."""
        for portion in self.packed_portions():
            yield from portion.unpacked() if isinstance(portion, Portion) else portion

    def _resolved(self, portion: Portion, numbers: Sequence[int], merged: MergedCells) -> Iterator[PackedRow]:
        """Those rows of the portion whose row numbers are in `numbers`.

        Merged cells are resolved in all rows of the portion, because a merged range can begin in a row that is left
        out.
        """
        expected = iter(numbers)
        next_number = next(expected, 0)
        for number, is_hidden, line in portion.unpacked():
            filled = merged.resolve(number, line)
            if number == next_number:
                yield number, is_hidden, line, filled
                next_number = next(expected, 0)

    def rows(self) -> Iterator[Row]:
        """Data rows in order. Each row keeps the row number that it has in the sheet."""
        return (unpack_row(packed, self.places) for packed in self.packed_rows())

    def unused_columns(self) -> list[str]:
        """The headings of columns that are neither empty nor imported.

        A column without a heading is named by its letters.
        """
        unused = sorted(self._used - set(self.places.values()))
        named = [self._name(place) for place in unused if heading_of(self._heading(place)) != REASON]
        return named if len(named) <= MOST_NAMED else [*named[:MOST_NAMED], f"等{len(named)}列"]

    def hidden_columns(self) -> list[str]:
        """Known columns that the sheet hides. They are imported anyway."""
        ranges = self._sheet.hidden_columns
        return [name for name, place in self.places.items() if any(a <= place <= b for a, b in ranges)]

    def _count(self) -> Iterator[int]:
        known = tuple(self.places.values())
        for count, (number, is_hidden, line) in enumerate(self._below_headings()):
            self._note_used(line)
            if any(place < len(line) and _has_something(line[place]) for place in known):
                self.hidden_rows += is_hidden
                yield number
            else:
                self.aside_rows += 1
            if count - self.aside_rows >= MOST_ROWS:
                raise TooManyRows

    def _note_used(self, line: Sequence[Any]) -> None:
        """Add the columns of the line's cells to `_used`.

        Known columns are left out, because `unused_columns` does not need them.
        """
        width = len(line)
        unused = self._unused.get(width)
        if unused is None:
            seen = {*self.places.values(), *self._used}
            unused = self._unused[width] = [place for place in range(width) if place not in seen]
        if found := [place for place in unused if line[place] is not None and line[place] != BLANK_FORMULA]:
            self._used.update(found)
            self._unused.clear()

    def _below_headings(self) -> Iterator[tuple[int, bool, list[Any]]]:
        return (row for row in self._sheet.rows if row[0] > self.heading_row)

    def _find_headings(self) -> tuple[int, list[str]]:
        """The number and the texts of the heading row. It is the row with the most known headings. If the headings take
        several rows, `_lowest_headings` combines them.
        """
        best, most = (0, [""]), 0
        rows = self._heading_rows()
        for number, texts in rows.items():
            known = len({column_of(text) for text in texts} - {None})
            if known > most:
                best, most = (number, texts), known
        if not rows and not self._sheet.rows_with_values:
            raise SheetEmpty
        if not most:
            raise ColumnMissing(NO_HEADINGS, column=REQUIRED[0])
        _check_headings(best[1])
        return self._lowest_headings(best, rows)

    def _heading_rows(self) -> dict[int, list[str]]:
        """The texts of the first rows. A cell merged over several rows shows its text in each of these rows."""
        rows: dict[int, list[str]] = {}
        for number, _, line in self._sheet.rows:
            if number > HEADING_WITHIN:
                break
            rows[number] = [_text(cell) for cell in line]
        for merge in self._sheet.merges:
            top = rows.get(merge.top, [])
            if merge.left < len(top) and merge.bottom <= HEADING_WITHIN:
                for number in range(merge.top + 1, merge.bottom + 1):
                    below = rows.setdefault(number, [])
                    below += [""] * (merge.left + 1 - len(below))
                    below[merge.left] = below[merge.left] or top[merge.left]
        return dict(sorted(rows.items()))

    def _lowest_headings(self, best: tuple[int, list[str]], rows: dict[int, list[str]]) -> tuple[int, list[str]]:
        """The last heading row, and the lowest heading of each column.

        Headings can take several rows. For example, all required headings are merged over two rows, and 联系方式 stands
        above 手机号码. Then the heading is 手机号码. A row that repeats all required headings is a heading row, too.
        """
        number, texts = best
        required = [place for place, text in enumerate(texts) if column_of(text) in REQUIRED]
        while (below := rows.get(number + 1)) and all(below[p : p + 1] == [texts[p]] for p in required):
            width = max(len(below), len(texts))
            pairs = zip(_padded(below, width), _padded(texts, width), strict=True)
            number, texts = number + 1, [lower or upper for lower, upper in pairs]
        _check_headings(texts)
        return number, texts

    def _heading(self, place: int) -> str:
        return self.headings[place] if place < len(self.headings) else ""

    def _name(self, place: int) -> str:
        return self._heading(place)[:LONGEST_HEADING] or f"{letters_of(place)}列（无标题）"


def unpack_row(packed: Sequence[Any], places: dict[str, int]) -> Row:
    """Unpack a row that the child process has packed."""
    number, is_hidden, line = packed[:3]
    filled = packed[3] if len(packed) > 3 else ()
    packs = dict in map(type, line)
    cells = unpack_line(line) if packs else line
    width = len(cells)
    known = {column: cell for column, p in places.items() if p < width and (cell := cells[p]) is not None}
    blank = _blank_formulas(known) if packs else ()
    found = {column: cell for column, cell in known.items() if column not in blank} if blank else known
    return Row(number, found, cells, is_hidden, tuple(filled), blank)


def _blank_formulas(cells: dict[str, Cell]) -> tuple[str, ...]:
    return tuple(column for column, cell in cells.items() if isinstance(cell, BlankFormulaCell))


def letters_of(place: int) -> str:
    """Excel's letters for a column index that starts at 0."""
    letters, number = "", place + 1
    while number:
        number, digit = divmod(number - 1, 26)
        letters = chr(65 + digit) + letters
    return letters


def _places(headings: Sequence[str]) -> dict[str, int]:
    return {column: place for place, text in enumerate(headings) if (column := column_of(text))}


def _check_headings(headings: Sequence[str]) -> None:
    known = [(column, text) for text in headings if (column := column_of(text))]
    for column in REQUIRED:
        if column not in dict(known):
            message = f"缺少必需的列“{column}”，请使用最新模板，或补上该列标题（列标题须在前{HEADING_WITHIN}行内）"
            raise ColumnMissing(message, column=column)
    for column in COLUMNS:
        words = [heading_of(text) for known_column, text in known if known_column == column]
        if len(set(words)) > 1:
            quoted = "”和“".join(dict.fromkeys(words))
            raise ColumnTwice(f"列标题“{quoted}”表示同一项“{column}”，请只保留一列", column=column)
        if len(words) > 1:
            raise ColumnTwice(f"列标题“{column}”出现了两次，请只保留一列", column=column)


def _text(packed: Any) -> str:
    cell = unpack_cell(packed)
    return "" if cell is None or isinstance(cell, UnreadableCell) else text_of(cell)


def _has_something(packed: Any) -> bool:
    if isinstance(packed, str):
        return SEEN.match(packed) is not None or bool(text_of(packed))
    return packed is not None and packed != BLANK_FORMULA


def _padded(texts: Sequence[str], width: int) -> list[str]:
    return [*texts, *[""] * (width - len(texts))]
