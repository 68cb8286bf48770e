"""A roster file as rows: columns found by their headings, row numbers as Excel shows them (A18, D08, D11)."""

import io
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from member_svc.cells import Cell, text_of
from member_svc.refused_files import ColumnMissing, ColumnTwice, FileUnreadable, NoRows, SheetEmpty, TooManyRows
from member_svc.xlsx_guard import MOST_ROWS, check_inside

NAME = "姓名"
DOCUMENT_TYPE = "证件类型"
NUMBER = "证件号码"
MOBILE = "手机号"
TAG = "会员标签"
UNIT = "单位"
JOINED_ON = "入会日期"
SERVICE_CARD = "会员服务卡号"

COLUMNS = (NAME, DOCUMENT_TYPE, NUMBER, MOBILE, TAG, UNIT, JOINED_ON, SERVICE_CARD)
REQUIRED = (NAME, DOCUMENT_TYPE, NUMBER)
#: Titles and notes may stand above the headings; further down nobody looks for them.
HEADING_WITHIN = 10


class Row(NamedTuple):
    """A data row. `number` is the sheet's own; `cells` holds the known columns only, `line` all of them."""

    number: int
    cells: dict[str, Cell]
    line: Sequence[Cell] = ()


class Roster:
    """The first visible sheet of a workbook."""

    def __init__(self, sheet: CalamineSheet) -> None:
        self.sheet = sheet.name
        self._sheet = sheet
        self._heading_row, self.headings = _find_headings(sheet)
        known = [(heading_of(text), place) for place, text in enumerate(self.headings)]
        self._places = [(heading, place) for heading, place in known if heading in COLUMNS]

    def count(self) -> int:
        """How many data rows there are. Raises NoRows or TooManyRows."""
        count = 0
        for _ in self.rows():
            count += 1
            if count > MOST_ROWS:
                raise TooManyRows
        if count == 0:
            raise NoRows
        return count

    def rows(self) -> Iterator[Row]:
        """Data rows in order; rows without a value in a known column are skipped and keep their number."""
        places = self._places
        for number, cells in enumerate(self._sheet.iter_rows(), start=1):
            if number <= self._heading_row:
                continue
            found = {heading: cells[place] for heading, place in places if place < len(cells) and cells[place] != ""}
            if found and any(text_of(cell) for cell in found.values()):
                yield Row(number, found, cells)


def open_roster(data: bytes) -> Roster:
    """Raises a RefusedFile that says what is wrong with the file as a whole."""
    check_inside(data)
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(data))
        for index, sheet in enumerate(workbook.sheets_metadata):
            if sheet.visible is SheetVisibleEnum.Visible and sheet.typ is SheetTypeEnum.WorkSheet:
                return Roster(workbook.get_sheet_by_index(index))
    except (CalamineError, OSError, ValueError) as error:
        raise FileUnreadable from error
    except BaseException as error:
        # A panic of the reader, which is no Exception and would end the worker's task.
        if type(error).__name__ == "PanicException":
            raise FileUnreadable from error
        raise
    raise SheetEmpty


def _find_headings(sheet: CalamineSheet) -> tuple[int, list[str]]:
    """The row with the most known headings, and its texts. Raises ColumnMissing, ColumnTwice or SheetEmpty."""
    best, most = (0, [""]), 0
    for number, cells in enumerate(sheet.iter_rows(), start=1):
        texts = [text_of(cell) for cell in cells]
        known = len(set(map(heading_of, texts)) & set(COLUMNS))
        if known > most:
            best, most = (number, texts), known
        if number == HEADING_WITHIN:
            break
    else:
        if sheet.end is None:
            raise SheetEmpty
    _check_headings([heading_of(text) for text in best[1]])
    return best


def _check_headings(headings: Sequence[str]) -> None:
    for column in REQUIRED:
        if column not in headings:
            raise ColumnMissing(f"缺少必需的列“{column}”，请使用最新模板或补上该列标题", column=column)
    for column in COLUMNS:
        if headings.count(column) > 1:
            raise ColumnTwice(f"列标题“{column}”出现了两次，请只保留一列", column=column)


def heading_of(text: str) -> str:
    """Without the marks of required columns and remarks in brackets: 姓名* and 姓名（必填） are 姓名."""
    return re.sub(r"\(.*?\)|[\s*]", "", text)
