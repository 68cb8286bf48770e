"""Every rule of a roster row; the check reports all errors of a row at once (D08)."""

from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest
from unit.member_svc.workbooks import person

from member_svc.domain.roster.headings import (
    COLUMNS,
    DOCUMENT_TYPE,
    JOINED_ON,
    MOBILE,
    NAME,
    NUMBER,
    SERVICE_CARD,
    TAG,
    UNIT,
)
from member_svc.domain.roster.unit_directory import ListedUnit, UnitDirectory
from member_svc.domain.roster.validation import Judgement, judge

TICKED, OTHER = uuid4(), uuid4()
UNITS = UnitDirectory(
    [
        ListedUnit(TICKED, "甲公司", None, None),
        ListedUnit(OTHER, "乙公司（上海）", "D2143569X", "91350100M000100Y43"),
    ],
    ticked=TICKED,
)


def judged(**cells: Any) -> Judgement:
    return judge({k: v for k, v in person(1, **cells).items() if v is not None}, UNITS, date(2024, 5, 10))


def errors(**cells: Any) -> list[tuple[str, str]]:
    return [(fault.column, fault.code.value) for fault in judged(**cells).faults]


@pytest.mark.parametrize("column", [NAME, DOCUMENT_TYPE, NUMBER, MOBILE, TAG, UNIT, JOINED_ON, SERVICE_CARD])
def test_a_text_of_hundreds_of_characters_is_refused_before_it_is_normalized(column: str):
    assert (column, "CELL_TOO_LONG") in errors(**{column: "ﷺ" * 501})


@pytest.mark.parametrize("name", ["王&#143485;", "王□明", "王_xD842__xDFB7_", "王&#x2306F;"])
def test_a_character_that_was_written_by_its_number_or_as_a_box_is_lost(name: str):
    assert errors(**{NAME: name}) == [(NAME, "NAME_CHARACTER_LOST")]


def test_a_full_row_becomes_a_clean_entry():
    entry = judged(
        **{
            NAME: " 张三 ",
            MOBILE: "+86 13812345678",
            TAG: "一线",
            JOINED_ON: "2020/1/31",
            SERVICE_CARD: "6223 1234 5678 9012",
        }
    ).entry
    assert entry is not None
    assert (entry.name, entry.mobile, entry.tag) == ("张三", "13812345678", "一线")
    assert (entry.joined_on, entry.card_number) == (date(2020, 1, 31), "6223123456789012")
    assert entry.unit_id == TICKED


def test_empty_cells_are_absent_not_blank():
    entry = judged(**{MOBILE: "  ", TAG: "", SERVICE_CARD: None}).entry
    assert entry is not None
    assert (entry.mobile, entry.tag, entry.joined_on, entry.card_number) == (None, None, None, None)


@pytest.mark.row("F081", "F082", "F083", "F085", "A18")
@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({NAME: None}, (NAME, "NAME_MISSING")),
        ({NAME: "\u3000 "}, (NAME, "NAME_MISSING")),
        ({NAME: "长" * 51}, (NAME, "NAME_TOO_LONG")),
        ({NAME: "=1+1"}, (NAME, "NAME_MALFORMED")),
        ({NAME: "·买买提"}, (NAME, "NAME_MALFORMED")),
        ({NAME: 12.0}, (NAME, "NAME_MALFORMED")),
        ({NAME: "王\ufffd"}, (NAME, "NAME_CHARACTER_LOST")),
        ({NAME: "王？"}, (NAME, "NAME_CHARACTER_LOST")),
        ({NAME: "王\uffff"}, (NAME, "NAME_CHARACTER_LOST")),
        ({DOCUMENT_TYPE: None}, (DOCUMENT_TYPE, "DOCUMENT_TYPE_MISSING")),
        ({DOCUMENT_TYPE: "军官证"}, (DOCUMENT_TYPE, "DOCUMENT_TYPE_UNKNOWN")),
        ({NUMBER: None}, (NUMBER, "NUMBER_MISSING")),
        ({NUMBER: 310101199003071230}, (NUMBER, "NUMBER_NUMERIC_CELL")),
        ({NUMBER: "3.10101E+17"}, (NUMBER, "NUMBER_NUMERIC_CELL")),
        ({NUMBER: "310101"}, (NUMBER, "NUMBER_MALFORMED")),
        ({NUMBER: "310115198506150018"}, (NUMBER, "NUMBER_BAD_CHECK_DIGIT")),
        ({NUMBER: "310101900307123"}, (NUMBER, "NUMBER_15_DIGITS")),
        ({MOBILE: "12812345678"}, (MOBILE, "MOBILE_MALFORMED")),
        ({MOBILE: "021-63211234"}, (MOBILE, "MOBILE_MALFORMED")),
        ({TAG: "标" * 51}, (TAG, "TAG_TOO_LONG")),
        ({JOINED_ON: "2020-02-30"}, (JOINED_ON, "JOINED_ON_MALFORMED")),
        ({JOINED_ON: "1020-02-03"}, (JOINED_ON, "JOINED_ON_MALFORMED")),
        ({UNIT: "丙公司"}, (UNIT, "UNIT_UNKNOWN")),
        ({SERVICE_CARD: "无"}, (SERVICE_CARD, "SERVICE_CARD_MALFORMED")),
        ({SERVICE_CARD: 6223123456789012.0}, (SERVICE_CARD, "SERVICE_CARD_MALFORMED")),
    ],
)
def test_each_rule_names_its_column(cells: dict[str, Any], expected: tuple[str, str]):
    assert errors(**cells) == [expected]


@pytest.mark.row("F081")
@pytest.mark.parametrize("name", ["长" * 50, "李", "阿卜杜勒·买买提", "𠮷野", "John Smith", "O'Neil"])
def test_names_of_one_to_fifty_characters_are_accepted(name: str):
    assert errors(**{NAME: f" {name} "}) == []


@pytest.mark.row("F081")
@pytest.mark.parametrize("name", ["王\ue863", "张\U0002edcd", "李\U00031351", "\U00031351明", "\ue863明", "⼈明"])
def test_rare_characters_of_a_name_are_kept(name: str):
    entry = judged(**{NAME: name}).entry
    assert entry is not None
    assert entry.name == name


@pytest.mark.row("D11", "A58")
@pytest.mark.parametrize("written", ["٠٨٧٦٥٤٣٢", "०८७६५४३२", "๐๘๗๖๕๔๓๒", "０８７６５４３２", "'0876 5432\u200b"])
def test_digits_of_another_script_make_no_second_person(written: str):
    entry = judged(**{DOCUMENT_TYPE: "台湾居民来往大陆通行证", NUMBER: written}).entry
    assert entry is not None
    assert entry.number == "08765432"


@pytest.mark.parametrize("number", ["E1234567²", "E1234567①"])
def test_a_footnote_mark_behind_a_number_is_an_error(number: str):
    assert errors(**{DOCUMENT_TYPE: "护照", NUMBER: number}) == [(NUMBER, "NUMBER_MALFORMED")]


@pytest.mark.row("D08")
def test_a_row_with_many_errors_lists_them_all_in_the_order_of_the_columns():
    wrong = {
        NAME: None,
        DOCUMENT_TYPE: "军官证",
        NUMBER: 1.0,
        MOBILE: "1",
        TAG: "标" * 51,
        UNIT: "丙公司",
        JOINED_ON: "x",
        SERVICE_CARD: "无",
    }
    found = errors(**dict.fromkeys(COLUMNS, "长" * 501) | wrong)
    assert [column for column, _ in found] == list(COLUMNS)


@pytest.mark.row("F082")
def test_an_unknown_document_type_names_the_allowed_ones():
    [fault] = judged(**{DOCUMENT_TYPE: "军官证"}).faults
    assert "身份证、港澳居民居住证" in fault.message
    assert "护照" in fault.message


@pytest.mark.row("A46")
@pytest.mark.parametrize(
    ("cell", "unit_id"),
    [
        ("甲公司", TICKED),
        ("乙公司(上海)", OTHER),
        ("乙公司 (上海)", OTHER),
        ("乙公司\u200b（上\n海）", OTHER),
        ("'d2143569－x", OTHER),
        (" 乙公司（上海） ", OTHER),
        ("D2143569-X", OTHER),
        ("91350100m000100y43", OTHER),
        ("", TICKED),
    ],
)
def test_the_unit_cell_beats_the_ticked_unit(cell: str, unit_id: UUID):
    entry = judged(**{UNIT: cell}).entry
    assert entry is not None
    assert entry.unit_id == unit_id


def test_two_units_that_differ_by_their_brackets_are_told_apart():
    twins = UnitDirectory(
        [ListedUnit(TICKED, "示例(上海)", None, None), ListedUnit(OTHER, "示例（上海）", None, None)], TICKED
    )
    assert (twins.find("示例(上海)"), twins.find("示例（上海） ")) == (TICKED, OTHER)
    assert twins.find("示例（上海)") is None


def test_a_tag_keeps_its_form():
    entry = judged(**{TAG: " 一线（上海）\u200b\n"}).entry
    assert entry is not None
    assert entry.tag == "一线（上海）"


def test_a_name_that_two_units_share_finds_neither():
    twins = UnitDirectory(
        [ListedUnit(TICKED, "甲公司", None, None), ListedUnit(OTHER, "甲公司", "D2143569X", None)], TICKED
    )
    assert twins.find("甲公司") is None
    assert twins.find("D2143569X") == OTHER


def test_no_message_quotes_the_person():
    judgement = judged(**{NAME: "欧阳" * 30, MOBILE: "138123456", NUMBER: "310115198506150018"})
    text = "".join(fault.message for fault in judgement.faults)
    assert not any(secret in text for secret in ("欧阳", "138123456", "19850615"))
