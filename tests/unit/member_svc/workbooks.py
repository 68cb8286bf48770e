"""Makes real xlsx files for tests, with openpyxl or by hand, and document numbers that satisfy their standards."""

import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import openpyxl

from member_svc.domain.roster.documents import check_character
from member_svc.domain.roster.headings import COLUMNS, DOCUMENT_TYPE, NAME, NUMBER

NARROW = (NAME, DOCUMENT_TYPE, NUMBER)


def resident(serial: int) -> str:
    """A valid resident number. The same serial gives the same number."""
    born = date(1960, 1, 1) + timedelta(days=serial // 1000)
    first = f"310101{born:%Y%m%d}{serial % 1000:03d}"
    return first + check_character(first)


def person(serial: int, **cells: Any) -> dict[str, Any]:
    return {NAME: f"张{serial}", DOCUMENT_TYPE: "身份证", NUMBER: resident(serial)} | cells


def workbook(rows: Iterable[Mapping[str, Any] | None], columns: Sequence[str] = COLUMNS, title: str = "名单") -> bytes:
    """A workbook that openpyxl writes: the headings in row 1, then one row for each element of `rows`. None gives a
    blank row.
    """
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = title
    sheet.append(list(columns))
    for number, row in enumerate(rows, start=2):
        for place, column in enumerate(columns, start=1):
            if row and row.get(column) is not None:
                cell = sheet.cell(number, place, row[column])
                if isinstance(row[column], str):
                    # A text that begins with "=" must stay a text.
                    cell.data_type = "s"
    return saved(book)


def saved(book: openpyxl.Workbook) -> bytes:
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def huge_workbook(rows: Iterable[Sequence[str]], columns: Sequence[str] = NARROW) -> bytes:
    """A sheet of text cells only, written by hand, because a library would take longer than the test."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as book:
        for name, text in SKELETON.items():
            book.writestr(name, text)
        cell = '<c t="inlineStr"><is><t>{}</t></is></c>'
        lines = "".join(f"<row>{''.join(map(cell.format, row))}</row>" for row in [columns, *rows])
        sheet = f'<worksheet xmlns="{MAIN}"><sheetData>{lines}</sheetData></worksheet>'
        book.writestr("xl/worksheets/sheet1.xml", sheet)
    return file.getvalue()


MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
SKELETON = {
    "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" ContentType='
    '"application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType='
    '"application/xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r1" '
    f'Type="{RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r1" '
    f'Type="{RELATIONS}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}"><sheets><sheet name="名单" sheetId="1" '
    'r:id="r1"/></sheets></workbook>',
}
