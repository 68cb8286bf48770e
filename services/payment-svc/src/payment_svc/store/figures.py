"""Sums for the reconciliation with the other services and the center."""

from uuid import UUID

from asyncpg import Record

from chassis.sql import Connection, Statement
from chassis.web import within

UNIONS = Statement("{within} AND (:union_id::uuid IS NULL OR union_id = :union_id)", within=within("union_id"))
DUES = Statement(
    """SELECT state, count(*) AS submissions, sum(heads)::bigint AS heads, sum(city_fen)::bigint AS city_fen,
              sum(district_fen)::bigint AS district_fen, sum(unit_fen)::bigint AS unit_fen,
              sum(due_fen)::bigint AS due_fen, sum(paid_fen)::bigint AS paid_fen,
              sum(pending_fen)::bigint AS pending_fen, sum(open_fen)::bigint AS open_fen
       FROM dues WHERE {unions} AND (:year::int IS NULL OR year = :year) GROUP BY state ORDER BY state""",
    unions=UNIONS,
)
VOUCHERS = Statement(
    """SELECT state, count(*) AS vouchers, sum(amount_fen)::bigint AS amount_fen,
              sum(filled_fen)::bigint AS filled_fen
       FROM vouchers AS v WHERE {unions} AND (:year::int IS NULL OR EXISTS (
              SELECT FROM voucher_fills AS f JOIN dues AS d USING (submission_no)
              WHERE f.voucher_id = v.voucher_id AND d.year = :year))
       GROUP BY state ORDER BY state""",
    unions=UNIONS,
)


async def dues_by_state(
    connection: Connection, scope_id: UUID | None, union_id: UUID | None, year: int | None
) -> list[Record]:
    """Submissions, heads and money by state."""
    return await DUES.fetch(connection, scope_id=scope_id, union_id=union_id, year=year)


async def vouchers_by_state(
    connection: Connection, scope_id: UUID | None, union_id: UUID | None, year: int | None
) -> list[Record]:
    """Vouchers and their money by state. A voucher belongs to a year if it pays a submission of that year."""
    return await VOUCHERS.fetch(connection, scope_id=scope_id, union_id=union_id, year=year)
