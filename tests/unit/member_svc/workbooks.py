"""Real xlsx files for tests, written by openpyxl and xlsxwriter, and numbers that satisfy their standards."""

import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import openpyxl
import xlsxwriter

from member_svc.documents import check_character
from member_svc.roster import COLUMNS, DOCUMENT_TYPE, NAME, NUMBER

NARROW = (NAME, DOCUMENT_TYPE, NUMBER)


def resident(serial: int) -> str:
    """A valid resident number; the same serial is the same person."""
    born = date(1960, 1, 1) + timedelta(days=serial // 1000)
    first = f"310101{born:%Y%m%d}{serial % 1000:03d}"
    return first + check_character(first)


def person(serial: int, **cells: Any) -> dict[str, Any]:
    return {NAME: f"张{serial}", DOCUMENT_TYPE: "身份证", NUMBER: resident(serial)} | cells


def workbook(rows: Iterable[Mapping[str, Any] | None], columns: Sequence[str] = COLUMNS, title: str = "名单") -> bytes:
    """By openpyxl: headings in row 1, then one row each; None leaves a blank row."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = title
    sheet.append(list(columns))
    for number, row in enumerate(rows, start=2):
        for place, column in enumerate(columns, start=1):
            if row and row.get(column) is not None:
                sheet.cell(number, place, row[column])
    return saved(book)


def saved(book: openpyxl.Workbook) -> bytes:
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def large_workbook(rows: Iterable[Mapping[str, str]], columns: Sequence[str] = COLUMNS) -> bytes:
    """By xlsxwriter, which is quick enough for 100,000 rows."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    sheet = book.add_worksheet("名单")
    sheet.write_row(0, 0, columns)
    for number, row in enumerate(rows, start=1):
        for place, column in enumerate(columns):
            if column in row:
                sheet.write_string(number, place, row[column])
    book.close()
    return file.getvalue()
