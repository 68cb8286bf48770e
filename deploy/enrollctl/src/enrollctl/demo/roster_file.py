"""A roster file before anything starts: read by member-svc's own reader, so that nothing is judged here otherwise."""

import asyncio
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from chassis.domain import Refusal
from chassis.normalization import code_key
from enrollctl.errors import Failure
from member_svc.cell_kinds import Cell, UnreadableCell
from member_svc.cells import text_of
from member_svc.headings import NUMBER, UNIT
from member_svc.refused_files import FileTooLarge
from member_svc.roster import Row
from member_svc.roster_reading import opened_roster
from member_svc.workbook.archive import MOST_FILE_BYTES, inflated_size

#: A union of its own has the units that its roster is about: names on several rows that make up this share of them,
#: or on so many that the roster is hardly about anything else. An odd name here and there is left to be refused.
SHARE = 0.005
LARGE_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class RosterFile:
    """`units` are what the 单位 column is about; `numbers` are the keys of the document numbers, for comparing only."""

    content: bytes
    rows: int
    units: list[str]
    numbers: frozenset[str]


def read_roster(path: Path, sheet: str | None = None) -> RosterFile:
    """`sheet`: the one to read, where member-svc shall not choose.

    Raises Failure with member-svc's own sentence for a file that it would refuse as a whole.
    """
    content = read_bytes(path, "roster (xlsx)")
    try:
        rows = asyncio.run(_rows(content, sheet))
    except Refusal as refusal:
        raise Failure(f"{path} is refused as a roster: {refusal.text} ({refusal.code})") from None
    numbers = {code_key(_text(row.cells.get(NUMBER, ""))) for row in rows}
    return RosterFile(
        content, len(rows), units_of(_text(row.cells.get(UNIT, "")) for row in rows), frozenset(filter(None, numbers))
    )


async def _rows(content: bytes, sheet: str | None) -> list[Row]:
    """In the order in which member-svc looks at an upload. Raises a RefusedFile."""
    if len(content) > MOST_FILE_BYTES:
        raise FileTooLarge
    inflated_size(content)
    async with opened_roster([content], sheet) as reading:
        return [row async for some in reading.rows() for row in some]


def _text(cell: Cell) -> str:
    return "" if isinstance(cell, UnreadableCell) else text_of(cell)


def read_bytes(path: Path, what: str) -> bytes:
    """Raises Failure for a path without a readable file."""
    if path.is_dir():
        raise Failure(f"{path} is a folder; name the {what} itself")
    try:
        return path.read_bytes()
    except OSError as error:
        raise Failure(f"cannot read {path}: {error.strerror}; name the {what}") from None


def units_of(cells: Iterable[str]) -> list[str]:
    """The units among the texts of the 单位 column, in order.

    Where most rows name one, and hardly a name comes again, every name is one: a union of many small units.
    """
    texts = Counter(cells)
    rows = texts.total()
    named = {name: times for name, times in texts.items() if name}
    units = [name for name, times in named.items() if is_unit(times, rows)]
    in_units, in_any = sum(named[name] for name in units), sum(named.values())
    return list(named) if 2 * in_any > rows > 0 and 2 * in_units < in_any else units


def is_unit(times: int, rows: int) -> bool:
    """Whether a name on so many of the rows is a unit of the roster's union."""
    return times >= LARGE_SHARE * rows or (times > 1 and times >= SHARE * rows)
