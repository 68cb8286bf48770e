"""The roster that passes all stages for the tests of topics, logs and evidence."""

from enrollctl.roster.columns import COLUMNS, NAME, NUMBER
from enrollctl.roster.roster_maker import make_roster

ROWS, SEED = 220, 31


def personal() -> set[str]:
    """The roster's names of at least three characters, and all its numbers."""
    rows = list(make_roster(ROWS, SEED).rows())
    name_at = COLUMNS.index(NAME)
    names = {str(row.cells[name_at] or "").strip() for row in rows}
    return {name for name in names if len(name) >= 3} | {number for number in numbers() if len(number) >= 8}


def numbers() -> set[str]:
    """The document numbers of the roster, also as they are written in it."""
    rows = list(make_roster(ROWS, SEED).rows())
    number_at = COLUMNS.index(NUMBER)
    return {row.person.number for row in rows} | {str(row.cells[number_at] or "") for row in rows}
