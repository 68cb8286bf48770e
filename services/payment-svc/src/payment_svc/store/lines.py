"""Statements on the batch lines of a submission: the drill-down to what units sent (A23)."""

from collections.abc import Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from chassis.sql import Connection
from chassis.web import Order, PageRequest
from contracts.reviews import SubmissionLine
from contracts.topics import UNIONS

if TYPE_CHECKING:
    import asyncpg

ORDER = Order(
    {"batch_no": "l.batch_no", "heads": "l.heads", "district_fen": "l.district_fen", "unit_fen": "l.unit_fen"},
    default="batch_no",
    tie="l.line_id",
)
_LATEST = "due_lines l JOIN dues d ON d.submission_no = l.submission_no AND d.version = l.version"
_NAMES = """LEFT JOIN reference_entries u ON u.topic = $4 AND u.key = l.union_id::text
             LEFT JOIN tree_units unit ON unit.node_id = l.union_id AND unit.unit_id = l.unit_id"""


async def put_lines(connection: Connection, submission_no: str, version: int, lines: Sequence[SubmissionLine]) -> None:
    """Add lines of a version; those of earlier versions go."""
    await connection.execute("DELETE FROM due_lines WHERE submission_no = $1 AND version < $2", submission_no, version)
    await connection.execute(
        """INSERT INTO due_lines (submission_no, version, line_id, batch_no, union_id, unit_id, heads, city_fen,
                                  district_fen, unit_fen)
           SELECT $1, $2, * FROM unnest($3::uuid[], $4::text[], $5::uuid[], $6::uuid[], $7::int[], $8::bigint[],
                                        $9::bigint[], $10::bigint[])
           ON CONFLICT DO NOTHING""",
        submission_no,
        version,
        [line.line_id for line in lines],
        [line.batch_no for line in lines],
        [line.union_id for line in lines],
        [line.unit_id for line in lines],
        [line.heads for line in lines],
        [line.fee.city_fen for line in lines],
        [line.fee.district_fen for line in lines],
        [line.fee.unit_fen for line in lines],
    )


async def heads_of_lines(connection: Connection, submission_no: str, version: int, line_ids: Sequence[UUID]) -> int:
    """Heads of these lines, as far as they are known."""
    heads: int = await connection.fetchval(
        """SELECT coalesce(sum(heads), 0)::int FROM due_lines
           WHERE submission_no = $1 AND version = $2 AND line_id = ANY($3)""",
        submission_no,
        version,
        list(line_ids),
    )
    return heads


async def count_lines(connection: Connection, submission_no: str) -> int:
    """How many lines the latest version has."""
    count: int = await connection.fetchval(
        f"SELECT count(*) FROM {_LATEST} WHERE l.submission_no = $1",  # noqa: S608
        submission_no,
    )
    return count


async def list_lines(connection: Connection, submission_no: str, page: PageRequest) -> list["asyncpg.Record"]:
    """One page of the latest version's lines with the names that unions and units have now.

    `rejected`: the center took the line out of the list, so it is not paid for (A53).
    """
    return await connection.fetch(
        f"""SELECT l.*, u.body->>'name' AS union_name, unit.name AS unit_name,
                   coalesce((d.rejected->>'version')::int = l.version AND (d.rejected->'line_ids' ? l.line_id::text
                             OR d.rejected->'line_ids' = '[]'), false) AS rejected
            FROM {_LATEST} {_NAMES} WHERE l.submission_no = $1
            ORDER BY {ORDER.by(page)} LIMIT $2 OFFSET $3""",  # noqa: S608
        submission_no,
        page.limit,
        page.offset,
        UNIONS.name,
    )
