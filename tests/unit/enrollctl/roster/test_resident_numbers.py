from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrollctl.roster import resident_ids


@pytest.mark.parametrize(
    "number",
    ["11010519491231002X", "440524188001010014", "310101196501150018", "310101199003071230"],
)
def test_check_character_of_known_numbers(number: str) -> None:
    assert resident_ids.with_check(number[:17]) == number


def test_wrong_check_character_is_known_as_wrong() -> None:
    assert resident_ids.check_character("31011519850615001") != "8"


@given(
    st.sampled_from(resident_ids.AREAS),
    st.dates(date(1940, 1, 1), date(2005, 12, 31)),
    st.integers(min_value=1, max_value=999),
)
def test_made_and_spoiled_numbers(area: str, born_on: date, order: int) -> None:
    number = resident_ids.resident_id(area, born_on, order)
    assert len(number) == 18
    assert number[-1] == resident_ids.check_character(number[:17])
    assert resident_ids.with_wrong_check(number)[-1] != number[-1]
    impossible = resident_ids.with_impossible_date(number)
    assert impossible[10:12] == "13"
    assert impossible[-1] == resident_ids.check_character(impossible[:17])
    short = resident_ids.in_15_digits(number)
    assert resident_ids.with_check(short[:6] + number[6:8] + short[6:]) == number
