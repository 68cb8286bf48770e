"""How the child process sends judged people: grouped by unit, and in the order of the sheet. Only a few people wait in
the child process at a time.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from itertools import chain, islice
from typing import Any
from uuid import UUID

import pytest
from unit.member_svc.workbooks import NARROW, resident

from contracts.fields import MAX_PEOPLE_PER_PART
from member_svc.domain.roster.headings import UNIT
from member_svc.domain.roster.unit_directory import ListedUnit
from member_svc.roster.judging import MOST_TOGETHER, MOST_WAITING, RowJudge, Rules, unpack_rules
from member_svc.workbook.wire import ROWS_AT_ONCE, PackedRow

PLACES = {name: place for place, name in enumerate((*NARROW, UNIT))}


def unit_id(number: int) -> UUID:
    return UUID(int=number)


def rules(units: int) -> Rules:
    listed = [ListedUnit(unit_id(n), f"示例{n}厂", None, None) for n in range(units)]
    return Rules(listed, unit_id(0), date(2026, 5, 1))


def rows(units: Sequence[int]) -> Iterable[list[PackedRow]]:
    """One row for each element of `units`; the element is the number of the row's unit.

    The rows come in portions, as the rows of a sheet do.
    """
    people = ((n, False, [f"张{n}", "身份证", resident(n), f"示例{unit}厂"]) for n, unit in enumerate(units, 2))
    return iter(lambda: list(islice(people, ROWS_AT_ONCE)), [])


def test_a_part_is_as_large_as_the_contract_allows():
    assert MOST_TOGETHER == MAX_PEOPLE_PER_PART


def test_the_rules_arrive_as_they_were_sent():
    assert unpack_rules(rules(3).packed()) == rules(3)


@pytest.mark.parametrize("units", [1, 3, 200, 15_000])
def test_everybody_is_sent_once_with_the_unit_and_in_the_order_of_the_sheet(units: int):
    order = [n % units for n in range(25_000)]
    sent: dict[str, list[int]] = defaultdict(list)
    judged = 0
    waiting = []

    def counted() -> Iterable[list[PackedRow]]:
        nonlocal judged
        for portion in rows(order):
            judged += len(portion)
            yield portion

    records: list[dict[str, Any]] = []
    for record in RowJudge(rules(units)).judged(counted(), PLACES):
        records.append(record)
        for unit, people in record["people"]:
            assert 0 < len(people) <= MAX_PEOPLE_PER_PART
            sent[unit] += [person[0] for person in people]
        waiting.append(judged - sum(map(len, sent.values())))
    assert max(waiting) <= MOST_WAITING + ROWS_AT_ONCE
    assert sorted(chain(*sent.values())) == list(range(2, len(order) + 2))
    expected: dict[str, list[int]] = defaultdict(list)
    for n, number in enumerate(order, 2):
        expected[str(unit_id(number))].append(n)
    assert sent == expected
    assert [record["rejected"] for record in records] == [[]] * len(records)


def test_a_unit_whose_last_part_is_full_sends_no_empty_part():
    records = list(RowJudge(rules(2)).judged(rows([0] * 500 + [1] * 3 + [0] * 500), PLACES))
    sent = [(UUID(unit), len(people)) for record in records for unit, people in record["people"]]
    assert sorted(sent) == [(unit_id(0), 500), (unit_id(0), 500), (unit_id(1), 3)]


def test_a_person_who_comes_twice_is_rejected_even_if_the_first_row_was_sent():
    twice: list[list[PackedRow]] = [*rows([0] * 600), [(700, False, ["张", "身份证", resident(2)])]]
    records = list(RowJudge(rules(1)).judged(twice, PLACES))
    [[row_no, _, number, is_findable, [(_, code, message)], _]] = records[1]["rejected"]
    assert (row_no, number, is_findable, code) == (700, resident(2), True, "DUPLICATE_IN_FILE")
    assert message.startswith("与第2行重复")
