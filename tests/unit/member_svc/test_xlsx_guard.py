"""Files that must not come near the reader."""

import io
import struct
import zipfile

import openpyxl
import pytest
from unit.member_svc.workbooks import person, saved, workbook

from member_svc.refused_files import (
    FileEncrypted,
    FileNotXlsx,
    FileTooLargeInside,
    FileUnreadable,
    SheetTooLarge,
    TooManyRows,
)
from member_svc.xlsx_guard import ENCRYPTED_STREAM, MOST_INFLATED_BYTES, OLE_MAGIC, check_inside, inflated_size

SHEET = "xl/worksheets/sheet1.xml"


def archive(entries: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in {"xl/workbook.xml": b"<workbook/>", **entries}.items():
            packed.writestr(name, data)
    return file.getvalue()


def cells(*references: str) -> bytes:
    inside = "".join(f'<row><c r="{reference}"><v>1</v></c></row>' for reference in references)
    return f"<worksheet><sheetData>{inside}</sheetData></worksheet>".encode()


def test_an_ordinary_workbook_passes():
    data = workbook([person(1)])
    assert 0 < inflated_size(data) < 100_000
    check_inside(data)


@pytest.mark.parametrize("data", [b"", b"hello", b"PK\x03\x04 and no more", OLE_MAGIC + b"old xls" * 100])
def test_what_is_no_xlsx_is_refused(data: bytes):
    with pytest.raises(FileNotXlsx):
        inflated_size(data)


@pytest.mark.parametrize("other", ["xl/workbook.bin", "content.xml"])
def test_other_kinds_of_workbook_are_refused(other: str):
    with pytest.raises(FileNotXlsx):
        inflated_size(archive({other: b"x"}))


def test_an_encrypted_workbook_has_a_code_of_its_own():
    with pytest.raises(FileEncrypted):
        inflated_size(OLE_MAGIC + bytes(1000) + ENCRYPTED_STREAM + bytes(1000))


def test_a_declared_bomb_is_refused_at_once():
    with pytest.raises(FileTooLargeInside):
        inflated_size(archive({"xl/media/image.png": bytes(MOST_INFLATED_BYTES + 1)}))


def test_a_bomb_that_lies_about_its_size_is_refused_while_it_opens():
    honest = archive({"xl/media/image.png": bytes(MOST_INFLATED_BYTES + 1)})
    size = struct.pack("<I", MOST_INFLATED_BYTES + 1)
    data = honest.replace(size, struct.pack("<I", 1000))
    assert inflated_size(data) < 10_000
    with pytest.raises(FileTooLargeInside):
        check_inside(data)


def test_one_far_cell_is_refused_before_it_costs_memory():
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet["A1"], sheet["XFD1048576"] = "姓名", "x"
    with pytest.raises(SheetTooLarge) as refused:
        check_inside(saved(book))
    assert refused.value.detail == {"rows": 1_048_576, "columns": 16_384}


@pytest.mark.parametrize("reference", ["xfd99999", "A000099999999", "ZZZ9999"])
def test_no_writing_of_a_far_cell_escapes(reference: str):
    with pytest.raises(SheetTooLarge):
        check_inside(archive({SHEET: cells("A1", "BZ2", reference)}))


def test_styled_but_empty_cells_far_out_are_harmless():
    check_inside(
        archive({SHEET: b'<worksheet><sheetData><row r="9"><c r="XFD9" s="1"/></row></sheetData></worksheet>'})
    )


def test_cells_without_references_are_counted():
    row = b"<row>" + b"<c><v>1</v></c>" * 2000 + b"</row>"
    with pytest.raises(SheetTooLarge):
        check_inside(archive({SHEET: b"<worksheet><sheetData>" + row * 1001 + b"</sheetData></worksheet>"}))


def test_a_sheet_under_another_name_is_refused():
    with pytest.raises(FileUnreadable):
        check_inside(archive({"xl/worksheets/sheet1.png": b"x" * 65_530 + cells("XFD1048576")}))


@pytest.mark.parametrize("broken", [b"<worksheet><row>", b"<worksheet>&boom;</worksheet>", b"no xml"])
def test_broken_xml_is_refused(broken: bytes):
    with pytest.raises(FileUnreadable):
        check_inside(archive({SHEET: broken}))


def test_far_too_many_rows_are_called_that():
    rows = b"<row><c><v>1</v></c></row>" * 100_001 + b'<row><c r="AD100002"><v>1</v></c></row>'
    with pytest.raises(TooManyRows):
        check_inside(archive({SHEET: b"<worksheet><sheetData>" + rows + b"</sheetData></worksheet>"}))
