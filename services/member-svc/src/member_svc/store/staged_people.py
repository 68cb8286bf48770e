"""Statements about the valid rows of an import, between its check and its end.

The rows are stored in portions. A portion is a row of `import_people`, and has up to 500 people of one unit, with a
list for each column. Writing, reading and deleting a row for each person would cost several times as much.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from itertools import repeat
from typing import Any
from uuid import UUID

from asyncpg import Record

from chassis.sql import Connection, Copy, Statement, columns_of
from member_svc.domain.people import StagedPerson
from member_svc.tables import StagedPeopleRow

#: The fields of a person; each is a column of the table. All columns are lists except `unit_id`.
FIELDS = tuple(field.name for field in fields(StagedPerson))
PORTION = columns_of(StagedPeopleRow, *FIELDS)
LISTS = PORTION.without("unit_id")


@dataclass(slots=True)
class StagedPortion:
    """Valid rows of one unit in the order of the sheet.

    `lists` has a list for each column. Each list has one value for each row.
    """

    unit_id: UUID
    lists: dict[str, list[Any]]

    @property
    def last_row(self) -> int:
        return int(self.lists["row_no"][-1])

    def person(self, place: int) -> StagedPerson:
        return StagedPerson(unit_id=self.unit_id, **{name: values[place] for name, values in self.lists.items()})


STAGE = Copy(columns_of(StagedPeopleRow, "unit_id", "last_row", *LISTS.types), "import_id")
UNITS = Statement("SELECT DISTINCT unit_id FROM import_people WHERE import_id = :import_id")
OUTCOMES = Statement("SELECT row_no, outcome FROM import_people WHERE import_id = :import_id")
PEOPLE = Statement(
    """SELECT {portion} FROM import_people
       WHERE import_id = :import_id AND unit_id = :unit_id AND last_row >= :first AND row_no[1] <= :last
       ORDER BY last_row""",
    portion=PORTION,
)


async def stage(connection: Connection, import_id: UUID, portions: Iterable[StagedPortion]) -> None:
    """Store people of the import. A unit's portions must be stored in the order of the sheet."""
    rows = [(one.unit_id, one.last_row, *(one.lists[name] for name in LISTS.types)) for one in portions]
    if rows:
        await STAGE.execute(connection, rows, import_id=import_id)


async def units(connection: Connection, import_id: UUID) -> list[UUID]:
    """The units of the staged people."""
    return [row["unit_id"] for row in await UNITS.fetch(connection, import_id=import_id)]


async def outcomes(connection: Connection, import_id: UUID) -> dict[int, str | None]:
    """The outcome that the check expects for each row, by row number."""
    rows = await OUTCOMES.fetch(connection, import_id=import_id)
    return {row_no: outcome for row in rows for row_no, outcome in zip(row["row_no"], row["outcome"], strict=True)}


async def people(connection: Connection, import_id: UUID, unit_id: UUID, row_nos: Sequence[int]) -> list[StagedPerson]:
    """The staged people of a unit that have these row numbers, in sheet order."""
    if not row_nos:
        return []
    first, last = min(row_nos), max(row_nos)
    portions = await PEOPLE.fetch(connection, import_id=import_id, unit_id=unit_id, first=first, last=last)
    wanted = set(row_nos)
    return [person for portion in portions for person in _people(portion) if person.row_no in wanted]


def _people(portion: Record) -> Iterator[StagedPerson]:
    """The people of a portion. A list is missing if its column was added after the portion had been stored."""
    lists = [repeat(portion[name]) if name == "unit_id" else portion[name] or repeat(None) for name in FIELDS]
    return (StagedPerson(*values) for values in zip(*lists, strict=False))
