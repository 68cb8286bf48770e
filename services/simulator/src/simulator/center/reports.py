"""Reads the center's submissions and vouchers: single ones, lists, and figures for a reconciliation."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import orjson

from simulator.center.schemas import fee_of
from simulator.database import Database
from simulator.refusals import Refused

_SUBMISSION = """
    SELECT s.*, (SELECT count(*) FROM submission_parts AS p
                 WHERE p.submission_no = s.submission_no AND p.version = s.version) AS parts_received
    FROM submissions AS s WHERE submission_no = $1 AND version = $2
"""
_LINES = """
    SELECT line_id, batch_no, state, heads, total_fen, city_fen, district_fen, unit_fen
    FROM submission_lines WHERE submission_no = $1 AND version = $2 ORDER BY batch_no, line_id
"""
#: The callbacks about a submission or voucher, in the order of the decisions.
_CALLBACKS = "SELECT body, copies, attempts, delivered_at FROM callbacks WHERE subject = $1 ORDER BY callback_id"
_FILTER = "($1::uuid IS NULL OR union_id = $1) AND ($2::int IS NULL OR year = $2)"
_LIST = f"""
    SELECT * FROM submissions WHERE {_FILTER}
    ORDER BY opened_at DESC, submission_no DESC, version DESC LIMIT $3 OFFSET $4
"""  # noqa: S608 - the filter is the constant above
#: Totals of the whole list.
_LIST_SUMS = f"""
    SELECT count(*) AS total, coalesce(sum(heads), 0)::bigint AS heads,
           coalesce(sum(total_fen), 0)::bigint AS total_fen, coalesce(sum(city_fen), 0)::bigint AS city_fen,
           coalesce(sum(district_fen), 0)::bigint AS district_fen, coalesce(sum(unit_fen), 0)::bigint AS unit_fen
    FROM submissions WHERE {_FILTER}
"""  # noqa: S608
_CONFIRMED_SUMS = """
    SELECT count(DISTINCT (submission_no, version)) AS submissions, coalesce(sum(heads), 0)::bigint AS heads,
           coalesce(sum(total_fen), 0)::bigint AS total_fen, coalesce(sum(city_fen), 0)::bigint AS city_fen,
           coalesce(sum(district_fen), 0)::bigint AS district_fen, coalesce(sum(unit_fen), 0)::bigint AS unit_fen
    FROM submission_lines WHERE state = 'confirmed' AND submission_no = ANY($1::text[])
"""
#: `people`: the people of confirmed lines, as they were received. `duplicates`: the people who are confirmed more than
#: once in a year. The center is meant to prevent duplicates: a person has one row with place 0 in `live_people` for a
#: year, and this row is the person's cover. A further row of the same person has a place above 0, and the center
#: rejects the line of this row. The query reads the rows of all places, so that it finds duplicates even if the center
#: has failed to reject a line.
_PEOPLE = """
    WITH confirmed AS (
        SELECT DISTINCT p.person, s.year FROM submissions AS s
        JOIN submission_parts AS part USING (submission_no, version)
        CROSS JOIN LATERAL unnest(part.persons, part.line_ids) AS p (person, line_id)
        JOIN submission_lines AS l USING (submission_no, version, line_id)
        WHERE l.state = 'confirmed' AND s.submission_no = ANY($1::text[]))
    SELECT count(*) AS people, count(*) FILTER (WHERE times > 1) AS duplicates FROM (
        SELECT count(l.line_id) AS times FROM confirmed
        LEFT JOIN (live_people AS p JOIN submission_lines AS l USING (submission_no, version, line_id))
             ON p.person = confirmed.person AND p.year = confirmed.year AND l.state = 'confirmed'
        GROUP BY confirmed.person, confirmed.year) AS counted
"""
_PAID = """
    SELECT coalesce(sum(v.amount_fen), 0)::bigint FROM voucher_submissions AS v JOIN vouchers USING (voucher_id)
    WHERE vouchers.state = 'accepted' AND v.submission_no = ANY($1::text[])
"""
_UNKNOWN = """
    SELECT coalesce(array_agg(no ORDER BY no), '{}') FROM unnest($1::text[]) AS no
    WHERE NOT EXISTS (SELECT FROM submissions WHERE submission_no = no)
"""
_VOUCHER_LINES = "SELECT submission_no, version, amount_fen FROM voucher_submissions WHERE voucher_id = $1 ORDER BY 1"
_VOUCHERS = """
    SELECT *, count(*) OVER () AS total FROM vouchers WHERE $1::uuid IS NULL OR union_id = $1
    ORDER BY received_at DESC, voucher_id LIMIT $2 OFFSET $3
"""


class Reports:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def submission(self, no: str, version: int) -> dict[str, Any]:
        """State, figures and lines of a submission, and the body of each callback with a decision."""
        pool = self._database.pool
        row = await pool.fetchrow(_SUBMISSION, no, version)
        if row is None:
            raise Refused(404, "SUBMISSION_UNKNOWN", f"submission {no} version {version} is unknown here")
        lines = [
            {"line_id": line["line_id"], "batch_no": line["batch_no"], "state": line["state"]}
            | {"heads": line["heads"], "fee": fee_of(line)}
            for line in await pool.fetch(_LINES, no, version)
        ]
        parts = {"declared": row["parts"], "received": row["parts_received"]}
        return _submission(row) | {"parts": parts, "lines": lines} | await self._decisions(f"{no}/{version}")

    async def submissions(self, union_id: UUID | None, year: int | None, page: int, size: int) -> dict[str, Any]:
        """A page of submissions, with the heads and the fee of the whole list."""
        pool = self._database.pool
        rows = await pool.fetch(_LIST, union_id, year, size, (page - 1) * size)
        sums = await pool.fetchrow(_LIST_SUMS, union_id, year)
        assert sums is not None
        counts = {"total": sums["total"], "page": page, "page_size": size}
        return counts | {"heads": sums["heads"], "fee": fee_of(sums), "items": [_submission(row) for row in rows]}

    async def figures(self, numbers: Sequence[str]) -> dict[str, Any]:
        """Sums over the confirmed lines and accepted vouchers of these submissions.

        `duplicates`: how many people of the submissions are confirmed more than once in a year, in any submissions.
        """
        pool = self._database.pool
        sums, counted = await pool.fetchrow(_CONFIRMED_SUMS, numbers), await pool.fetchrow(_PEOPLE, numbers)
        assert sums is not None
        assert counted is not None
        return {
            "submissions": sums["submissions"],
            "unknown": await pool.fetchval(_UNKNOWN, numbers),
            "people": counted["people"],
            "duplicates": counted["duplicates"],
            "heads": sums["heads"],
            "fee": fee_of(sums),
            "due_fen": sums["district_fen"] + sums["unit_fen"],
            "paid_fen": await pool.fetchval(_PAID, numbers),
        }

    async def voucher(self, voucher_id: UUID) -> dict[str, Any]:
        pool = self._database.pool
        row = await pool.fetchrow("SELECT * FROM vouchers WHERE voucher_id = $1", voucher_id)
        if row is None:
            raise Refused(404, "VOUCHER_UNKNOWN", f"voucher {voucher_id} is unknown here")
        paid = [dict(line) for line in await pool.fetch(_VOUCHER_LINES, voucher_id)]
        return _voucher(row) | {"submissions": paid} | await self._decisions(str(voucher_id))

    async def vouchers(self, union_id: UUID | None, page: int, size: int) -> dict[str, Any]:
        rows = await self._database.pool.fetch(_VOUCHERS, union_id, size, (page - 1) * size)
        total = rows[0]["total"] if rows else 0
        return {"total": total, "page": page, "page_size": size, "items": [_voucher(row) for row in rows]}

    async def _decisions(self, subject: str) -> dict[str, Any]:
        rows = await self._database.pool.fetch(_CALLBACKS, subject)
        callbacks = {
            "delivered": sum(row["delivered_at"] is not None for row in rows),
            "owed": sum(row["copies"] for row in rows),
            "attempts": sum(row["attempts"] for row in rows),
        }
        return {"decisions": [orjson.loads(row["body"]) for row in rows], "callbacks": callbacks}


def _submission(row: Any) -> dict[str, Any]:
    names = ("submission_no", "version", "union_id", "union_name", "year", "enrollment_type", "state", "heads")
    times = {"received_at": row["received_at"], "decided_at": row["decided_at"]}
    return {name: row[name] for name in names} | {"fee": fee_of(row), "reason": row["reason"]} | times


def _voucher(row: Any) -> dict[str, Any]:
    names = (
        "voucher_id",
        "union_id",
        "amount_fen",
        "paid_on",
        "result",
        "state",
        "reason",
        "received_at",
        "decided_at",
    )
    return {name: row[name] for name in names}
