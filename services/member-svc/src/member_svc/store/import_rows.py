"""Statements about the report of an import.

A rejected row and a row with a warning are each stored as one row of `import_rows`. The valid rows without a warning
are stored in `import_row_portions`. One row of that table has up to 500 rows of the report, all of one unit, with a
list for each column.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from asyncpg import Record

from chassis.sql import Connection, Copy, Statement, columns_of, rows_of
from chassis.web import Order, PageRequest
from member_svc.tables import ImportedPortionRow, ImportedRow


@dataclass(slots=True)
class ReportRow:
    """A row of the report with `faults`: errors if the row is rejected, and warnings otherwise."""

    row_no: int
    outcome: str
    warned: bool
    unit_id: UUID | None
    masked_name: str
    masked_number: str
    faults: list[dict[str, str]]
    number_key: str | None = None


@dataclass(slots=True)
class ReportPortion:
    """Valid rows of one unit without warnings. Each list has one value for each row, in the order of the sheet."""

    unit_id: UUID
    row_no: list[int]
    outcome: list[str]
    masked_name: list[str]
    masked_number: list[str]
    person_key: list[str]

    @property
    def last_row(self) -> int:
        return self.row_no[-1]


REPORTED = columns_of(ImportedRow, ReportRow)
REPORT = Statement(
    "INSERT INTO import_rows (import_id, {reported}) SELECT :import_id, {reported} FROM {rows} AS r",
    reported=REPORTED,
    rows=rows_of(REPORTED),
)
PORTION = columns_of(ImportedPortionRow, ReportPortion, "last_row")
REPORT_PORTIONS = Copy(PORTION, "import_id")


async def stage(
    connection: Connection, import_id: UUID, rows: Sequence[ReportRow], portions: Sequence[ReportPortion]
) -> None:
    """Store the report of checked rows."""
    if rows:
        await REPORT.execute(connection, import_id=import_id, rows=rows)
    if portions:
        await REPORT_PORTIONS.execute(connection, portions, import_id=import_id)


@dataclass(slots=True)
class RowFilter:
    """None = no filter. `code`: only rows that have this error or warning."""

    import_id: UUID
    outcome: str | None = None
    warned: bool | None = None
    code: str | None = None


ORDER = Order({"row": "row_no", "outcome": "outcome"}, default="row", tie="row_no")
ROWS = """
    SELECT row_no, outcome, unit_id, masked_name, masked_number, faults FROM import_rows
    WHERE import_id = :import_id AND (:outcome::text IS NULL OR outcome = :outcome)
      AND (:warned::bool IS NULL OR warned = :warned)
      AND (:code::text IS NULL OR faults @> jsonb_build_array(jsonb_build_object('code', :code)))
    UNION ALL
    SELECT r.row_no, r.outcome, p.unit_id, r.masked_name, r.masked_number, NULL
    FROM import_row_portions AS p
    CROSS JOIN unnest(p.row_no, p.outcome, p.masked_name, p.masked_number)
        AS r (row_no, outcome, masked_name, masked_number)
    WHERE p.import_id = :import_id AND (:outcome::text IS NULL OR r.outcome = :outcome)
      AND :warned::bool IS NOT TRUE AND :code::text IS NULL"""
COUNT = Statement("SELECT count(*) FROM ({rows}) AS rows", rows=ROWS)
LIST = Statement("SELECT * FROM ({rows}) AS rows ORDER BY {order}", rows=ROWS, order=ORDER)
PAGE = Statement("{list} LIMIT :limit OFFSET :offset", list=LIST)
SET_OUTCOME = Statement(
    "UPDATE import_rows SET outcome = :outcome WHERE import_id = :import_id AND row_no = ANY(:row_nos)"
)
SET_OUTCOME_IN_PORTIONS = Statement(
    """UPDATE import_row_portions AS p SET outcome = (
           SELECT array_agg(CASE WHEN r.row_no = ANY(:row_nos) THEN :outcome ELSE r.outcome END ORDER BY r.place)
           FROM unnest(p.row_no, p.outcome) WITH ORDINALITY AS r (row_no, outcome, place))
       WHERE p.import_id = :import_id AND p.row_no && :row_nos::int[]"""
)


async def count(connection: Connection, filters: RowFilter) -> int:
    """The number of rows of the report that the filter matches."""
    return int(await COUNT.fetchval(connection, filters))


async def page(connection: Connection, filters: RowFilter, page: PageRequest) -> list[Record]:
    """A page of matching rows, in the order of the sheet unless the request names another order."""
    return await PAGE.fetch(connection, filters, page, order=page)


def batches(connection: Connection, filters: RowFilter, page: PageRequest) -> AsyncIterator[list[Record]]:
    """All matching rows of the report, some rows at a time. The caller writes them to a file."""
    return LIST.batches(connection, filters, order=page)


async def store_outcome(connection: Connection, import_id: UUID, outcome: str, row_nos: Sequence[int]) -> None:
    """Store the outcome of rows for which the check expected a different outcome."""
    if row_nos:
        await SET_OUTCOME.execute(connection, import_id=import_id, outcome=outcome, row_nos=row_nos)
        await SET_OUTCOME_IN_PORTIONS.execute(connection, import_id=import_id, outcome=outcome, row_nos=row_nos)
