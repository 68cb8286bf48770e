"""The rules get each cell as the author of the sheet sees it; a cell without a valid value is not treated as blank."""

import io
import zipfile
from datetime import date, datetime
from typing import Any
from uuid import uuid4

import openpyxl
import pytest
from unit.member_svc.handmade import (
    BLANK,
    MAIN,
    NOT_AVAILABLE,
    STRICT_MAIN,
    STRICT_R,
    UNCOMPUTED,
    book,
    merges,
    row,
    sheet,
    styles,
)
from unit.member_svc.workbooks import NARROW, person, resident, saved, workbook

from member_svc.domain.roster.cell_kinds import ErrorCell, MergedCell, UncomputedCell, UnshownCell
from member_svc.domain.roster.headings import (
    COLUMNS,
    DOCUMENT_TYPE,
    JOINED_ON,
    MOBILE,
    NAME,
    NUMBER,
    SERVICE_CARD,
    SYNONYMS,
    TAG,
    UNIT,
    column_of,
)
from member_svc.domain.roster.refused_files import (
    ColumnMissing,
    ColumnTwice,
    FileUnreadable,
    NoRows,
    SheetHidden,
    SheetUnknown,
)
from member_svc.domain.roster.unit_directory import ListedUnit, UnitDirectory
from member_svc.domain.roster.validation import judge
from member_svc.roster.judging import _notes
from member_svc.roster.roster import Roster, Row
from member_svc.roster.sheet_choice import Workbook, open_roster
from member_svc.workbook.wire import TEXT_AT_ONCE, text_in

HEAD = row(*NARROW)
WIDE = row(*COLUMNS)


def somebody(serial: int, *more: str, **attributes: str) -> str:
    """A row with the name, document type and document number of a person, then further cells."""
    return row(f"张{serial}", "身份证", resident(serial), *more, **attributes)


def rows_of(*rows: str, after: str = "", **more: Any) -> list[Row]:
    return list(open_roster(book({"名单": sheet(rows, after=after)}, **more)).rows())


def cell_of(xml: str, column: str = SERVICE_CARD, **more: Any) -> Any:
    """The value that the rules get for the cell of one column."""
    [found] = rows_of(row(*NARROW, column), somebody(1, xml), **more)
    return found.cells.get(column)


def faults_of(found: Row) -> list[tuple[str, str]]:
    units = UnitDirectory([ListedUnit(uuid4(), "示例一厂", None, None)], ticked=uuid4())
    return [(fault.column, fault.code.value) for fault in judge(found.cells, units, date(2024, 5, 10)).faults]


def test_the_last_moment_that_excel_knows_harms_nobody():
    found = cell_of('<c s="1"><v>2958465.9999999</v></c>', JOINED_ON, style=styles("yyyy-mm-dd hh:mm"))
    assert found == date(9999, 12, 31)


def test_of_two_sheets_with_like_names_the_one_as_written_is_read():
    sheets = {"名单(1)": [HEAD, somebody(1)], "名单（1）": [HEAD, somebody(2)]}
    for name in sheets:
        assert open_roster(book(sheets), name).sheet == name


def test_wide_rows_of_numbers_come_in_portions_that_pass():
    assert 1000 * text_in([1234.5678] * 300) > 10 * TEXT_AT_ONCE


def test_more_unused_columns_than_are_named_are_counted():
    roster = open_roster(book({"名单": [row(*NARROW, *(f"备注{n}" for n in range(40))), somebody(1, *"x" * 40)]}))
    roster.count()
    assert roster.unused_columns()[-1] == "等40列"


class TestBlankAndNot:
    def test_error_cells_and_formulas_without_a_result_reject_their_row(self):
        for column in COLUMNS[3:]:
            for xml, code in ((NOT_AVAILABLE, "CELL_ERROR"), (UNCOMPUTED, "CELL_UNCOMPUTED")):
                [found] = rows_of(row(*NARROW, column), somebody(1, xml))
                assert faults_of(found) == [(column, code)]

    def test_a_row_of_nothing_but_such_cells_counts(self):
        roster = open_roster(book({"名单": [HEAD, row(*[UNCOMPUTED] * 3), row(*[NOT_AVAILABLE] * 3)]}))
        assert (roster.count(), roster.blank_rows) == (2, 0)
        assert [[code for _, code in faults_of(found)] for found in roster.rows()] == [
            ["CELL_UNCOMPUTED"] * 3,
            ["CELL_ERROR"] * 3,
        ]

    @pytest.mark.parametrize(
        ("xml", "expected"),
        [
            ("<c><f>A1</f></c>", UncomputedCell()),
            ("<c><f>A1</f><v></v></c>", UncomputedCell()),
            ("<c><f>A1</f><v/></c>", UncomputedCell()),
            ('<c t="str"><f>A1</f></c>', UncomputedCell()),
            ('<c><f t="shared" si="0"/></c>', UncomputedCell()),
            # This 0 is not trusted: a program that does not calculate stores 0, and Excel stores 0 if A1 is blank.
            ("<c><f>A1</f><v>0</v></c>", UncomputedCell()),
            ('<c t="str"><f>""</f><v></v></c>', None),
            ('<c t="str"><f>A1</f><v>A123456</v></c>', "A123456"),
            ('<c><f t="shared" si="0"/><v>123456</v></c>', 123456.0),
            ('<c><f t="array" ref="D2:D3">A1:A2</f><v>5</v></c>', 5.0),
            ("<c><v>0</v></c>", 0.0),
            ('<c t="e"><v>#REF!</v></c>', ErrorCell("#REF!")),
            ('<c t="e"/>', ErrorCell("#VALUE!")),
            ('<c t="e"><v></v></c>', ErrorCell("#VALUE!")),
            ("<c><v>twelve</v></c>", ErrorCell("#NUM!")),
            ("<c><v>1e999</v></c>", ErrorCell("#NUM!")),
            ('<c t="b"><v>1</v></c>', True),
            ('<c t="d"><v>2020-01-31T00:00:00</v></c>', datetime.fromisoformat("2020-01-31T00:00")),
            ('<c t="d"><v>2020-01-30T16:00:00Z</v></c>', datetime.fromisoformat("2020-01-31T00:00")),
            ('<c t="inlineStr"><is><t/></is></c>', None),
            ("<c/>", None),
        ],
    )
    def test_each_kind_of_cell(self, xml: str, expected: object):
        assert cell_of(xml) == expected

    def test_a_truth_value_is_no_name(self):
        [found] = rows_of(HEAD, row('<c t="b"><v>1</v></c>', "身份证", resident(1)))
        assert faults_of(found) == [(NAME, "NAME_MALFORMED")]

    def test_rows_read_and_blank_ones_are_all_rows(self):
        rows = [
            row("某某工会名单"),
            row(*NARROW, "序号"),
            somebody(1),
            row(),
            row(BLANK, BLANK, BLANK, "4"),
            somebody(2, r="9"),
            row(BLANK, BLANK, BLANK, "合计", r="12"),
        ]
        roster = open_roster(book({"名单": rows}))
        assert [found.number for found in roster.rows()] == [3, 9]
        assert (roster.heading_row, roster.total, roster.blank_rows, roster.aside_rows) == (2, 2, 8, 2)
        assert roster.unused_columns() == ["序号"]

    def test_spaces_alone_are_blank(self):
        roster = open_roster(book({"名单": [HEAD, somebody(1), row("\u3000", " ", "\u200b")]}))
        assert (roster.total, roster.blank_rows) == (1, 1)

    def test_an_empty_formula_is_reported_where_a_blank_has_a_meaning(self):
        empty = '<c t="str"><f>IFERROR(VLOOKUP(A2,Z:Z,1,0),"")</f><v></v></c>'
        rows = [row(*NARROW, UNIT, TAG, SERVICE_CARD), somebody(1, *[empty] * 3), somebody(2, BLANK), row(*[empty] * 6)]
        roster = open_roster(book({"名单": rows}))
        first, second = roster.rows()
        assert (first.blank_formulas, second.blank_formulas) == ((UNIT, TAG, SERVICE_CARD), ())
        assert faults_of(first) == []
        assert [(note.column, note.code.value) for note in _notes(first)] == [
            (UNIT, "CELL_BLANK_FORMULA"),
            (SERVICE_CARD, "CELL_BLANK_FORMULA"),
        ]
        assert (roster.total, roster.blank_rows, roster.unused_columns()) == (2, 0, [])

    def test_formulas_that_give_nothing_far_out_cost_nothing(self):
        far = '<c r="XFD2" t="str"><f>A1</f><v></v></c>'
        [found] = rows_of(HEAD, somebody(1, far))
        assert len(found.line) == 3

    @pytest.mark.parametrize("text", ["#N/A", " #n/a ", "＃Ｎ／Ａ", "#REF!", "#NAME?", "#SPILL!", "#DIV/0!"])
    def test_an_error_that_was_pasted_as_a_text_is_one(self, text: str):
        [found] = rows_of(row(*NARROW, TAG), somebody(1, text))
        assert faults_of(found) == [(TAG, "CELL_ERROR")]

    @pytest.mark.parametrize("text", ["#1", "一线#N/A", "#", "N/A"])
    def test_other_texts_with_such_a_sign_are_texts(self, text: str):
        [found] = rows_of(row(*NARROW, TAG), somebody(1, text))
        assert (found.cells[TAG], faults_of(found)) == (text, [])

    @pytest.mark.parametrize("name", ["王*明", "王＊明", "*明", "王某某**", "王××", "王○○", "王■", "欧阳✱✱"])
    def test_a_masked_name_is_no_name(self, name: str):
        [found] = rows_of(HEAD, row(name, "身份证", resident(1)))
        assert faults_of(found) == [(NAME, "NAME_MASKED")]

    def test_a_code_in_the_writing_of_our_csv_files_is_the_code(self):
        [found] = rows_of(row(*NARROW, TAG), somebody(1, '="007"'))
        entry = judge(found.cells, UnitDirectory([], ticked=uuid4()), date(2024, 5, 10)).entry
        assert entry is not None
        assert entry.tag == "007"


class TestTexts:
    def shared(self, *items: str) -> str:
        return f'<sst xmlns="{MAIN}" count="1" uniqueCount="4294967295">{"".join(items)}</sst>'

    def test_rich_text_is_joined_and_its_reading_is_not(self):
        reading = '<rPh sb="0" eb="1"><t>おうよう</t></rPh><phoneticPr/>'
        item = f"<si><r><t>欧</t></r><r><rPr><b/></rPr><t>阳</t></r>{reading}</si>"
        [found] = rows_of(HEAD, row('<c t="s"><v>0</v></c>', "身份证", resident(1)), shared=self.shared(item))
        assert found.cells[NAME] == "欧阳"

    def test_an_announced_size_is_not_believed(self):
        [found] = rows_of(
            HEAD, row('<c t="s"><v>0</v></c>', "身份证", resident(1)), shared=self.shared("<si><t>王</t></si>")
        )
        assert found.cells[NAME] == "王"

    @pytest.mark.parametrize("place", ["1", "-1", "99999999999", "x", "1.5"])
    def test_a_string_that_is_not_there_damages_the_file(self, place: str):
        with pytest.raises(FileUnreadable):
            rows_of(HEAD, row(f'<c t="s"><v>{place}</v></c>'), shared=self.shared("<si><t>王</t></si>"))

    def test_escapes_of_the_standard_are_undone(self):
        assert cell_of('<c t="inlineStr"><is><t>A_x000D_B_x005F_xD83D_</t></is></c>') == "A\rB_xD83D_"

    def test_characters_beyond_the_first_plane_stay(self):
        assert cell_of('<c t="inlineStr"><is><t>王\U0003135a&#x2A6D6;</t></is></c>') == "王\U0003135a\U0002a6d6"


class TestNumberFormats:
    @pytest.mark.parametrize(
        ("code", "number", "shown"),
        [
            ("0000000000000000", "12345678", "0000000012345678"),
            ("00000000", "1234567", "01234567"),
            ("0000 0000 0000 0000", "12345678", "0000 0000 1234 5678"),
            ("0000-0000-0000", "12345678", "0000-1234-5678"),
            ('"C"000000', "42", "C000042"),
            ("\\A00000", "42", "A00042"),
            ("000000;[Red]-000000", "42", "000042"),
            ("[$-804]000000", "42", "000042"),
            ("0000", "1234567", "1234567"),
            ("###-0000-0000", "13800138000", "138-0013-8000"),
            ("0", "12345678", 12345678.0),
            ("General", "12345678", 12345678.0),
            ("@", "12345678", 12345678.0),
            ("0.00", "12345678", 12345678.0),
            ("#,##0", "12345678", 12345678.0),
            ("0.00E+00", "12345678", 12345678.0),
            ("[<=9999999]000-0000;0000", "42", "000-0042"),
            ("0000000000000000", "1234567890123456", 1234567890123456.0),
            ("00000000", "1.5", UnshownCell()),
            ("0%", "0.5", "50%"),
            ("yyyy-mm-dd", "43861", date(2020, 1, 31)),
            ('yyyy"年"m"月"d"日"', "43861", date(2020, 1, 31)),
            ("yyyy年mm月dd日", "43861", date(2020, 1, 31)),
            ("[$-F800]dddd\\,\\ mmmm\\ dd\\,\\ yyyy", "43861", date(2020, 1, 31)),
            ("yyyy/m/d h:mm", "43861.5", datetime.fromisoformat("2020-01-31T12:00")),
            ("h:mm", "0.5", "12:00:00"),
            ("yyyy-mm-dd", "-5", -5.0),
            ("yyyy-mm-dd", "99999999", 99999999.0),
        ],
    )
    def test_a_number_is_read_as_its_cell_shows_it(self, code: str, number: str, shown: object):
        assert cell_of(f'<c s="1"><v>{number}</v></c>', style=styles(code)) == shown

    def test_the_other_calendar(self):
        settings = '<workbookPr date1904="1"/>'
        found = cell_of('<c s="1"><v>42399</v></c>', JOINED_ON, style=styles("yyyy-mm-dd"), settings=settings)
        assert found == date(2020, 1, 31)

    def test_leading_zeros_of_a_card_are_kept(self):
        [found] = rows_of(
            row(*NARROW, SERVICE_CARD), somebody(1, '<c s="1"><v>12345678</v></c>'), style=styles("0" * 16)
        )
        units = UnitDirectory([], ticked=uuid4())
        entry = judge(found.cells, units, date(2024, 5, 10)).entry
        assert entry is not None
        assert entry.card_number == "0000000012345678"

    def test_digits_that_were_lost_stay_an_error(self):
        [found] = rows_of(
            row(*NARROW, SERVICE_CARD), somebody(1, '<c s="1"><v>6223123456789012</v></c>'), style=styles("0" * 16)
        )
        assert faults_of(found) == [(SERVICE_CARD, "SERVICE_CARD_MALFORMED")]


class TestMergedCells:
    def test_shared_values_are_filled_down_with_a_note(self):
        more = ("示例二厂", "劳模")
        found = rows_of(
            row(*NARROW, UNIT, TAG),
            *(somebody(1, *more), somebody(2), somebody(3), somebody(4)),
            after=merges("D2:D4", "E2:E3"),
        )
        assert [one.cells.get(UNIT) for one in found] == ["示例二厂"] * 3 + [None]
        assert [one.cells.get(TAG) for one in found] == ["劳模", "劳模", None, None]
        assert [one.filled for one in found] == [(), (UNIT, TAG), (UNIT,), ()]

    @pytest.mark.parametrize("column", [NAME, NUMBER, MOBILE, SERVICE_CARD])
    def test_values_of_one_person_are_not_filled_down(self, column: str):
        heads = (NAME, DOCUMENT_TYPE, NUMBER, MOBILE, SERVICE_CARD)
        letter = "ABCDE"[heads.index(column)]
        found = rows_of(
            row(*heads),
            somebody(1, "13812345678", "6223000011112222"),
            *(somebody(n) for n in (2, 3)),
            after=merges(f"{letter}2:{letter}3"),
        )
        assert [(column, "CELL_MERGED") in faults_of(one) for one in found] == [True, True, False]

    def test_a_person_of_two_rows_is_one_person(self):
        found = rows_of(HEAD, somebody(1), row(r="3"), somebody(2, r="4"), after=merges("A2:A3", "B2:B3", "C2:C3"))
        assert [one.number for one in found] == [2, 4]
        assert [faults_of(one) for one in found] == [[], []]

    def test_a_cell_that_shares_its_value_with_another_column_is_no_blank(self):
        [found] = rows_of(row(*NARROW, TAG, UNIT), somebody(1, "劳模"), after=merges("D2:E2"))
        assert found.cells[UNIT] == MergedCell()
        assert faults_of(found) == [(UNIT, "CELL_MERGED")]

    def test_merges_that_overlap_damage_the_file(self):
        with pytest.raises(FileUnreadable):
            rows_of(row(*NARROW, UNIT), somebody(1, "示例二厂"), somebody(2), after=merges("D2:D3", "D3:D4"))

    @pytest.mark.parametrize("column", COLUMNS[3:])
    def test_a_text_below_a_blank_merge_is_not_what_the_sheet_shows(self, column: str):
        found = rows_of(row(*NARROW, column), somebody(1), somebody(2, "示例二厂"), somebody(3), after=merges("D2:D3"))
        assert [faults_of(one) for one in found] == [[], [(column, "CELL_MERGED")], []]
        other = MOBILE if column == TAG else TAG
        [beside] = rows_of(row(*NARROW, other, column), somebody(1, BLANK, "示例二厂"), after=merges("D2:E2"))
        assert beside.cells[column] == MergedCell()

    def test_merged_blank_cells_are_blank(self):
        found = rows_of(row(*NARROW, UNIT, MOBILE), somebody(1), somebody(2), after=merges("D2:E3"))
        assert [faults_of(one) for one in found] == [[], []]

    def test_a_merge_that_begins_in_the_headings_leaves_no_blank_behind(self):
        found = rows_of(row(*NARROW, UNIT), somebody(1), somebody(2), after=merges("D1:D3"))
        assert [faults_of(one) for one in found] == [[(UNIT, "UNIT_UNKNOWN")]] * 2

    def test_openpyxl_and_error_cells_merge_too(self):
        made = openpyxl.load_workbook(io.BytesIO(workbook([person(1, **{UNIT: "示例二厂"}), person(2)], COLUMNS)))
        made.worksheets[0].merge_cells("F2:F3")
        assert [one.cells[UNIT] for one in open_roster(saved(made)).rows()] == ["示例二厂"] * 2
        found = rows_of(row(*NARROW, UNIT), somebody(1, NOT_AVAILABLE), somebody(2), after=merges("D2:D3"))
        assert [faults_of(one) for one in found] == [[(UNIT, "CELL_ERROR")]] * 2


class TestHeadings:
    @pytest.mark.parametrize(("column", "word"), [(c, w) for c, words in SYNONYMS.items() for w in words])
    def test_a_synonym_stands_for_its_column(self, column: str, word: str):
        assert column_of(f" {word}（选填）*") == column

    def test_no_word_stands_for_two_columns(self):
        words = [word for column, more in SYNONYMS.items() for word in (column, *more)]
        assert len(words) == len(set(words))

    @pytest.mark.parametrize("word", ["会员服务卡", "工会名称", "单位代码", "部门", "会员编号", "备注", ""])
    def test_what_means_something_else_is_unused(self, word: str):
        assert column_of(word) is None

    @pytest.mark.parametrize(
        ("word", "column"),
        [
            *(("企业全称", UNIT), ("所属公司", UNIT), ("关联单位", UNIT), ("參保單位", UNIT), ("單位名稱", UNIT)),
            *(("證件號碼", NUMBER), ("身分證字號", None), ("身分證號碼", NUMBER), ("證件類型", DOCUMENT_TYPE)),
            *(("手機號碼", MOBILE), ("聯繫電話", MOBILE), ("員工姓名", NAME), ("入會時間", JOINED_ON)),
            *(("會員標籤", TAG), ("工會會員服務卡卡號", SERVICE_CARD), ("工会会员服务卡卡号", SERVICE_CARD)),
            *(("1.姓名", NAME), ("（1）姓名", NAME), ("(二)证件号码*", NUMBER), ("3、手机号", MOBILE), ("④單位", UNIT)),
            *(("一、姓名", NAME), ("01 姓名", NAME), ("⒉证件类型", DOCUMENT_TYPE), ("12) 入会日期", JOINED_ON)),
            *(("1", None), ("一", None), ("2024", None), ("1.", None)),
        ],
    )
    def test_traditional_and_numbered_headings(self, word: str, column: str | None):
        assert column_of(word) == column

    def test_headings_below_the_tenth_row_are_reported(self):
        rows = [*(row(f"说明{n}") for n in range(11)), HEAD, somebody(1)]
        with pytest.raises(ColumnMissing, match=r"前10行中没有找到列标题.*姓名"):
            rows_of(*rows)
        with pytest.raises(ColumnMissing, match=r"“证件类型”.*前10行"):
            rows_of(row("姓名"), *rows)

    def test_two_columns_of_one_meaning_are_both_named(self):
        with pytest.raises(ColumnTwice, match=r"“手机号码”和“联系电话”.*“手机号”"):
            rows_of(row(*NARROW, "手机号码", "联系电话"), somebody(1))

    def test_columns_without_a_heading_are_named_by_their_letter(self):
        roster = open_roster(book({"名单": [row(*NARROW, BLANK, "备注"), somebody(1, "x", "y")]}))
        assert roster.unused_columns() == ["D列（无标题）", "备注"]

    def test_unused_columns_without_anything_in_them_are_not_named(self):
        assert open_roster(book({"名单": [row(*NARROW, "备注"), somebody(1)]})).unused_columns() == []

    def test_headings_of_two_rows(self):
        rows = [
            row("名单"),
            row("姓名", "证件", BLANK, "工作信息", BLANK),
            row(BLANK, "证件类型", "证件号码", "单位名称", "部门"),
            somebody(1, "示例一厂", "车间"),
        ]
        roster = open_roster(book({"名单": sheet(rows, after=merges("A1:E1", "A2:A3", "B2:C2", "D2:E2"))}))
        [found] = roster.rows()
        assert (roster.heading_row, found.number) == (3, 4)
        assert (found.cells[UNIT], roster.unused_columns()) == ("示例一厂", ["部门"])

    def test_required_headings_over_two_rows(self):
        rows = [
            row(*NARROW, "工作信息", BLANK),
            row(BLANK, BLANK, BLANK, "单位", "部门"),
            somebody(1, "示例一厂", "车间"),
        ]
        after = merges("A1:A2", "B1:B2", "C1:C2", "D1:E1")
        roster = open_roster(book({"名单": sheet(rows, after=after)}))
        assert [(found.number, found.cells[UNIT]) for found in roster.rows()] == [(3, "示例一厂")]

    def test_hidden_columns_are_named(self):
        for how in ('hidden="1"', 'width="0"', 'width="0.00" customWidth="1"'):
            before = f'<cols><col min="4" max="5" {how}/></cols>'
            data = book({"名单": sheet([row(*NARROW, UNIT), somebody(1, "示例一厂")], before=before)})
            assert open_roster(data).hidden_columns() == [UNIT]


class TestSheets:
    def sheet_roles(self, data: bytes, requested: str | None = None) -> list[tuple[str, str, int]]:
        return [(one["name"], one["role"], one["rows"]) for one in Workbook(data, requested).sheets()]

    def test_the_first_visible_roster_is_read_and_the_others_are_named(self):
        sheets = {
            "填写说明": [row("请按模板填写")],
            "空表": [HEAD],
            "旧": [HEAD, somebody(9)],
            "一车间": [HEAD, somebody(1)],
            "二车间": [HEAD, somebody(2), somebody(3)],
            "坏": "<worksheet><sheetData><row>",
        }
        assert self.sheet_roles(book(sheets, hidden=["旧"])) == [
            ("填写说明", "no_roster", 0),
            ("空表", "no_roster", 0),
            ("旧", "people", 1),
            ("一车间", "read", 1),
            ("二车间", "people", 2),
            ("坏", "unreadable", 0),
        ]

    def test_a_sheet_that_is_asked_for_is_read(self):
        data = book({"一车间": [HEAD, somebody(1)], "二 车间": [HEAD, somebody(2)]}, hidden=["二 车间"])
        assert [role for _, role, _ in self.sheet_roles(data, " 二 车间 ")] == ["people", "read"]
        with pytest.raises(SheetUnknown, match="一车间"):
            Workbook(data, "三车间")

    def test_without_a_roster_the_most_helpful_reason_is_given(self):
        with pytest.raises(NoRows):
            open_roster(book({"说明": [row("x")], "名单": [HEAD]}))
        with pytest.raises(ColumnMissing):
            open_roster(book({"空": [], "名单": [row(NAME, NUMBER), row("张", "1")]}))

    def test_hidden_rows_are_read_and_counted(self):
        data = book({"名单": [HEAD, somebody(1), somebody(2, hidden="1"), somebody(3, ht="0"), somebody(4, ht="0.0")]})
        roster = open_roster(data)
        assert (roster.hidden_rows, [found.is_hidden for found in roster.rows()]) == (3, [False, True, True, True])

    def test_a_roster_on_a_hidden_sheet_alone_is_named(self):
        data = book({"说明": [row("请看")], "名 单": [HEAD, somebody(1), somebody(2)]}, hidden=["名 单"])
        with pytest.raises(SheetHidden, match=r"隐藏的工作表“名 单”（2行）.*取消隐藏"):
            Workbook(data)
        assert Workbook(data, "名 单").roster.total == 2
        with pytest.raises(ColumnMissing):
            Workbook(book({"说明": [row("请看")], "旧": [row("也请看")]}, hidden=["旧"]))

    def test_a_sheet_that_goes_on_without_headings_is_reported_with_its_rows(self):
        sheets = {
            "一": [HEAD, somebody(1)],
            "二": [somebody(2), somebody(3), row("合计", "2人")],
            "三": [row("5", *["x"] * 60, resident(4))],
            "说明": [row("联系人", "", "请填写18位号码"), row("电话", "x", "021-12345")],
        }
        sheets = self.sheet_roles(book(sheets))
        assert sheets[1:] == [("二", "no_headings", 2), ("三", "no_headings", 1), ("说明", "no_roster", 0)]


class TestWriters:
    def test_strict_names_odd_folders_and_prefixes(self):
        data = book({"名单": [HEAD, somebody(1)]}, main=STRICT_MAIN, relations=STRICT_R, folder="data")
        assert open_roster(data).total == 1
        prefixed = "".join([HEAD, somebody(1)]).replace("</", "</x:").replace("<", "<x:").replace("<x:/x:", "</x:")
        content = f'<x:worksheet xmlns:x="{MAIN}"><x:sheetData>{prefixed}</x:sheetData></x:worksheet>'
        assert open_roster(book({"名单": content})).total == 1

    def test_cells_out_of_order_find_their_columns(self):
        mixed = (
            f'<row r="2"><c r="C2" t="str"><v>{resident(1)}</v></c><c r="A2" t="str"><v>张</v></c>'
            '<c r="B2" t="str"><v>身份证</v></c></row>'
        )
        [found] = rows_of(HEAD, mixed)
        assert found.cells == {NAME: "张", DOCUMENT_TYPE: "身份证", NUMBER: resident(1)}

    def test_utf_16_is_xml_too(self):
        content = f'<?xml version="1.0" encoding="UTF-16"?>{sheet([HEAD, somebody(1)])}'
        data = book({"名单": "@"})
        assert open_roster(_with_part(data, "xl/worksheets/sheet1.xml", content.encode("utf-16"))).total == 1

    def test_other_things_of_a_sheet_are_passed_over(self):
        after = (
            '<autoFilter ref="A1:C2"/><dataValidations count="1"><dataValidation sqref="B2"><formula1>"a"</formula1>'
            '</dataValidation></dataValidations><hyperlinks/><legacyDrawing r:id="x" xmlns:r="r"/>'
            '<extLst><ext><row r="9"><c r="A9"><v>1</v></c></row></ext></extLst>'
        )
        [found] = rows_of(HEAD, somebody(1), after=after)
        assert found.number == 2


def _with_part(data: bytes, name: str, content: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(file, "w") as new:
        for entry in old.infolist():
            new.writestr(entry.filename, content if entry.filename == name else old.read(entry))
    return file.getvalue()


def test_a_roster_says_what_it_is():
    roster = open_roster(book({"名单": [WIDE, somebody(1)]}))
    assert isinstance(roster, Roster)
    assert list(roster.places) == list(COLUMNS)
