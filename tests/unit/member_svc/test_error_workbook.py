"""The error workbook opens in every program, keeps the original cells, and can be uploaded again unchanged (D08)."""

import io
from datetime import date, datetime

import openpyxl
import pytest
from unit.member_svc.workbooks import person, resident, workbook

from member_svc.domain.roster.headings import COLUMNS, NAME, NUMBER, REASON
from member_svc.roster import originals
from member_svc.roster.error_workbook import ErrorWorkbook
from member_svc.roster.originals import Shown
from member_svc.roster.sheet_choice import open_roster


def written(headings: list[Shown], *rows: tuple[list[Shown], str]) -> bytes:
    with ErrorWorkbook(headings) as book:
        for cells, reason in rows:
            book.add(cells, reason)
    return book.data()


@pytest.mark.row("D08")
def test_the_importer_reads_it_back_and_passes_over_the_reason():
    roster = open_roster(workbook([person(1, **{NUMBER: 12345678})]))
    [row] = roster.rows()
    data = written([*roster.headings], (originals.unpack(originals.pack(row.line)), "第2行：…"))
    again = open_roster(data)
    assert again.headings == [*COLUMNS, REASON]
    assert [found.cells for found in again.rows()] == [row.cells]


def test_texts_stay_texts_and_marks_do_no_harm():
    texts: list[Shown] = ["=1+1", " <b>&\"'", "a\x00\x0bb", "𠮷\n行", ""]
    sheet = openpyxl.load_workbook(io.BytesIO(written(["甲", "乙", "丙", "丁", "戊"], (texts, "因")))).worksheets[0]
    assert [cell.value for cell in sheet[2]] == ["=1+1", " <b>&\"'", "ab", "𠮷\n行", None, "因"]
    assert {cell.data_type for cell in sheet[2] if cell.value} == {"s"}
    assert {cell.number_format for cell in sheet[2]} == {"@"}


def test_a_row_shorter_than_the_headings_is_filled_and_old_reasons_go():
    headings: list[Shown] = [NAME, f"{REASON}*", NUMBER]
    sheet = openpyxl.load_workbook(io.BytesIO(written(headings, (["张三", "旧"], "新")))).worksheets[0]
    assert [[cell.value for cell in row] for row in sheet.rows] == [[NAME, NUMBER, REASON], ["张三", None, "新"]]


def test_texts_of_originals_are_bounded_no_column_is_left_out_and_dates_become_text():
    line = [date(2020, 1, 31), datetime.fromisoformat("2020-01-31T08:00"), True, 1.5, "长" * 40_000, *["x"] * 100]
    kept = originals.unpack(originals.pack(line))
    assert kept[:4] == ["2020-01-31", "2020-01-31", "TRUE", 1.5]
    assert (len(str(kept[4])), len(kept)) == (originals.MOST_TEXT, len(line))
    assert originals.unpack(originals.pack([float("nan"), resident(1)])) == ["", resident(1)]
