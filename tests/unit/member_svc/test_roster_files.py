"""Rosters in real xlsx files, with the difficult contents that Excel produces (D08, D11)."""

import io
from datetime import date

import openpyxl
import pytest
import xlsxwriter
from unit.member_svc.workbooks import NARROW, huge_workbook, person, resident, saved, workbook

from member_svc.domain.roster.cell_kinds import ErrorCell
from member_svc.domain.roster.headings import COLUMNS, DOCUMENT_TYPE, JOINED_ON, NAME, NUMBER
from member_svc.domain.roster.refused_files import ColumnMissing, ColumnTwice, RefusedFile, SheetEmpty, TooManyRows
from member_svc.roster.sheet_choice import open_roster


def numbers(data: bytes) -> list[int]:
    return [row.number for row in open_roster(data).rows()]


@pytest.mark.row("D11")
def test_blank_rows_are_skipped_and_keep_their_number():
    assert numbers(workbook([person(1), None, {NAME: "  "}, person(2), None])) == [2, 5]


def test_columns_are_found_in_any_order_and_others_are_ignored():
    columns = ["序号", *reversed(COLUMNS), "备注"]
    data = workbook([person(1, 序号=1, 备注="x"), {"序号": 2}], columns)
    [row] = open_roster(data).rows()
    assert row.cells == person(1)


def test_headings_with_stars_and_remarks_are_recognized():
    columns = ["姓名*", "证件类型（必填）", " 证件号码 ＊"]
    [row] = open_roster(workbook([dict(zip(columns, person(1).values(), strict=True))], columns)).rows()
    assert row.cells == person(1)


@pytest.mark.row("D08")
def test_rows_under_a_title_keep_the_numbers_that_excel_shows():
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet["B2"] = "某某单位会员名单"
    for place, heading in enumerate(NARROW):
        sheet.cell(4, 3 + place, heading)
        sheet.cell(6, 3 + place, person(1)[heading])
    assert numbers(saved(book)) == [6]


@pytest.mark.parametrize("missing", NARROW)
def test_a_missing_required_heading_is_named(missing: str):
    with pytest.raises(ColumnMissing) as refused:
        open_roster(workbook([person(1)], [c for c in COLUMNS if c != missing]))
    assert refused.value.detail == {"column": missing}
    assert missing in refused.value.text


def test_a_heading_that_stands_twice_is_named():
    with pytest.raises(ColumnTwice) as refused:
        open_roster(workbook([person(1)], [*NARROW, NUMBER]))
    assert refused.value.detail == {"column": NUMBER}


def test_an_empty_workbook_says_so():
    with pytest.raises(SheetEmpty):
        open_roster(saved(openpyxl.Workbook()))


def test_hidden_sheets_are_passed_over():
    book = openpyxl.load_workbook(io.BytesIO(workbook([person(1)])))
    hidden = book.create_sheet("旧", 0)
    hidden.append(["姓名"])
    hidden.sheet_state = "hidden"
    book.active = 1
    roster = open_roster(saved(book))
    assert roster.sheet == "名单"
    assert roster.count() == 1


def test_cells_arrive_as_excel_stores_them():
    rows = [person(1, **{NUMBER: 310101199003071230, JOINED_ON: date(2020, 1, 31)})]
    [row] = open_roster(workbook(rows)).rows()
    assert isinstance(row.cells[NUMBER], float)
    assert row.cells[JOINED_ON] == date(2020, 1, 31)


def test_formulas_count_by_their_last_value_and_error_cells_are_no_blanks():
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file)
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, NARROW)
    sheet.write_formula(1, 0, '="张"&"三"', None, "张三")
    sheet.write_formula(1, 1, "=NA()", None, "#N/A")
    sheet.write_rich_string(1, 2, resident(1)[:6], book.add_format({"bold": True}), resident(1)[6:])
    book.close()
    [row] = open_roster(file.getvalue()).rows()
    assert row.cells == {NAME: "张三", DOCUMENT_TYPE: ErrorCell("#N/A"), NUMBER: resident(1)}


@pytest.mark.row("D07")
def test_a_hundred_thousand_rows_are_the_most():
    with pytest.raises(TooManyRows):
        open_roster(huge_workbook([("甲", "护照", "E1234567")] * 100_001)).count()


def test_every_refusal_of_a_file_has_a_code_of_its_own():
    kinds = RefusedFile.__subclasses__()
    assert len({kind.code for kind in kinds}) == len(kinds)
