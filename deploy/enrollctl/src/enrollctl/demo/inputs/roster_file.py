"""Reads a roster before the demo starts, with member-svc's own reader, so that both apply the same rules."""

import asyncio
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from chassis.domain import Refusal
from chassis.normalization import code_key
from enrollctl.errors import Failure
from member_svc.domain.roster.cell_kinds import Cell, UnreadableCell
from member_svc.domain.roster.cells import text_of
from member_svc.domain.roster.headings import NUMBER, UNIT
from member_svc.domain.roster.refused_files import FileTooLarge
from member_svc.roster.reading import opened_roster
from member_svc.roster.roster import Row
from member_svc.workbook.archive import MOST_FILE_BYTES, inflated_size

#: A name in the 单位 column is a unit of the roster's union if it is on at least two rows and on at least SHARE of all
#: rows. A name on at least LARGE_SHARE of all rows is a unit even if it is on one row only. The import rejects the rows
#: with other names.
SHARE = 0.005
LARGE_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class RosterFile:
    """`units`: the units in the 单位 column.

    `numbers`: the normalized document numbers, to compare with the registries' csv file.
    """

    content: bytes
    rows: int
    units: list[str]
    numbers: frozenset[str]


def read_roster(path: Path, sheet: str | None = None) -> RosterFile:
    """Read the roster. `sheet`: the sheet to read; if it is None, member-svc's reader chooses a sheet.

    Raises Failure for a file that member-svc would refuse as a whole, with member-svc's own sentence.
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
    """Make member-svc's checks of the file, in member-svc's order, and return the rows. Raises a RefusedFile."""
    if len(content) > MOST_FILE_BYTES:
        raise FileTooLarge
    inflated_size(content)
    async with opened_roster([content], sheet) as reading:
        return [row async for some in reading.rows() for row in some]


def _text(cell: Cell) -> str:
    return "" if isinstance(cell, UnreadableCell) else text_of(cell)


def read_bytes(path: Path, what: str) -> bytes:
    """The content of the file. Raises Failure if it cannot be read. `what`: the kind of file, for the message."""
    if path.is_dir():
        raise Failure(f"{path} is a folder; name the {what} itself")
    try:
        return path.read_bytes()
    except OSError as error:
        raise Failure(f"cannot read {path}: {error.strerror}; name the {what}") from None


def units_of(cells: Iterable[str]) -> list[str]:
    """The names in the 单位 column that are units, each once, in the order of the rows.

    Normally a name is a unit if `is_unit` is True for it. The exception: more than half of all rows have a name, and
    `is_unit` is False for the names on most of these rows. Then every name is a unit. Example: in a roster with 300
    units and one row for each unit, `is_unit` is False for every name.
    """
    texts = Counter(cells)
    rows = texts.total()
    named = {name: times for name, times in texts.items() if name}
    units = [name for name, times in named.items() if is_unit(times, rows)]
    in_units, in_any = sum(named[name] for name in units), sum(named.values())
    return list(named) if 2 * in_any > rows > 0 and 2 * in_units < in_any else units


def is_unit(times: int, rows: int) -> bool:
    """Whether a name on `times` of the rows is a unit of the roster's union."""
    return times >= LARGE_SHARE * rows or (times > 1 and times >= SHARE * rows)
