"""Statements that add up, for reconciling with the other stores and the center."""

from typing import TYPE_CHECKING
from uuid import UUID

from chassis.sql import Connection
from payment_svc.store.scope import IN_SCOPE

if TYPE_CHECKING:
    import asyncpg


async def dues_by_state(
    connection: Connection, scope_id: UUID | None, union_id: UUID | None, year: int | None
) -> list["asyncpg.Record"]:
    """Submissions, heads and money by state."""
    return await connection.fetch(
        f"""SELECT state, count(*) AS submissions, sum(heads)::bigint AS heads, sum(city_fen)::bigint AS city_fen,
                   sum(district_fen)::bigint AS district_fen, sum(unit_fen)::bigint AS unit_fen,
                   sum(due_fen)::bigint AS due_fen, sum(paid_fen)::bigint AS paid_fen,
                   sum(pending_fen)::bigint AS pending_fen, sum(open_fen)::bigint AS open_fen
            FROM dues WHERE {IN_SCOPE} AND ($2::uuid IS NULL OR union_id = $2) AND ($3::int IS NULL OR year = $3)
            GROUP BY state ORDER BY state""",  # noqa: S608
        scope_id,
        union_id,
        year,
    )


async def vouchers_by_state(
    connection: Connection, scope_id: UUID | None, union_id: UUID | None, year: int | None
) -> list["asyncpg.Record"]:
    """Vouchers and their money by state; a voucher belongs to a year if it fills a submission of it."""
    return await connection.fetch(
        f"""SELECT state, count(*) AS vouchers, sum(amount_fen)::bigint AS amount_fen,
                   sum(filled_fen)::bigint AS filled_fen
            FROM vouchers v WHERE {IN_SCOPE} AND ($2::uuid IS NULL OR union_id = $2)
              AND ($3::int IS NULL OR EXISTS (
                   SELECT FROM voucher_fills f JOIN dues d USING (submission_no)
                   WHERE f.voucher_id = v.voucher_id AND d.year = $3))
            GROUP BY state ORDER BY state""",  # noqa: S608
        scope_id,
        union_id,
        year,
    )
