"""Reads the plain rows of a sheet by regular expressions. This takes a fraction of the time that the parser needs.

A row is plain if it is not hidden, its cells ascend from left to right, and each cell holds nothing, a text or a
number. A row is not plain if the reader of the sheet would refuse it, or if one of its cells needs special care, for
example a text with an escaped character.
"""

import re
from typing import Any, Protocol

from member_svc.workbook.formats import shown
from member_svc.workbook.references import column_index
from member_svc.workbook.shared import Shared
from member_svc.workbook.texts import ESCAPED, MOST_KEPT, PLAIN_TEXT
from member_svc.workbook.wire import CELL_SIZE, pack_cell

#: A cell. If the row has a row number, the reference of each cell (`B7`) ends with this number. If the row has none,
#: its cells have no reference.
_CELL = (
    r'<c(?: r="{letters}{row}")?(?: s="{style}")?(?:/>|'
    r' t="inlineStr"><is><t(?: xml:space="preserve")?>{text}</t></is></c>|'
    r' t="s"><v>{string}</v></c>|(?: t="n")?><v>{number}</v></c>)'
)
_PARTS = {
    "letters": "[A-Z]{1,3}",
    "style": "[0-9]{1,5}",
    "text": PLAIN_TEXT,
    "string": "[0-9]{1,7}",
    "number": r"-?[0-9]{1,15}(?:\.[0-9]{1,17})?",
}
ROW = re.compile(
    r'<row(?: r="(?P<number>[1-9][0-9]{0,6})")?(?: spans="[0-9: ]*")?(?: s="[0-9]{1,5}")?(?: customFormat="1")?'
    r'(?: ht="[1-9][0-9]{0,3}(?:\.[0-9]{1,17})?")?(?: customHeight="1")?(?: x14ac:dyDescent="[0-9.]*")?>'
    f"(?P<cells>(?:{_CELL.format(row='(?P=number)', **_PARTS)})*+)</row>"
)
CELL = re.compile(_CELL.format(row="[0-9]+", **{name: f"({pattern})" for name, pattern in _PARTS.items()}))
#: How many converted numbers are kept for reuse. Dates are numbers, and many people joined on the same day.
MOST_SHOWN = 4096


class RowReader(Protocol):
    """The reader of the sheet (`SheetReader`), to which plain rows are added."""

    def is_between_rows(self) -> bool: ...

    def add_plain(self, number: str | None, line: list[Any], characters: int, size: int) -> bool: ...

    def end_plain(self, number: str | None, line: list[Any], column: int) -> None: ...


class PlainRows:
    """Adds the plain rows to the reader of the sheet."""

    before = re.compile(b"<sheetData>|</row>")
    closing = "</row>"

    def __init__(self, reader: RowReader, shared: Shared) -> None:
        self._reader = reader
        self._shared = shared
        self._columns = _Columns()
        self._shown: dict[tuple[str, str], Any] = {}
        self._last: tuple[str | None, list[Any], int] = None, [], -1

    def is_ready(self) -> bool:
        return self._reader.is_between_rows()

    def read(self, text: str, start: int) -> int:
        first = start
        while (row := ROW.match(text, start)) and self._add(row):
            start = row.end()
        if start > first:
            self._reader.end_plain(*self._last)
        return start

    def _add(self, row: re.Match[str]) -> bool:
        """Add the row to the reader. Returns False and changes nothing if the row is not plain."""
        cells = row["cells"]
        if _needs_care(cells):
            return False
        line: list[Any] = []
        column = -1
        characters = others = 0
        for letters, style, text, string, number in CELL.findall(cells):
            following = self._columns[letters] if letters else column + 1
            if following <= column:
                return False
            column = following
            if text:
                cell = text
            elif string:
                cell = self._string(int(string))
            elif number:
                cell = self._number(style, number)
            else:
                continue
            if cell is None:
                return False
            if isinstance(cell, str):
                if not cell:
                    continue
                characters += len(cell)
            else:
                others += 1
            if column > len(line):
                line += [None] * (column - len(line))
            line.append(cell)
        is_plain = self._reader.add_plain(row["number"], line, characters, characters + others * CELL_SIZE)
        if is_plain:
            self._last = row["number"], line, column
        return is_plain

    def _string(self, place: int) -> str | None:
        """The shared string with this number. None if there is no such string, or if it needs special care."""
        strings = self._shared.strings
        text = strings[place] if place < len(strings) else None
        return None if text is None or len(text) > MOST_KEPT or _needs_care(text) else text

    def _number(self, style: str, number: str) -> Any:
        """The packed value that the cell shows. None if the value needs special care."""
        found = self._shown.get((style, number))
        if found is None:
            cell = shown(float(number), self._shared.format(int(style or 0)), since_1904=self._shared.since_1904)
            found = pack_cell(cell)
            if isinstance(found, str) and (len(found) > MOST_KEPT or _needs_care(found)):
                return None
            if len(self._shown) < MOST_SHOWN:
                self._shown[style, number] = found
        return found


class _Columns(dict[str, int]):
    """The index of a column by its letters."""

    def __missing__(self, letters: str) -> int:
        column = self[letters] = column_index(letters)
        return column


def _needs_care(text: str) -> bool:
    """Whether the text possibly has a pasted error such as #N/A, or an escaped character such as _x000D_."""
    return "#" in text or "＃" in text or ESCAPED in text
