"""The rows of `docs/requirements.tsv`: which there are, which a test must prove, and which only a screen can show."""

import csv
import tomllib
from functools import cache
from pathlib import Path

HOME = Path(__file__).parent
REQUIREMENTS = HOME.parents[1] / "docs" / "requirements.tsv"
#: A test that claims more proves none of them.
MOST_ROWS_A_TEST = 5
#: Rows before these are about login and screens. A test may prove them; none must yet.
FIRST_REQUIRED = {"F": 69, "D": 7, "A": 1}


@cache
def requirements() -> dict[str, str]:
    """Every row (F: the manual, D: what it implies, A: what was settled) → what it says, in the table's order."""
    with REQUIREMENTS.open(newline="") as file:
        lines = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return {line["row"]: line["says"] for line in lines}


@cache
def rows() -> dict[str, str]:
    """The rows that need a test that passed."""
    return {row: says for row, says in requirements().items() if int(row[1:]) >= FIRST_REQUIRED[row[0]]}


def known(row: str) -> bool:
    return row in requirements()


@cache
def screen_only() -> dict[str, str]:
    """Row → why no service can show it. Raises ValueError for a row that there is not, or one without a reason."""
    reasons: dict[str, str] = tomllib.loads((HOME / "screen_only.toml").read_text())
    wrong = [row for row, reason in reasons.items() if row not in rows() or not reason.strip()]
    if wrong:
        raise ValueError(f"screen_only.toml: unknown row or no reason: {', '.join(wrong)}")
    return reasons
