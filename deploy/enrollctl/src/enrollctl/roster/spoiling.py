"""Functions that change the cells of a row as Excel, or people in a hurry, change them."""

from collections.abc import Callable

from enrollctl.roster.columns import COLUMNS, DOCUMENT_TYPE, NAME, NUMBER, UNIT, Cell
from enrollctl.roster.resident_ids import in_15_digits, with_impossible_date, with_wrong_check

Cells = dict[str, Cell]

_FULL_WIDTH = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}


def set_to(column: str, cell: Cell) -> Callable[[Cells], None]:
    def spoil(cells: Cells) -> None:
        cells[column] = cell

    return spoil


def both(first: Callable[[Cells], None], second: Callable[[Cells], None]) -> Callable[[Cells], None]:
    def spoil(cells: Cells) -> None:
        first(cells)
        second(cells)

    return spoil


def lower_case(cells: Cells) -> None:
    cells[NUMBER] = _number(cells).lower()


def full_width(cells: Cells) -> None:
    cells[NUMBER] = _number(cells).translate(_FULL_WIDTH)


def spaces_around(cells: Cells) -> None:
    cells[NUMBER] = f" {_number(cells)}  "
    cells[NAME] = f"{cells[NAME]} "


def only_required(cells: Cells) -> None:
    """Empty the optional cells, but not the unit, because a joint union needs it."""
    for column in COLUMNS:
        if column not in (NAME, DOCUMENT_TYPE, NUMBER, UNIT):
            cells[column] = None


def number_cell(cells: Cells) -> None:
    """Turn the document number into a number cell. Excel keeps only 15 digits of a number."""
    cells[NUMBER] = float(f"{int(_number(cells)):.14e}")


def too_short(cells: Cells) -> None:
    cells[NUMBER] = _number(cells)[:-1]


def wrong_check(cells: Cells) -> None:
    cells[NUMBER] = with_wrong_check(_number(cells))


def impossible_date(cells: Cells) -> None:
    cells[NUMBER] = with_impossible_date(_number(cells))


def fifteen_digits(cells: Cells) -> None:
    cells[NUMBER] = in_15_digits(_number(cells))


def _number(cells: Cells) -> str:
    number = cells[NUMBER]
    assert isinstance(number, str)
    return number
