"""Reads the reviewers' decisions and the submissions to the center from review-svc."""

from collections import defaultdict
from collections.abc import Mapping

import orjson

from chassis.sql import Connection, Statement
from enrollctl.evidence.collecting.stores import fee_of, fields_of
from enrollctl.evidence.documents.batch import ApprovalEntry
from enrollctl.evidence.documents.center import Due, SubmissionEntry, SubmissionLineEntry

HISTORY = Statement(
    """SELECT h.id, h.line_id, h.at, h.account, h.union_id, h.what, h.reason, h.detail::text AS detail, h.cause_id
       FROM line_history AS h JOIN lines AS l USING (line_id) WHERE l.batch_no = :batch_no ORDER BY h.id"""
)
#: All submissions that had a line of the batch, including submissions that the center rejected. The encrypted contact
#: data of the handler are not read.
SUBMISSIONS = Statement(
    """SELECT submission_no, version, union_id, union_name, year, enrollment_type, submitted_at, submitted_by,
              submitted_heads, heads, city_fen, district_fen, unit_fen, state, received_at, decided_at, reason,
              feedback_at, feedback_result, feedback_text
       FROM submissions
       WHERE submission_no IN (SELECT submission_no FROM submission_lines WHERE batch_no = :batch_no)
       ORDER BY submitted_at, submission_no"""
)
SUBMISSION_LINES = Statement(
    """SELECT submission_no, line_id, batch_no, heads, city_fen, district_fen, unit_fen, state FROM submission_lines
       WHERE submission_no = ANY(:numbers) ORDER BY submission_no, batch_no, line_id"""
)
COPIED = (
    "submission_no", "version", "union_id", "union_name", "year", "enrollment_type", "submitted_at", "submitted_by",
    "submitted_heads", "heads", "state", "received_at", "decided_at", "reason", "feedback_at", "feedback_result",
    "feedback_text",
)  # fmt: skip


async def approvals_of(connection: Connection, batch_no: str) -> list[ApprovalEntry]:
    return [
        ApprovalEntry(**dict(row) | {"detail": orjson.loads(row["detail"])})
        for row in await HISTORY.fetch(connection, batch_no=batch_no)
    ]


async def submissions_of(connection: Connection, batch_no: str) -> list[SubmissionEntry]:
    """The submissions with all their lines. `with_dues` adds the amounts that are due."""
    rows = await SUBMISSIONS.fetch(connection, batch_no=batch_no)
    lines: dict[str, list[SubmissionLineEntry]] = defaultdict(list)
    for line in await SUBMISSION_LINES.fetch(connection, numbers=[row["submission_no"] for row in rows]):
        lines[line["submission_no"]].append(
            SubmissionLineEntry(**fields_of(line, "line_id", "batch_no", "heads", "state"), fee=fee_of(line))
        )
    return [
        SubmissionEntry(**fields_of(row, *COPIED), fee=fee_of(row), lines=lines[row["submission_no"]], due=None)
        for row in rows
    ]


def with_dues(submissions: list[SubmissionEntry], dues: Mapping[str, Due]) -> list[SubmissionEntry]:
    return [one.model_copy(update={"due": dues.get(one.submission_no)}) for one in submissions]
