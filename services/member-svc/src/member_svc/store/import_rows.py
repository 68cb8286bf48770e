"""Statements about the rows of an import: the report, and the people on their way into the member list."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any
from uuid import UUID

import orjson
from asyncpg import Record

from chassis.sql import in_batches
from chassis.web import Order, PageRequest
from member_svc.people import StagedPerson
from member_svc.store.connection import Connection

PERSON_COLUMNS = (
    "row_no",
    "unit_id",
    "person_key",
    "member_id",
    "document_type",
    "name_key",
    "mobile_key",
    "card_key",
    "sealed",
    "card_sealed",
    "tag",
    "joined_on",
    "name_written_key",
)
PERSON_VALUES = attrgetter(*PERSON_COLUMNS)
#: From this many rows on statistics are worth their time.
ANALYZE_FROM = 5000


@dataclass(slots=True)
class ReportRow:
    """`faults` are errors of a rejected row and warnings of any other."""

    row_no: int
    outcome: str
    warned: bool
    unit_id: UUID | None
    masked_name: str
    masked_number: str
    faults: list[dict[str, str]] | None
    number_key: str | None = None


async def stage(
    connection: Connection, import_id: UUID, rows: Sequence[ReportRow], people: Sequence[StagedPerson]
) -> None:
    """Keep checked rows and the people of the valid ones."""
    # COPY is binary, and jsonb travels as text here; a list within an array would be taken for a second dimension.
    await connection.execute(
        """INSERT INTO import_rows (import_id, row_no, outcome, warned, unit_id, masked_name, masked_number, faults,
                                    number_key)
           SELECT $1, n, o, w, u, a, b, f::jsonb, k FROM unnest(
               $2::int[], $3::text[], $4::bool[], $5::uuid[], $6::text[], $7::text[], $8::text[], $9::text[])
               AS t (n, o, w, u, a, b, f, k)""",
        import_id,
        [row.row_no for row in rows],
        [row.outcome for row in rows],
        [row.warned for row in rows],
        [row.unit_id for row in rows],
        [row.masked_name for row in rows],
        [row.masked_number for row in rows],
        [orjson.dumps(row.faults).decode() if row.faults else None for row in rows],
        [row.number_key for row in rows],
    )
    await connection.copy_records_to_table(
        "import_people",
        records=[(import_id, *PERSON_VALUES(person)) for person in people],
        columns=["import_id", *PERSON_COLUMNS],
    )


async def analyze(connection: Connection, tables: Sequence[str], rows: int) -> None:
    """Without fresh statistics the planner scans a table that a large import has just filled."""
    if rows >= ANALYZE_FROM:
        for table in tables:
            await connection.execute(f"ANALYZE {table}")


@dataclass(slots=True)
class RowFilter:
    """None = not asked for; `code` is one of the row's error or warning codes."""

    import_id: UUID
    outcome: str | None = None
    warned: bool | None = None
    code: str | None = None


ORDER = Order({"row": "row_no", "outcome": "outcome"}, default="row", tie="row_no")
FILTER = """
    WHERE import_id = $1 AND ($2::text IS NULL OR outcome = $2) AND ($3::bool IS NULL OR warned = $3)
      AND ($4::text IS NULL OR faults @> jsonb_build_array(jsonb_build_object('code', $4)))"""
LIST = f"""
    SELECT row_no, outcome, unit_id, masked_name, masked_number, faults FROM import_rows {FILTER}"""  # noqa: S608


async def count(connection: Connection, wanted: RowFilter) -> int:
    """How many rows of the report fit."""
    sql = f"SELECT count(*) FROM import_rows {FILTER}"  # noqa: S608 - a constant
    return int(await connection.fetchval(sql, *_arguments(wanted)))


async def page(connection: Connection, wanted: RowFilter, page: PageRequest) -> list[Record]:
    """Rows of the report in the order of the sheet, unless asked otherwise."""
    sql = f"{LIST} ORDER BY {ORDER.by(page)} LIMIT $5 OFFSET $6"
    return list(await connection.fetch(sql, *_arguments(wanted), page.limit, page.offset))


async def batches(connection: Connection, wanted: RowFilter, page: PageRequest) -> AsyncIterator[list[Record]]:
    """All rows of the report that fit, some at a time, for a file."""
    async for rows in in_batches(connection, f"{LIST} ORDER BY {ORDER.by(page)}", *_arguments(wanted)):
        yield rows


def _arguments(wanted: RowFilter) -> list[Any]:
    return [wanted.import_id, wanted.outcome, wanted.warned, wanted.code]


async def units(connection: Connection, import_id: UUID) -> list[UUID]:
    """The units that staged people go to."""
    rows = await connection.fetch("SELECT DISTINCT unit_id FROM import_people WHERE import_id = $1", import_id)
    return [row["unit_id"] for row in rows]


async def people(connection: Connection, import_id: UUID, row_nos: Sequence[int]) -> list[StagedPerson]:
    """Staged people in sheet order."""
    rows = await connection.fetch(
        f"""SELECT {", ".join(PERSON_COLUMNS)} FROM import_people
            WHERE import_id = $1 AND row_no = ANY($2) ORDER BY row_no""",  # noqa: S608 - constants
        import_id,
        list(row_nos),
    )
    return [StagedPerson(*row) for row in rows]


async def settle(connection: Connection, import_id: UUID, outcome: str, row_nos: Sequence[int]) -> None:
    """These rows are applied: the report tells how, and the staged people are gone."""
    numbers: list[Any] = list(row_nos)
    await connection.execute(
        "UPDATE import_rows SET outcome = $3 WHERE import_id = $1 AND row_no = ANY($2) AND outcome <> $3",
        import_id,
        numbers,
        outcome,
    )
    await connection.execute("DELETE FROM import_people WHERE import_id = $1 AND row_no = ANY($2)", import_id, numbers)
