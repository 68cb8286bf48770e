"""The import template that handlers fill in (F073, A18)."""

import io
from functools import lru_cache
from typing import TYPE_CHECKING

from contracts.words import DocumentType
from member_svc import headings
from member_svc.workbook.sheet import MOST_ROWS

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

VERSION = "2024.5"
WIDTHS = {headings.NUMBER: 24, headings.SERVICE_CARD: 24, headings.UNIT: 28, headings.DOCUMENT_TYPE: 22}
#: The check digit is wrong on purpose: a sample row that was left in is reported, never imported.
SAMPLE = {
    headings.NAME: "示例（请删除本行）",
    headings.DOCUMENT_TYPE: DocumentType.RESIDENT_ID.label,
    headings.NUMBER: "310101199001010000",
    headings.MOBILE: "13800000000",
    headings.TAG: "一线职工",
    headings.JOINED_ON: "2020-01-31",
}
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
    """An xlsx workbook: every column as text, lists of document types and of the union's units to choose from, a
    sample row, notes with the version."""
    # 15 MB that a process which is never asked for the template need not hold.
    import xlsxwriter

    file = io.BytesIO()
    workbook = xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_formulas": False})
    workbook.set_properties({"title": "会员导入模板", "comments": f"模板版本 {VERSION}"})
    sheet = workbook.add_worksheet("会员名单")
    text = workbook.add_format({"num_format": "@"})
    bold = workbook.add_format({"num_format": "@", "bold": True, "bg_color": "#DDEBF7"})
    for place, column in enumerate(headings.COLUMNS):
        sheet.set_column(place, place, WIDTHS.get(column, 14), text)
        sheet.write_string(0, place, column + "*" * (column in headings.REQUIRED), bold)
        sheet.write_string(1, place, SAMPLE.get(column, ""), text)
    sheet.freeze_panes(1, 0)
    _offer_document_types(sheet)
    if units:
        workbook.add_worksheet(UNITS_SHEET).write_column(0, 0, units)
        _offer(sheet, headings.UNIT, f"='{UNITS_SHEET}'!$A$1:$A${len(units)}")
    notes = workbook.add_worksheet("填写说明")
    notes.set_column(0, 0, 80)
    notes.write_column(0, 0, NOTES)
    workbook.close()
    return file.getvalue()


def _offer_document_types(sheet: "Worksheet") -> None:
    _offer(sheet, headings.DOCUMENT_TYPE, [kind.label for kind in DocumentType])


def _offer(sheet: "Worksheet", column: str, source: str | list[str]) -> None:
    place = headings.COLUMNS.index(column)
    sheet.data_validation(1, place, MOST_ROWS, place, {"validate": "list", "source": source})
