"""Statements about the report of an import, which has one row for each row of the roster."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from asyncpg import Record

from chassis.sql import Connection, Copy, Statement, columns_of, rows_of
from chassis.web import Order, PageRequest
from member_svc.domain.people import StagedPerson
from member_svc.store import staged_people
from member_svc.tables import ImportedRow


@dataclass(slots=True)
class ReportRow:
    """A row of the report. `faults` are errors if the row is rejected, and warnings otherwise."""

    row_no: int
    outcome: str
    warned: bool
    unit_id: UUID | None
    masked_name: str
    masked_number: str
    faults: list[dict[str, str]] | None
    number_key: str | None = None


REPORTED = columns_of(ImportedRow, ReportRow)
REPORT = Statement(
    "INSERT INTO import_rows (import_id, {reported}) SELECT :import_id, {reported} FROM {rows} AS r",
    reported=REPORTED,
    rows=rows_of(REPORTED),
)
#: For rows without faults. It costs less than REPORT, but COPY takes no JSON.
REPORT_CLEAN = Copy(REPORTED.without("faults"), "import_id")


async def stage(
    connection: Connection, import_id: UUID, rows: Sequence[ReportRow], people: Sequence[StagedPerson]
) -> None:
    """Store checked rows, and stage the people of the valid ones."""
    if clean := [row for row in rows if row.faults is None]:
        await REPORT_CLEAN.execute(connection, clean, import_id=import_id)
    if faulty := [row for row in rows if row.faults is not None]:
        await REPORT.execute(connection, import_id=import_id, rows=faulty)
    await staged_people.stage(connection, import_id, people)


@dataclass(slots=True)
class RowFilter:
    """None = no filter. `code` is one of the row's error or warning codes."""

    import_id: UUID
    outcome: str | None = None
    warned: bool | None = None
    code: str | None = None


ORDER = Order({"row": "row_no", "outcome": "outcome"}, default="row", tie="row_no")
FILTER = """
    WHERE import_id = :import_id AND (:outcome::text IS NULL OR outcome = :outcome)
      AND (:warned::bool IS NULL OR warned = :warned)
      AND (:code::text IS NULL OR faults @> jsonb_build_array(jsonb_build_object('code', :code)))"""
COUNT = Statement("SELECT count(*) FROM import_rows {filter}", filter=FILTER)
LIST = Statement(
    "SELECT row_no, outcome, unit_id, masked_name, masked_number, faults FROM import_rows {filter} ORDER BY {order}",
    filter=FILTER,
    order=ORDER,
)
PAGE = Statement("{list} LIMIT :limit OFFSET :offset", list=LIST)
SET_OUTCOME = Statement(
    "UPDATE import_rows SET outcome = :outcome WHERE import_id = :import_id AND row_no = ANY(:row_nos)"
)


async def count(connection: Connection, filters: RowFilter) -> int:
    """The number of rows of the report that the filter matches."""
    return int(await COUNT.fetchval(connection, filters))


async def page(connection: Connection, filters: RowFilter, page: PageRequest) -> list[Record]:
    """A page of matching rows, in the order of the sheet unless the request names another order."""
    return await PAGE.fetch(connection, filters, page, order=page)


def batches(connection: Connection, filters: RowFilter, page: PageRequest) -> AsyncIterator[list[Record]]:
    """All matching rows of the report in batches, for a file."""
    return LIST.batches(connection, filters, order=page)


async def store_outcome(connection: Connection, import_id: UUID, outcome: str, row_nos: Sequence[int]) -> None:
    """Store the outcome of rows whose outcome differs from the one that the check expected."""
    if row_nos:
        await SET_OUTCOME.execute(connection, import_id=import_id, outcome=outcome, row_nos=row_nos)
