"""The error workbook: the rejected rows with their original cells and the reasons, to be corrected (D08)."""

import io
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from chassis.files import Style, WorkbookWriter, error_cell, number_cell, text_cell
from member_svc.domain.roster.headings import REASON, heading_of
from member_svc.roster.originals import Shown

SHEET = "错误数据"


class ErrorWorkbook:
    """`with ErrorWorkbook(headings) as book: book.add(cells, reason)`; afterwards `book.data()`."""

    def __init__(self, headings: Sequence[Shown]) -> None:
        # It is possible that the handler uploaded a corrected error workbook. Its column with the old reasons is left
        # out, because `add` writes the new reasons.
        self._places = [place for place, text in enumerate(headings) if heading_of(str(text)) != REASON]
        self._headings = [headings[place] for place in self._places]
        self._file = io.BytesIO()
        columns = [(22, Style.TEXT) for _ in self._headings] + [(80, Style.TEXT)]
        self._book = WorkbookWriter(self._file, SHEET, columns, frozen=True)

    def __enter__(self) -> Self:
        self._book.__enter__()
        self._book.add([_row([*self._headings, REASON], Style.HEADING)])
        return self

    def add(self, cells: Sequence[Shown], reason: str) -> None:
        line = [cells[place] if place < len(cells) else "" for place in self._places]
        self._book.add([_row([*line, reason], Style.TEXT)])

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._book.__exit__(kind, error, at)

    def data(self) -> bytes:
        """The finished workbook."""
        return self._file.getvalue()


def _row(cells: Sequence[Shown], style: Style) -> list[str]:
    return [_cell(cell, style) for cell in cells]


def _cell(cell: Shown, style: Style) -> str:
    if isinstance(cell, dict):
        # A cell that contained an error of the spreadsheet, such as #N/A, is written as such an error again. So the row
        # is rejected until the handler corrects the cell.
        return error_cell(cell["error"], style)
    if isinstance(cell, str):
        return text_cell(cell, style)
    return number_cell(int(cell) if float(cell).is_integer() else cell, style)
