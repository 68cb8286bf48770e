"""docs/races.md: what races, who decides, which ends are allowed.

python -m races.table            write
"""

from collections.abc import Iterator
from pathlib import Path

from races.pairs import GROUPS, Pair
from races.subjects import Level, Start

PAGE = Path(__file__).parents[2] / "docs" / "races.md"
TOP = """\
# Acts that race

`make races` plays these pairs over a real stack, with two replicas of every service that decides (`REPLICAS=3`: three).
A round brings the people of all pairs to the start and plays all acts at once; Kafka is stopped in every second round,
and `kill -9` ends one replica of each deciding service in two of four. Then every store is read. In the end all stores
agree about members, lines, chains, money and vouchers; an act that was answered is in effect, or a rule has undone it
and its caller was told; a refused one is not in effect; and the end is one of those in the last column.

`make docs` writes this page from `tests/races/pairs.py`; a unit test compares the two.
"""
BOTTOM = """
## Not here, and why

- A voucher that is withdrawn by its uploader: there is no such act; the center rejects it, which is above.
- Card batches, imports of different people, readings of notices: one service decides alone, under its own locks.
- A line that joins an earlier number while a reviewer acts (A47): the number is no fact that two services decide;
  enrollment-svc numbers by what it knows.
- A death told of the same membership while it stands in 待提交: nobody asks the registry about such people again (A45),
  so it is told of another unit, or the submission itself asks and refuses STATUS_STALE.
"""
HEAD = "| pair | one act | other act | from | decides | allowed ends |\n|---|---|---|---|---|---|\n"
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
