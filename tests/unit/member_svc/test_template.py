"""The template that handlers download (F073)."""

import io
from datetime import date
from uuid import uuid4

import openpyxl
import pytest

from contracts.words import DocumentType
from member_svc.domain.roster.headings import COLUMNS, NUMBER, REQUIRED
from member_svc.domain.roster.unit_directory import UnitDirectory
from member_svc.domain.roster.validation import judge
from member_svc.roster.sheet_choice import open_roster
from member_svc.roster.template import VERSION, template

pytestmark = pytest.mark.row("F073", "A18", "A58")


def test_the_template_has_headings_a_text_column_a_dropdown_and_its_version():
    book = openpyxl.load_workbook(io.BytesIO(template()))
    sheet = book.worksheets[0]
    headings = [cell.value for cell in sheet[1]]
    assert headings == [column + "*" * (column in REQUIRED) for column in COLUMNS]
    letter = sheet.cell(1, COLUMNS.index(NUMBER) + 1).column_letter
    assert sheet.column_dimensions[letter].number_format == "@"
    assert sheet[f"{letter}2"].number_format == "@"
    [dropdown] = sheet.data_validations.dataValidation
    assert all(kind.label in str(dropdown.formula1) for kind in DocumentType)
    assert any(VERSION in str(cell.value) for row in book.worksheets[1] for cell in row)


def test_a_sample_row_that_was_left_in_is_reported_and_never_imported():
    [sample] = open_roster(template()).rows()
    unit_id = uuid4()
    judgement = judge(sample.cells, UnitDirectory([], ticked=unit_id), date(2024, 5, 10))
    assert [fault.code.value for fault in judgement.faults] == ["NUMBER_BAD_CHECK_DIGIT"]
