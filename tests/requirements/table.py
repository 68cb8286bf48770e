"""Reads `docs/requirements.tsv`: all rows, the rows that a test must prove, and the rows that concern only screens."""

import csv
import tomllib
from functools import cache
from pathlib import Path

HOME = Path(__file__).parent
REQUIREMENTS = HOME.parents[1] / "docs" / "requirements.tsv"
#: A test is allowed to claim at most this many rows.
MOST_ROWS_A_TEST = 5
#: The first rows that need a test. Earlier rows are about login and screens, and need no test yet.
FIRST_REQUIRED = {"F": 69, "D": 7, "A": 1}


@cache
def requirements() -> dict[str, str]:
    """Every row → its text, in the table's order. F: from the manual; D: implied by the manual; A: a decision."""
    with REQUIREMENTS.open(newline="") as file:
        lines = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return {line["row"]: line["says"] for line in lines}


@cache
def rows() -> dict[str, str]:
    """The rows that a passed test must prove → their texts."""
    return {row: says for row, says in requirements().items() if int(row[1:]) >= FIRST_REQUIRED[row[0]]}


def known(row: str) -> bool:
    return row in requirements()


@cache
def screen_only() -> dict[str, str]:
    """Row → the reason why no service can prove it. Raises ValueError for an unknown row or a missing reason."""
    reasons: dict[str, str] = tomllib.loads((HOME / "screen_only.toml").read_text())
    wrong = [row for row, reason in reasons.items() if row not in rows() or not reason.strip()]
    if wrong:
        raise ValueError(f"screen_only.toml: unknown row or no reason: {', '.join(wrong)}")
    return reasons
