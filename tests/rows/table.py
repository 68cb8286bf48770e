"""The rows that tests must prove, and those that only a screen can show."""

import tomllib
from functools import cache
from pathlib import Path

HOME = Path(__file__).parent
#: A test that claims more proves none of them.
MOST_ROWS_A_TEST = 5
#: Where the range begins that must be proved.
FIRST_ROW = {"F": 69, "D": 7}


@cache
def rows() -> dict[str, str]:
    """Row → what it says, in the table's order."""
    lines = (HOME / "rows.tsv").read_text().splitlines()
    return dict(line.split("\t", 1) for line in lines)


def known(row: str) -> bool:
    """Rows before the range may be marked too: the manual's table begins at F001 and D01."""
    return row in rows() or (row[:1] in ("F", "D") and row[1:].isdigit() and 0 < int(row[1:]) < FIRST_ROW[row[0]])


@cache
def screen_only() -> dict[str, str]:
    """Row → why no service can show it. Raises ValueError for a row that there is not, or one without a reason."""
    reasons: dict[str, str] = tomllib.loads((HOME / "screen_only.toml").read_text())
    wrong = [row for row, reason in reasons.items() if row not in rows() or not reason.strip()]
    if wrong:
        raise ValueError(f"screen_only.toml: unknown row or no reason: {', '.join(wrong)}")
    return reasons
