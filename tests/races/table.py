"""Writes docs/races.md: the pairs, the deciding service and the allowed final states.

python -m races.table            write
"""

from collections.abc import Iterator
from pathlib import Path

from races.pairs import GROUPS, Pair
from races.subjects import Level, Start

PAGE = Path(__file__).parents[2] / "docs" / "races.md"
TOP = """\
# Commands that race

`make races` runs these pairs on a real stack, with two replicas of every service that decides (`REPLICAS=3`: three).
A round prepares the people of all pairs and then sends all commands at once. Kafka is stopped in every second round,
and `kill -9` ends one replica of each deciding service in two rounds of four. Then every store is read. In the end all
stores must agree about members, lines, chains, money and vouchers. A command that was answered must be in effect, or a
rule has undone it and its caller got a notice. A refused command must not be in effect. The final state must be one of
those in the last column.

`make docs` writes this page from `tests/races/pairs.py`; a unit test compares the two.
"""
BOTTOM = """
## Not here, and why

- A voucher that its uploader withdraws: there is no such command; the center rejects it, and that pair is above.
- Card batches, imports of different people, reading of notices: one service decides alone, under its own locks.
- A line that joins an earlier batch number while a reviewer decides (A47): only enrollment-svc decides on numbers, from
  its own data.
- A death that is published about the same membership while the person is in 待提交: status-checker does not ask about
  such people again (A45). The death is published about another unit, or the submission itself starts a check and
  refuses with STATUS_STALE.
"""
HEAD = "| pair | one command | other command | from | decides | allowed final state |\n|---|---|---|---|---|---|\n"
FROM = {
    Level.ABSENT: "in no list",
    Level.LISTED: "待提交",
    Level.SUBMITTED: "before the first reviewer",
    Level.AT_DISTRICT: "before the district",
    Level.AT_CENTER: "at the center",
    Level.PAYABLE: "payable",
    Level.PAID: "voucher at the center",
}


def page() -> str:
    groups = "\n".join(f"## {title}\n\n{HEAD}{''.join(map(_row, pairs))}" for title, pairs in GROUPS.items())
    return f"{TOP}\n{groups}{BOTTOM}"


def _row(pair: Pair) -> str:
    acts = f"{pair.one.name} | {pair.other.name}"
    return f"| `{pair.name}` | {acts} | {', '.join(_start(pair.start))} | {pair.owner} | {pair.ends} |\n"


def _start(start: Start) -> Iterator[str]:
    yield "待校验" if start.unverified else FROM[start.level]
    for given, words in (
        (start.card, "with a service card"),
        (start.twice, "member of two unions"),
        (start.plan, "a plan that nobody has used"),
        (start.companion, "rejected by the center, a companion's line confirmed"),
        (start.closed_street, "reviewing union closed"),
    ):
        if given:
            yield words


if __name__ == "__main__":
    PAGE.write_text(page())
