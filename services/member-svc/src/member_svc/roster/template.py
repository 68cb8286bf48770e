"""The import template that handlers fill in (F073, A18)."""

import io
from functools import lru_cache
from typing import TYPE_CHECKING

from contracts.words import DocumentType
from member_svc.domain.roster.roster_columns import COLUMNS, DOCUMENT_TYPE, UNIT, RosterColumn
from member_svc.workbook.sheet import MOST_ROWS

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

VERSION = "2024.5"
NOTES = (
    f"模板版本：{VERSION}",
    "带 * 的列必填；列的顺序可以调整，列标题请勿修改。",
    "证件号码、会员服务卡号请以文本格式填写；数字格式会丢失第15位以后的数字。",
    "单位仅联合工会填写，可填单位名称或代码；留空则导入到所选单位。",
    "一个文件最多100000人，不超过20 MB。",
)


XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
UNITS_SHEET = "单位清单"


@lru_cache(maxsize=64)
def template(units: tuple[str, ...] = ()) -> bytes:
    """An xlsx workbook with every column in text format, a sample row, and notes with the version.

    It offers the document types, and the names in `units`, as drop-down lists.
    """
    # Imported here, because xlsxwriter takes 15 MB of memory, and some processes never make a template.
    import xlsxwriter

    file = io.BytesIO()
    workbook = xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_formulas": False})
    workbook.set_properties({"title": "会员导入模板", "comments": f"模板版本 {VERSION}"})
    sheet = workbook.add_worksheet("会员名单")
    text = workbook.add_format({"num_format": "@"})
    bold = workbook.add_format({"num_format": "@", "bold": True, "bg_color": "#DDEBF7"})
    for place, column in enumerate(COLUMNS):
        sheet.set_column(place, place, column.width, text)
        sheet.write_string(0, place, column.heading + "*" * column.required, bold)
        sheet.write_string(1, place, column.sample, text)
    sheet.freeze_panes(1, 0)
    _offer_document_types(sheet)
    if units:
        workbook.add_worksheet(UNITS_SHEET).write_column(0, 0, units)
        _offer(sheet, UNIT, f"='{UNITS_SHEET}'!$A$1:$A${len(units)}")
    notes = workbook.add_worksheet("填写说明")
    notes.set_column(0, 0, 80)
    notes.write_column(0, 0, NOTES)
    workbook.close()
    return file.getvalue()


def _offer_document_types(sheet: "Worksheet") -> None:
    _offer(sheet, DOCUMENT_TYPE, [kind.label for kind in DocumentType])


def _offer(sheet: "Worksheet", column: RosterColumn, source: str | list[str]) -> None:
    place = COLUMNS.index(column)
    sheet.data_validation(1, place, MOST_ROWS, place, {"validate": "list", "source": source})
