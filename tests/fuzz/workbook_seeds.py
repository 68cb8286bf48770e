"""The undamaged workbooks, from which damaged ones are made. They are made by several programs. Together they contain
every feature that the reader evaluates.

A workbook is a dict: name of a file in the archive → its content.
"""

import io
import zipfile
from datetime import date

import openpyxl
import xlsxwriter
from unit.member_svc.handmade import MAIN, NOT_AVAILABLE, UNCOMPUTED, book, merges, row, sheet, styles
from unit.member_svc.workbooks import NARROW, huge_workbook, person, resident, saved, workbook

from member_svc.domain.roster.headings import COLUMNS, JOINED_ON, MOBILE, SERVICE_CARD, TAG, UNIT
from member_svc.roster.template import template

Parts = dict[str, bytes]


def seeds() -> list[Parts]:
    return [
        _parts(data) for data in (_openpyxl(), _xlsxwriter(), _handmade(), _shared(), template(("示例一厂",)), _many())
    ]


def _parts(data: bytes) -> Parts:
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        return {entry.filename: packed.read(entry) for entry in packed.infolist()}


def _openpyxl() -> bytes:
    more = {
        MOBILE: "13812345678",
        TAG: "一线",
        UNIT: "示例一厂",
        JOINED_ON: date(2020, 1, 31),
        SERVICE_CARD: "62230000",
    }
    made = openpyxl.load_workbook(io.BytesIO(workbook([person(n, **more) for n in range(20)], COLUMNS)))
    made.worksheets[0].merge_cells("F2:F9")
    made.worksheets[0].row_dimensions[4].hidden = True
    made.create_sheet("二车间").append(["姓名", "证件类型", "证件号码"])
    return saved(made)


def _xlsxwriter() -> bytes:
    file = io.BytesIO()
    made = xlsxwriter.Workbook(file, {"in_memory": True})
    page = made.add_worksheet("名单")
    page.write_row(0, 0, COLUMNS)
    zeros, day = made.add_format({"num_format": "0000000000"}), made.add_format({"num_format": "yyyy-mm-dd"})
    for n in range(1, 30):
        page.write_row(n, 0, [f"张{n}", "身份证", resident(n), 13800000000 + n])
        page.write_formula(n, 4, '="一"&"线"', None, "一线")
        page.write_number(n, 6, 43861, day)
        page.write_number(n, 7, 1234567 + n, zeros)
    page.autofilter(0, 0, 29, 7)
    page.write_rich_string(3, 0, "王", made.add_format({"bold": True}), "明")
    made.close()
    return file.getvalue()


def _handmade() -> bytes:
    rows = [row("名单"), row(*COLUMNS)]
    rows += [
        row(f"李{n}", "身份证", resident(n), NOT_AVAILABLE, UNCOMPUTED, '<c s="1"><v>42</v></c>') for n in range(9)
    ]
    before = '<cols><col min="3" max="5" hidden="1"/></cols>'
    content = sheet(rows, before, merges("A1:H1", "F3:F7", "A4:B4"))
    return book({"说明": [row("x")], "名单": content, "旧": rows}, style=styles("0000", "0%"), hidden=["旧"])


def _shared() -> bytes:
    texts = ["姓名", "证件类型", "证件号码", "身份证", *(f"赵{n}" for n in range(30)), *map(resident, range(30))]
    items = "".join(f"<si><t>{text}</t><rPh sb='0' eb='1'><t>x</t></rPh></si>" for text in texts)
    strings = f'<sst xmlns="{MAIN}" count="99" uniqueCount="{len(texts)}">{items}</sst>'

    def line(number: int, *places: int) -> str:
        cells = "".join(f'<c r="{"ABC"[n]}{number}" t="s"><v>{place}</v></c>' for n, place in enumerate(places))
        return f'<row r="{number}" spans="1:3">{cells}</row>'

    return book({"名单": [line(1, 0, 1, 2), *(line(n + 2, 4 + n, 3, 34 + n) for n in range(30))]}, shared=strings)


def _many() -> bytes:
    return huge_workbook([(f"孙{n}", "身份证", resident(n)) for n in range(400)], NARROW)
