"""Files beyond the limits, which must be refused."""

import io
import struct
import zipfile
import zlib

import openpyxl
import pytest
from unit.member_svc.workbooks import person, saved, workbook

from member_svc.domain.roster.refused_files import (
    FileEncrypted,
    FileNotXlsx,
    FileTooLargeInside,
    FileUnreadable,
    SheetTooLarge,
    TextTooLong,
    TextTooMuch,
    TooManyRows,
)
from member_svc.workbook.archive import (
    ENCRYPTED_STREAM,
    MOST_ENTRIES,
    MOST_INFLATED_BYTES,
    OLE_MAGIC,
    Archive,
    inflated_size,
)
from member_svc.workbook.contents import Contents
from member_svc.workbook.formats import read_formats
from member_svc.workbook.shared import Shared
from member_svc.workbook.sheet import SheetReader, read_sheet
from member_svc.workbook.texts import MOST_IN_CELL, MOST_IN_FILE, read_strings

SHEET = "xl/worksheets/sheet1.xml"
KIND = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
WORKBOOK = f'<workbook xmlns:r="{KIND}"><sheets><sheet name="名单" r:id="r1"/></sheets></workbook>'.encode()
RELATIONS = f"""<Relationships>
<Relationship Id="r1" Type="{KIND}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>""".encode()


def archive(entries: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in {"xl/workbook.xml": WORKBOOK, "xl/_rels/workbook.xml.rels": RELATIONS, **entries}.items():
            packed.writestr(name, data)
    return file.getvalue()


def cells(*references: str) -> bytes:
    inside = "".join(f'<row><c r="{reference}"><v>1</v></c></row>' for reference in references)
    return f"<worksheet><sheetData>{inside}</sheetData></worksheet>".encode()


def read(data: bytes) -> SheetReader:
    """The first sheet, as the child process reads it."""
    contents = Contents(opened := Archive(data))
    strings, formats = read_strings(opened, contents.strings), read_formats(opened, contents.styles)
    return read_sheet(opened, contents.sheets[0].part or "", Shared(strings, formats, contents.since_1904))


def test_an_ordinary_workbook_passes():
    data = workbook([person(1)])
    assert 0 < inflated_size(data) < 100_000
    assert read(data).rows_with_values == 2


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
    honest = archive({SHEET: b"<worksheet>" + b" " * MOST_INFLATED_BYTES})
    size = struct.pack("<I", MOST_INFLATED_BYTES + 11)
    data = honest.replace(size, struct.pack("<I", 1000))
    assert inflated_size(data) < 10_000
    with pytest.raises(FileTooLargeInside):
        read(data)


def test_what_is_no_part_of_the_sheets_is_never_opened():
    read(archive({SHEET: cells("A1"), "xl/media/image.png": b"x"}).replace(b"image.png", b"image.xml"))


def test_a_directory_of_too_many_entries_is_refused_before_it_is_laid_out():
    with pytest.raises(FileTooLargeInside):
        inflated_size(archive({f"xl/{n}": b"" for n in range(MOST_ENTRIES)}))


def test_a_damaged_part_is_no_ordinary_one():
    honest = archive({SHEET: cells("A1")})
    size = struct.pack("<I", zlib.crc32(cells("A1")))
    with pytest.raises(FileUnreadable):
        read(honest.replace(size, b"\0\0\0\0"))


def test_one_far_cell_is_refused_before_it_costs_memory():
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet["A1"], sheet["XFD1048576"] = "姓名", "x"
    with pytest.raises(SheetTooLarge) as refused:
        read(saved(book))
    assert refused.value.detail == {"rows": 1_048_576, "columns": 16_384}


@pytest.mark.parametrize("reference", ["xfd99999", "A000099999999", "ZZZ9999", "ZZZZZZZZZZZZ9", "A1048577"])
def test_no_writing_of_a_far_cell_escapes(reference: str):
    with pytest.raises(SheetTooLarge):
        read(archive({SHEET: cells("A1", "BZ2", reference)}))


def test_styled_but_empty_cells_far_out_are_harmless():
    read(archive({SHEET: b'<worksheet><sheetData><row r="9"><c r="XFD9" s="1"/></row></sheetData></worksheet>'}))


def test_cells_without_references_are_counted():
    row = b"<row>" + b"<c><v>1</v></c>" * 2000 + b"</row>"
    with pytest.raises(SheetTooLarge):
        read(archive({SHEET: b"<worksheet><sheetData>" + row * 1001 + b"</sheetData></worksheet>"}))


@pytest.mark.parametrize(
    "broken",
    [
        b"<worksheet><row>",
        b"<worksheet>&boom;</worksheet>",
        b"no xml",
        b'<!DOCTYPE w [<!ENTITY a "1">]><worksheet/>',
        cells("A1").replace(b"<c ", b'<c t="s" '),
        cells("A1").replace(b"<c ", b'<c t="new" '),
        cells("A1").replace(b"A1", b"A0x"),
        cells("A1", "A1"),
        cells("A2", "A1"),
        cells("A1").replace(b"</row>", b'<c r="A1"><v>2</v></c></row>'),
        cells("A1").replace(b"</row>", b'<c r="B2"><v>2</v></c></row>'),
    ],
)
def test_broken_sheets_are_refused(broken: bytes):
    with pytest.raises(FileUnreadable):
        read(archive({SHEET: broken}))


def test_far_too_many_rows_are_called_that():
    rows = b"<row><c><v>1</v></c></row>" * 100_001 + b'<row><c r="AD100002"><v>1</v></c></row>'
    with pytest.raises(TooManyRows):
        read(archive({SHEET: b"<worksheet><sheetData>" + rows + b"</sheetData></worksheet>"}))


def test_a_text_longer_than_a_cell_may_be_is_refused():
    long = "x" * (MOST_IN_CELL + 1)
    for kind, inside in (("inlineStr", f"<is><t>{long}</t></is>"), ("str", f"<v>{long}</v>")):
        row = f'<row><c t="{kind}">{inside}</c></row>'
        with pytest.raises(TextTooLong):
            read(archive({SHEET: f"<worksheet><sheetData>{row}</sheetData></worksheet>".encode()}))


def test_rich_text_in_many_runs_is_no_way_around():
    runs = "<r><t>" + "x" * 10_000 + "</t></r>"
    row = f'<row><c t="inlineStr"><is>{runs * 4}</is></c></row>'
    with pytest.raises(TextTooLong):
        read(archive({SHEET: f"<worksheet><sheetData>{row}</sheetData></worksheet>".encode()}))


def test_much_text_in_all_is_refused():
    rows = f'<row><c t="str"><v>{"x" * MOST_IN_CELL}</v></c></row>' * (MOST_IN_FILE // MOST_IN_CELL + 1)
    with pytest.raises(TextTooMuch):
        read(archive({SHEET: f"<worksheet><sheetData>{rows}</sheetData></worksheet>".encode()}))
