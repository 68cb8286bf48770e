"""The batch lines of a submission. Each line is for the people of one unit and channel (A23)."""

from collections.abc import Sequence
from uuid import UUID

from asyncpg import Record

from chassis.sql import Connection, Statement, columns_of, rows_of
from chassis.web import Order, PageRequest
from contracts.reviews import SubmissionLine
from contracts.topics import UNIONS
from payment_svc.tables import DueLineRow

LINE = columns_of(
    DueLineRow, "line_id", "batch_no", "union_id", "unit_id", "heads", "city_fen", "district_fen", "unit_fen"
)
ORDER = Order(
    {"batch_no": "l.batch_no", "heads": "l.heads", "district_fen": "l.district_fen", "unit_fen": "l.unit_fen"},
    default="batch_no",
    tie="l.line_id",
)
DROP_EARLIER = Statement("DELETE FROM due_lines WHERE submission_no = :submission_no AND version < :version")
PUT = Statement(
    """INSERT INTO due_lines (submission_no, version, {line})
       SELECT :submission_no, :version, {line} FROM {lines} AS l ON CONFLICT DO NOTHING""",
    line=LINE,
    lines=rows_of(LINE),
)
HEADS = Statement(
    """SELECT coalesce(sum(heads), 0)::int FROM due_lines
       WHERE submission_no = :submission_no AND version = :version AND line_id = ANY(:line_ids)"""
)
LATEST = "due_lines AS l JOIN dues AS d ON d.submission_no = l.submission_no AND d.version = l.version"
COUNT = Statement("SELECT count(*) FROM {latest} WHERE l.submission_no = :submission_no", latest=LATEST)
PAGE = Statement(
    """SELECT l.*, u.body->>'name' AS union_name, unit.name AS unit_name,
              coalesce((d.rejected->>'version')::int = l.version AND (d.rejected->'line_ids' ? l.line_id::text
                        OR d.rejected->'line_ids' = '[]'), false) AS rejected
       FROM {latest} LEFT JOIN reference_entries AS u ON u.topic = :unions AND u.key = l.union_id::text
            LEFT JOIN tree_units AS unit ON unit.node_id = l.union_id AND unit.unit_id = l.unit_id
       WHERE l.submission_no = :submission_no ORDER BY {order} LIMIT :limit OFFSET :offset""",
    latest=LATEST,
    order=ORDER,
)


async def put_lines(connection: Connection, submission_no: str, version: int, lines: Sequence[SubmissionLine]) -> None:
    """Add lines to the version `version` of the submission, and delete the lines of earlier versions."""
    await DROP_EARLIER.execute(connection, submission_no=submission_no, version=version)
    rows = [
        (n.line_id, n.batch_no, n.union_id, n.unit_id, n.heads, n.fee.city_fen, n.fee.district_fen, n.fee.unit_fen)
        for n in lines
    ]
    await PUT.execute(connection, submission_no=submission_no, version=version, lines=rows)


async def heads_of_lines(connection: Connection, submission_no: str, version: int, line_ids: Sequence[UUID]) -> int:
    """The sum of the heads of these lines. A line that has not arrived yet counts as 0 heads."""
    return int(await HEADS.fetchval(connection, submission_no=submission_no, version=version, line_ids=list(line_ids)))


async def count_lines(connection: Connection, submission_no: str) -> int:
    """How many lines the submission's latest version has."""
    return int(await COUNT.fetchval(connection, submission_no=submission_no))


async def list_lines(connection: Connection, submission_no: str, page: PageRequest) -> list[Record]:
    """One page of the lines of the submission's latest version, with the present names of unions and units.

    `rejected`: True if the center rejected the line. The district does not pay for a rejected line (A53).
    """
    return await PAGE.fetch(connection, page, submission_no=submission_no, unions=UNIONS.name, order=page)
