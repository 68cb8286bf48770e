"""Counts the people on a sheet without headings. If there are any, the report of the import names the sheet."""

import re
from collections.abc import Mapping
from typing import Any

from chassis.normalization import code_key
from member_svc.domain.roster.cell_kinds import UnreadableCell
from member_svc.domain.roster.cells import text_of, written
from member_svc.domain.roster.headings import NAME, NUMBER
from member_svc.workbook.sheet import SheetReader
from member_svc.workbook.wire import unpack_cell

#: The pattern of a document number. A number that Excel has rounded matches, too.
LIKE_A_NUMBER = re.compile(r"[A-Z]{0,3}[0-9]{6,17}[0-9X]|[0-9.]+E\+?[0-9]+")
#: Only this many characters from the beginning of a cell are compared with the patterns.
LONGEST = 60
RESIDENT_ID = re.compile(r"[0-9]{17}[0-9X]")


def people_in(sheet: SheetReader, places: Mapping[str, int]) -> int:
    """The number of rows that look like a person, on a sheet that continues a roster.

    A row looks like a person if it has a name and a document number in the columns where the roster has them
    (`places`), or if it has a resident number in any column.
    """
    return sum(_is_person(line, places) for _, _, line in sheet.rows)


def _is_person(line: list[Any], places: Mapping[str, int]) -> bool:
    texts = [_text(packed) for packed in line]
    name, number = (texts[place] if (place := places[column]) < len(texts) else "" for column in (NAME, NUMBER))
    if name and LIKE_A_NUMBER.fullmatch(code_key(number)):
        return True
    return any(RESIDENT_ID.fullmatch(code_key(text)) for text in texts)


def _text(packed: Any) -> str:
    cell = unpack_cell(packed)
    if cell is None or isinstance(cell, UnreadableCell):
        return ""
    return (written(cell) if isinstance(cell, str) else text_of(cell))[:LONGEST]
