"""The reader undoes what Excel and copy-and-paste do to cells (D11)."""

from datetime import date, datetime, time

import pytest

from member_svc.domain.roster.cell_kinds import Cell
from member_svc.domain.roster.cells import compact_of, date_of, is_number, keeps_digits, mobile_of, text_of

pytestmark = pytest.mark.row("D11")


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("  王小明\t", "王小明"),
        ("\u3000王小明\u00a0", "王小明"),
        ("\u202a\u200b王小明\ufeff\u202c", "王小明"),
        ("阿卜杜勒·买买提", "阿卜杜勒·买买提"),
        ("Ｊｏｈｎ　Ｓｍｉｔｈ", "John Smith"),
        ("王\n小明", "王 小明"),
        ("㐂𠮷", "㐂𠮷"),
        (13812345678.0, "13812345678"),
        (1.5, "1.5"),
        (True, "TRUE"),
        (datetime.fromisoformat("2020-01-31T08:00"), "2020-01-31"),
    ],
)
def test_text_is_trimmed_half_width_and_visible(cell: Cell, text: str):
    assert text_of(cell) == text


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("３１０１０１１９９００３０７１２３０", "310101199003071230"),
        (" 310101 19900307 1230 ", "310101199003071230"),
        ("'310101199003071230", "310101199003071230"),
        ("11010519491231002x", "11010519491231002X"),
        ("11010519491231002ｘ", "11010519491231002X"),
    ],
)
def test_numbers_lose_spaces_and_marks(cell: Cell, number: str):
    assert compact_of(cell) == number


@pytest.mark.parametrize(
    "cell", [310101199003071230, 3.1010119900307e17, "3.10101E+17", "3.1e17", True, date(2020, 1, 1)]
)
def test_number_cells_and_scientific_notation_have_lost_digits(cell: Cell):
    assert is_number(cell)


@pytest.mark.parametrize("cell", ["310101199003071230", "E12345678", "1E1234567"])
def test_text_keeps_its_digits(cell: Cell):
    assert not is_number(cell)


def test_fifteen_digits_of_a_number_cell_are_exact():
    assert keeps_digits(622312345678901.0)
    assert not keeps_digits(6223123456789012.0)
    assert not keeps_digits(1.5)
    assert keeps_digits("6223123456789012")


@pytest.mark.parametrize(
    "cell",
    ["13812345678", "+86 138-1234-5678", "8613812345678", "0086 13812345678", "１３８１２３４５６７８", 13812345678.0],
)
def test_a_mobile_is_eleven_digits_however_it_is_written(cell: Cell):
    assert mobile_of(cell) == "13812345678"


@pytest.mark.parametrize(
    "cell",
    [
        date(2020, 1, 31),
        datetime.fromisoformat("2020-01-31T12:30"),
        "2020-01-31",
        "2020/1/31",
        "2020.01.31",
        "2020年1月31日",
        "20200131",
        20200131.0,
        "2020-01-31 00:00:00",
    ],
)
def test_dates_in_every_usual_writing(cell: Cell):
    assert date_of(cell) == date(2020, 1, 31)


@pytest.mark.parametrize(
    "text",
    [
        "2020-01-31T00:00:00",
        "2020-01-31T08:30",
        "2020-01-31T08:30:00.123Z",
        "2020-01-31T15:59:59Z",
        # Midnight in Shanghai, as programs write it.
        "2020-01-30T16:00:00.000Z",
        "2020-01-30 16:00:00+00:00",
        "2020-01-31T00:00:00+08:00",
        "2020-01-31T00:00:00+0800",
        "2020-01-31T23:59:59+08",
        "2020-01-30T12:00:00-05:00",
        "2020/1/31 0:00:00",
        "2020年1月31日 上午9:30",
        "2020-1-31 9:30:00 PM",
        "２０２０－０１－３１",
        "20200131T000000".replace("T000000", "T00:00:00"),
    ],
)
def test_a_day_with_a_time_is_the_day_that_it_is_in_shanghai(text: str):
    assert date_of(text) == date(2020, 1, 31)


@pytest.mark.parametrize("text", ["2020-01-31 至 2021-01-31", "2020-01-31T25:00:00Z", "2020-01-31x", "2020-01-3112"])
def test_a_day_with_something_else_is_no_date(text: str):
    assert date_of(text) is None


@pytest.mark.parametrize("cell", ["2020-02-30", "31.01.2020", "2020", 43861.0, "去年", time(1, 0), ""])
def test_no_date_is_guessed(cell: Cell):
    assert date_of(cell) is None
