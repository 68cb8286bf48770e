from collections import Counter

import pytest

from enrollctl.roster import make_roster
from enrollctl.roster.cases import CASES
from enrollctl.roster.columns import COLUMNS, NUMBER, UNIT
from enrollctl.roster.roster_maker import MOST_ROWS, ROWS_FOR_EVERY_CASE

AT = {column: at for at, column in enumerate(COLUMNS)}


def test_the_same_seed_makes_the_same_roster() -> None:
    first, second = make_roster(500, 7), make_roster(500, 7)
    assert list(first.rows()) == list(second.rows()) == list(first.rows())
    assert first.expected == second.expected


def test_seeds_make_different_people() -> None:
    numbers = [{row.person.number for row in make_roster(2000, seed).rows()} for seed in (7, 8)]
    assert not numbers[0] & numbers[1]


@pytest.mark.parametrize("seed", range(5))
def test_every_case_is_in_a_roster(seed: int) -> None:
    roster = make_roster(ROWS_FOR_EVERY_CASE, seed)
    assert {row.case.name for row in roster.rows()} == {case.name for case in CASES}


def test_case_names_differ() -> None:
    assert max(Counter(case.name for case in CASES).values()) == 1


@pytest.mark.parametrize("rows", [1, 5, 60, 2000, 5000])
def test_figures_add_up(rows: int) -> None:
    expected = make_roster(rows, 3).expected
    assert expected.rows == rows == expected.imported + expected.rejected_rows
    ready = sum(expected.ready.values())
    assert expected.imported == ready + expected.to_verify + sum(expected.excluded.values())
    confirmed = sum(expected.ready_if_confirmed.values())
    assert ready + expected.to_verify == confirmed + expected.to_verify_if_confirmed
    assert expected.to_confirm >= confirmed - ready
    assert sum(expected.rejected_by_code.values()) == len(expected.rejected)
    assert len({one.row for one in expected.rejected}) == expected.rejected_rows


def test_most_people_are_plain_and_most_of_them_ready() -> None:
    rows = list(make_roster(5000, 1).rows())
    plain = [row for row in rows if row.case.plain]
    ready = [row for row in plain if row.standing.place == "ready"]
    assert 0.80 < len(plain) / len(rows) < 0.90
    assert 0.87 < len(ready) / len(plain) < 0.93


def test_nobody_is_imported_twice_and_every_duplicate_has_an_original() -> None:
    seen: dict[tuple[str, str], object] = {}
    for row in make_roster(5000, 2, units=("甲公司", "乙公司")).rows():
        person, unit = (row.person.document, row.person.number), row.cells[AT[UNIT]]
        if row.case.repeats_imported:
            assert seen[person] == unit
        elif not row.case.faults:
            assert person not in seen
            seen[person] = unit


def test_registry_records_are_of_imported_people_only() -> None:
    roster = make_roster(2000, 4)
    imported = {row.person.number for row in roster.rows() if not row.case.faults}
    numbers = [record.id_number for record in roster.records()]
    assert len(numbers) == len(set(numbers))
    assert set(numbers) < imported


def test_a_plain_roster_is_ready_as_a_whole() -> None:
    roster = make_roster(300, 7, plain=True)
    assert roster.expected.ready == {"social_security_card": 300, "service_card": 0}
    assert [row.sheet_row for row in roster.rows()] == list(range(2, 302))


def test_blank_rows_stand_between_and_count_in_row_numbers() -> None:
    rows = [row.sheet_row for row in make_roster(2000, 7).rows()]
    assert rows == sorted(set(rows))
    assert rows[-1] > 2001


def test_units_fill_their_column() -> None:
    units = Counter(row.cells[AT[UNIT]] for row in make_roster(400, 1, units=("甲公司", "乙公司")).rows())
    assert set(units) == {"甲公司", "乙公司", "查无此单位有限公司"}


def test_number_cells_hold_15_digits_as_in_excel() -> None:
    cells = [row.cells[AT[NUMBER]] for row in make_roster(2000, 7).rows() if row.case.name == "number_cell"]
    assert cells
    assert all(isinstance(cell, float) and cell == float(f"{cell:.14e}") for cell in cells)


@pytest.mark.parametrize("rows", [0, MOST_ROWS + 1])
def test_a_roster_that_no_import_would_take_is_not_made(rows: int) -> None:
    with pytest.raises(ValueError, match="100000"):
        make_roster(rows, 1)
