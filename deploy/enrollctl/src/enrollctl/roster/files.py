"""Writes a made-up roster, and the registry records of its people, as files."""

import csv
from datetime import date
from pathlib import Path

import xlsxwriter

from enrollctl.roster.columns import COLUMNS, NUMBER, SERVICE_CARD
from enrollctl.roster.roster_maker import Roster

_SHEET = "会员名单"
_WIDTHS = (12, 24, 22, 16, 14, 30, 14, 22)


def write_xlsx(roster: Roster, path: Path) -> None:
    """Write the roster in the form of the import template: headings in row 1, document and card numbers as text."""
    with path.open("wb") as file, xlsxwriter.Workbook(file, {"constant_memory": True}) as book:
        sheet = book.add_worksheet(_SHEET)
        text, day = book.add_format({"num_format": "@"}), book.add_format({"num_format": "yyyy-mm-dd"})
        for index, (column, width) in enumerate(zip(COLUMNS, _WIDTHS, strict=True)):
            sheet.set_column(index, index, width, text if column in (NUMBER, SERVICE_CARD) else None)
            sheet.write_string(0, index, column)
        for row in roster.rows():
            for index, cell in enumerate(row.cells):
                if isinstance(cell, str):
                    sheet.write_string(row.sheet_row - 1, index, cell, text)
                elif isinstance(cell, date):
                    sheet.write_datetime(row.sheet_row - 1, index, cell, day)
                elif cell is not None:
                    sheet.write_number(row.sheet_row - 1, index, cell)


def write_registry_csv(roster: Roster, path: Path) -> None:
    """Write the registries' records: statuses in the manual's words, or "-" if a registry has no record."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("id_number", "card_status", "employment_status"))
        for record in roster.records():
            writer.writerow((record.id_number, record.card_status, record.employment_status))
