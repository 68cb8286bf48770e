"""Nearly all rows of rosters are valid as they are written, so the service has a shortcut for such rows.

The shortcut must give the same result as all rules applied one after another.
"""

from datetime import UTC, date, datetime
from itertools import product
from typing import Any
from uuid import UUID

import pytest
from unit.member_svc.workbooks import resident

from contracts.words import DocumentType
from enrollctl.roster.columns import COLUMNS
from enrollctl.roster.roster_maker import make_roster
from member_svc.domain.roster import validation
from member_svc.domain.roster.cell_kinds import BlankFormulaCell, Cell, ErrorCell, UncomputedCell
from member_svc.domain.roster.documents import is_resident_number, number_faults
from member_svc.domain.roster.headings import (
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

TODAY = date(2026, 5, 1)
TICKED = UUID(int=1)
UNITS = ["示例一厂", "示例(二)厂", "示例（二）厂", "D2143569X"]
ORDINARY: dict[str, Cell] = {
    NAME: "张三",
    DOCUMENT_TYPE: "身份证",
    NUMBER: resident(1),
    MOBILE: "13812345678",
    TAG: "一线职工",
    UNIT: "示例一厂",
    JOINED_ON: "2020-01-31",
    SERVICE_CARD: "6223000011112222",
}
ANYWHERE: list[Cell] = [
    *("", " ", "\t", "#N/A", '="007"', "'1", "x" * 501, "\ud800", "\u200b", "ＡＢＣ", "１２３", "1.2E+16"),
    *(
        0,
        1,
        1.0,
        True,
        1.5,
        310101196001010019,
        date(2020, 1, 31),
        datetime(2020, 1, 31, 8, 0, tzinfo=UTC).replace(tzinfo=None),
    ),
    *(ErrorCell("#N/A"), UncomputedCell(), BlankFormulaCell()),
]
ODD: dict[str, list[Cell]] = {
    NAME: ["张" * 50, "张" * 51, "锟斤拷", "张 三", "张·三", "张?", "张*", "3", "Zhang San", "李\ufe00"],
    DOCUMENT_TYPE: [*(kind.label for kind in DocumentType), "身份证 ", "驾驶证"],
    NUMBER: [
        *(resident(1).lower(), resident(1) + " ", resident(1)[:-1], resident(1)[:-1] + "?", "310101196013010019"),
        *("991101199003071230", "810000199003071230", "110101187912310010", "310101600101001", "E12345678"),
    ],
    MOBILE: ["+8613812345678", "138-1234-5678", "8613812345678", "12812345678", "１３８１２３４５６７８"],
    TAG: ["一线" * 26, "一线\n职工", "A 组"],
    UNIT: [*UNITS, " 示例一厂 ", "示例 一厂", "d2143569-x", "没有的厂"],
    JOINED_ON: ["2020/1/31", "2020年1月31日", "20200131", "2020-02-30", "1899-12-31", "2020-01-30T16:00:00Z", "昨天"],
    SERVICE_CARD: ["6223 0000 1111 2222", "622-300", "6223", "6.223E+15", "卡"],
}


def units() -> UnitDirectory:
    listed = [ListedUnit(UUID(int=place), name, None, None) for place, name in enumerate(UNITS, 2)]
    return UnitDirectory(listed, ticked=TICKED)


def by_all_rules(cells: dict[str, Cell]) -> Judgement:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(validation, "_plain_entry", lambda *_: None)
        return judge(cells, units(), TODAY)


def variants() -> list[dict[str, Cell]]:
    changed = [ORDINARY | {column: cell} for column in ORDINARY for cell in [*ANYWHERE, *ODD[column]]]
    missing = [{c: cell for c, cell in ORDINARY.items() if c != left_out} for left_out in ORDINARY]
    return [dict(ORDINARY), *changed, *missing]


def test_an_ordinary_row_needs_no_other_rules(monkeypatch: pytest.MonkeyPatch):
    expected = by_all_rules(ORDINARY)
    monkeypatch.setattr(validation, "_details", None)
    assert judge(ORDINARY, units(), TODAY) == expected
    assert expected.entry is not None


@pytest.mark.parametrize("cells", variants())
def test_every_row_is_judged_as_by_all_rules(cells: dict[str, Cell]):
    assert judge(cells, units(), TODAY) == by_all_rules(cells)


def test_rosters_with_every_case_are_judged_as_by_all_rules():
    entries = 0
    for row in make_roster(1500, 5, units=UNITS[:1]).rows():
        cells: dict[str, Any] = {
            column: cell for column, cell in zip(COLUMNS, row.cells, strict=True) if cell is not None
        }
        judged = judge(cells, units(), TODAY)
        assert judged == by_all_rules(cells)
        entries += judged.entry is not None
    assert 500 < entries < 1500


def test_a_resident_number_is_one_without_faults():
    firsts, days, checks = ("31", "11", "71", "81", "99", "00"), ("19600101", "18791231", "20270101"), "0123456789X"
    for first, day, check in product(firsts, days, checks):
        number = f"{first}0101{day}001{check}"
        assert is_resident_number(number, TODAY) == (not number_faults(DocumentType.RESIDENT_ID, number, TODAY))
