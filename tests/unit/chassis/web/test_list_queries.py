"""The query language of every list: sort, day ranges, patterns, pages."""

from datetime import date, datetime

import pytest

from chassis.domain import SHANGHAI
from chassis.sql import contains
from chassis.validation import DayRange
from chassis.validation.days import RangeReversed
from chassis.web import ALL, SHARED, Order, PageRequest, Texts, columns_of, pager_text
from chassis.web.paging import SortUnknown

ORDER = Order({"submitted_at": "l.submitted_at", "unit_name": "l.unit_name"}, default="-submitted_at", tie="l.line_id")


@pytest.mark.parametrize(
    ("sort", "terms"),
    [
        (None, "l.submitted_at DESC, l.line_id"),
        ("unit_name", "l.unit_name ASC, l.line_id"),
        ("-unit_name, submitted_at", "l.unit_name DESC, l.submitted_at ASC, l.line_id"),
    ],
)
def test_an_order_is_total_and_made_of_declared_columns(sort: str | None, terms: str):
    assert ORDER.by(PageRequest(sort=sort)) == terms


def test_an_unknown_column_is_refused_with_those_that_exist():
    with pytest.raises(SortUnknown) as refused:
        ORDER.by(PageRequest(sort="heads; DROP TABLE lines"))
    assert refused.value.detail == {"allowed": ["submitted_at", "unit_name"]}


def test_a_default_order_must_be_a_declared_one():
    with pytest.raises(SortUnknown):
        Order({"a": "a"}, default="b", tie="a")


@pytest.mark.row("F052", "F190", "D27")
def test_a_day_range_holds_both_its_days_to_the_last_second():
    days = DayRange(date(2024, 5, 7), date(2024, 5, 7))
    assert days.start == datetime(2024, 5, 7, 0, 0, tzinfo=SHANGHAI)
    assert days.end == datetime(2024, 5, 8, 0, 0, tzinfo=SHANGHAI)
    assert days.start <= datetime(2024, 5, 7, 23, 59, 59, tzinfo=SHANGHAI) < days.end
    assert (DayRange().start, DayRange().end) == (None, None)


def test_a_reversed_range_is_refused():
    with pytest.raises(RangeReversed) as refused:
        DayRange(date(2024, 5, 8), date(2024, 5, 7))
    assert refused.value.detail == {"first": "2024-05-08", "last": "2024-05-07"}


@pytest.mark.parametrize(
    ("text", "pattern"), [("金桥", "%金桥%"), ("50%_\\", "%50\\%\\_\\\\%"), ("", None), (None, None)]
)
def test_a_callers_wildcards_are_plain_characters(text: str | None, pattern: str | None):
    assert contains(text) == pattern


@pytest.mark.row("F046", "F047", "F053", "F166")
def test_the_pager_says_what_the_manual_says():
    assert pager_text(1, 16) == "显示第 1 到第 15 条记录，总共 16 条记录"
    assert pager_text(2, 16) == "显示第 16 到第 16 条记录，总共 16 条记录"
    assert pager_text(1, 0) == "没有找到匹配的记录" == SHARED.messages["empty_list"]
    assert ALL == SHARED.options["any"][""] == "全部"


def test_texts_of_a_service_stand_beside_the_shared_ones():
    shown = SHARED | Texts(buttons={"submit": "提交至上级审核"}, columns=columns_of({}))
    assert shown.buttons["submit"] == "提交至上级审核"
    assert shown.buttons["search"] == "搜索"
