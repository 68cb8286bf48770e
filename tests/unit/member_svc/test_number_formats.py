"""The reader returns a number as its sheet shows it, or an error that says what to do. It never loses a zero
silently."""

import random
from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from unit.member_svc.handmade import book, row, sheet, styles
from unit.member_svc.workbooks import NARROW, resident

from member_svc.domain.roster.cell_kinds import UnshownCell
from member_svc.domain.roster.headings import DOCUMENT_TYPE, JOINED_ON, MOBILE, NAME, NUMBER, SERVICE_CARD, TAG, UNIT
from member_svc.domain.roster.row_faults import RowFault
from member_svc.domain.roster.unit_directory import ListedUnit, UnitDirectory
from member_svc.domain.roster.validation import judge
from member_svc.roster import originals
from member_svc.roster.roster import Row
from member_svc.roster.sheet_choice import open_roster
from member_svc.workbook.formats import format_of, shown

UNSHOWN = UnshownCell()


def numeric(value: str) -> str:
    return f'<c s="1"><v>{value}</v></c>'


def row_of(column: str, code: str, value: str) -> Row:
    data = book(
        {"名单": sheet([row(*NARROW, column), row("张一", "身份证", resident(1), numeric(value))])}, style=styles(code)
    )
    [found] = open_roster(data).rows()
    return found


def read(code: str, value: str, column: str = SERVICE_CARD) -> Any:
    return row_of(column, code, value).cells.get(column)


def faults_of(found: Row) -> list[RowFault]:
    units = UnitDirectory([ListedUnit(uuid4(), "示例一厂", "012345678", None)], ticked=uuid4())
    return judge(found.cells, units, date(2024, 5, 10)).faults


@pytest.mark.parametrize(
    ("code", "value", "expected"),
    [
        # Thousands separators over zeros.
        ("00,000,000", "1234567", "01,234,567"),
        ("0,000", "7", "0,007"),
        ("000,000.00", "12.5", "000,012.50"),
        ('"No."#,##0', "1234567", "No.1,234,567"),
        # Sections and conditions.
        ('[=0]"";00000000', "1234567", "01234567"),
        ('[=0]"";00000000', "0", None),
        ("[<=99999999]00000000;0000000000", "1234567", "01234567"),
        ("[<=99999999]00000000;0000000000", "123456789", "0123456789"),
        ("[>999999]000-0000-0000;0000000", "13800138000", "138-0013-8000"),
        ("[>999999]000-0000-0000;0000000", "4567", "0004567"),
        ("[<1000]0000;[<100000]000000;00000000", "12345", "012345"),
        ("[<1000]0000;[<100000]000000;00000000", "1234567", "01234567"),
        ('[=1]"劳模";[=2]"先进";General', "2", "先进"),
        ('[=1]"劳模";[=2]"先进";General', "7", 7.0),
        ("[Red][<1000]0000;0", "7", "0007"),
        ("000000;-000000;@", "42", "000042"),
        ("000000;-000000;0;@", "0", 0.0),
        ('000000;-000000;"无"', "0", "无"),
        ("000000;@", "42", "000042"),
        # Literals, escapes, spaces, fills, marks.
        ("0000\\-0000", "1234567", "0123-4567"),
        ('"沪"00000', "42", "沪00042"),
        ('"沪"#', "42", "沪42"),
        ('"+86 "General', "13800138000", "+86 13800138000"),
        ("_(000000_)", "42", "000042"),
        ("* 000000", "42", "000042"),
        ("[$-804]000000", "42", "000042"),
        ("[$-zh-CN]000000", "42", "000042"),
        ("[$编号-804]0000", "42", "编号0042"),
        ("[红色]000000", "42", "000042"),
        ("0???", "42", "0042"),
        ("0#######", "1234567", "01234567"),
        ("###-0000", "0", "-0000"),
        # Decimals, percent.
        ("00000000.0", "1234567", "01234567.0"),
        ("00000.0#", "12.25", "00012.25"),
        ("000%", "0.05", "005%"),
    ],
)
def test_a_number_is_read_as_its_cell_shows_it(code: str, value: str, expected: object):
    assert read(code, value) == expected


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ("[DBNum1]00000000", "1234567"),
        ("[DBNum2][$-804]General", "1234567"),
        ("[NatNum1]000000", "42"),
        ("[$-2000401]000000", "42"),
        ("0000!-0000", "1234567"),
        ("0000/0000", "1234567"),
        ("000 0/0", "1.5"),
        ("0000E+00", "1234567"),
        ("*0#", "42"),
        ("*00", "42"),
        ('"C"@', "42"),
        ('"C"General', "1234567890123"),
        ("000000", "-42"),
        ("000000", "1.5"),
        ("00000.0", "1.25"),
        ("000000,", "1234567"),
        ("000000.0,", "1234567"),
        ("0-0,000", "1234567"),
        ("000x000", "42"),
        ("[>5]000;00;0", "1"),
        ('[=1]"男";[=2]"女"', "3"),
        ("000;00;0;@;0", "1"),
        (";;;", "1234567"),
        ('"******"', "1234567"),
        ("0" * 256, "42"),
        ("000000;000000;000000;000000", "-1"),
    ],
)
def test_a_number_with_an_unclear_format_is_not_guessed(code: str, value: str):
    assert read(code, value) == UNSHOWN


@pytest.mark.parametrize(
    ("code", "value", "expected"),
    [
        *((code, "12345678", 12345678.0) for code in ("General", "@", "0", "0.00", "#,##0", "#,##0.00", "# ?/?")),
        *((code, "12345678", 12345678.0) for code in ("¥#,##0.00", "[$¥-804]#,##0.00", "0.00E+00", "##0.0E+0")),
        ("_ * #,##0.00_ ;_ * -#,##0.00_ ;_ * \\-??_ ;_ @_ ", "12.5", 12.5),
        ("#,##0.00;[Red]-#,##0.00", "-12.5", -12.5),
        ("[Red]", "12", 12.0),
        ("0.00%", "0.125", "12.5%"),
        ("0%", "-0.5", "-50%"),
        ("0000000000000000", "1234567890123456", 1234567890123456.0),
    ],
)
def test_general_prices_and_percents_go_on(code: str, value: str, expected: object):
    assert read(code, value) == expected


@pytest.mark.parametrize(
    "code",
    [
        "yyyy-mm-dd",
        "yyyy/m/d;@",
        '[$-804]yyyy"年"m"月"d"日";@',
        '[DBNum1][$-804]yyyy"年"m"月"d"日"',
        "[$-F800]dddd, mmmm dd, yyyy",
        "[$-x-sysdate]dddd, mmmm dd, yyyy",
        '[=0]"";yyyy-mm-dd',
        "m/d/yyyy",
    ],
)
def test_a_date_is_a_date(code: str):
    assert read(code, "43861", JOINED_ON) == date(2020, 1, 31)


def test_a_day_written_with_the_digits_of_a_number_is_that_day():
    for code in ("0000-00-00", "0000\\-00\\-00", '0000"年"00"月"00"日"', "0000年00月00日"):
        found = row_of(JOINED_ON, code, "20200131")
        entry = judge(found.cells, UnitDirectory([], ticked=uuid4()), date(2024, 5, 10)).entry
        assert entry is not None
        assert entry.joined_on == date(2020, 1, 31)


@pytest.mark.parametrize("column", [NAME, NUMBER, MOBILE, TAG, UNIT, JOINED_ON, SERVICE_CARD])
def test_the_row_names_the_column_and_the_way_out(column: str):
    heads = list(dict.fromkeys([*NARROW, column]))
    texts = {NAME: "张一", DOCUMENT_TYPE: "身份证", NUMBER: resident(1)}
    cells = [numeric("1234567") if one == column else texts[one] for one in heads]
    data = book({"名单": sheet([row(*heads), row(*cells)])}, style=styles("[DBNum1]00000000"))
    [found] = open_roster(data).rows()
    [fault] = faults_of(found)
    assert (fault.column, fault.code) == (column, "CELL_FORMAT")
    assert f"“{column}”" in fault.message
    assert "设为文本格式" in fault.message
    # The error workbook has an error cell here. If it had a number, the next upload would accept the number without its
    # zeros.
    assert {"error": "#VALUE!"} in originals.unpack(originals.pack(found.line))


def test_a_unit_is_found_by_the_code_that_its_cell_shows():
    assert faults_of(row_of(UNIT, "000000000", "12345678")) == []
    assert [fault.code for fault in faults_of(row_of(UNIT, "General", "12345678"))] == ["UNIT_UNKNOWN"]


def test_no_format_with_zeros_loses_them_silently():
    """Each format has four zeros, with any characters around them. With it, 7 is read as a text with the digits 0007,
    or the row is rejected.
    """
    dice = random.Random(7)
    before = ["[Red]", "[$-804]", "[>5]", "[DBNum1]", '"A"', '"x;y"', "\\-", "_ ", "* ", "*0", *"()- #?0,!/x"]
    after = [*before, ".", "%", "@", "General", ";", "E+"]
    for _ in range(5000):
        code = "".join([*dice.choices(before, k=dice.randrange(4)), "0000", *dice.choices(after, k=dice.randrange(5))])
        found = shown(7.0, format_of(code), since_1904=False)
        assert isinstance(found, str | UnshownCell), code
        if isinstance(found, str):
            digits = "".join(filter(str.isdigit, found))
            assert ("0700" if "%" in found else "0007") in digits, code
