"""The list of district submissions: its length, one page, or the whole list for a file."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from asyncpg import Record

from chassis.sql import Connection, Statement
from chassis.validation import DayRange
from chassis.web import Order, PageRequest, within

ORDER = Order(
    {
        "submission_no": "s.submission_no",
        "submitted_at": "s.submitted_at",
        "updated_at": "s.updated_at",
        "confirmed_at": "CASE WHEN s.state = 'confirmed' THEN s.decided_at END",
        "feedback_at": "s.feedback_at",
        "heads": "s.heads",
        "total_fen": "(s.city_fen + s.district_fen + s.unit_fen)",
        "state": "s.state",
        "union_name": "s.union_name",
    },
    default="-submitted_at",
    tie="s.submission_no DESC",
)
#: `number`: the start of a submission's own number, or of the batch number of one of its lines (A12, A23).
FILTER = Statement(
    """{within}
    AND (:number::text IS NULL OR starts_with(s.submission_no, :number) OR s.submission_no IN (
        SELECT n.submission_no FROM submission_lines AS n WHERE starts_with(n.batch_no, :number)))
    AND (:enrollment_type::text IS NULL OR s.enrollment_type = :enrollment_type)
    AND (:state::text IS NULL OR s.state = :state)
    AND (:year::integer IS NULL OR s.year = :year)
    AND (:submitted_from::timestamptz IS NULL OR s.submitted_at >= :submitted_from)
    AND (:submitted_before::timestamptz IS NULL OR s.submitted_at < :submitted_before)
    AND (:confirmed_from::timestamptz IS NULL OR s.decided_at >= :confirmed_from)
    AND (:confirmed_before::timestamptz IS NULL OR s.decided_at < :confirmed_before)
    AND ((:confirmed_from::timestamptz IS NULL AND :confirmed_before::timestamptz IS NULL) OR s.state = 'confirmed')""",
    within=within("s.union_id"),
)
COUNT = Statement("SELECT count(*) FROM submissions AS s WHERE {filter}", filter=FILTER)
LIST = Statement(
    """SELECT s.*, s.city_fen + s.district_fen + s.unit_fen AS total_fen,
              CASE WHEN s.state = 'confirmed' THEN s.decided_at END AS confirmed_at
       FROM submissions AS s WHERE {filter} ORDER BY {order}""",
    filter=FILTER,
    order=ORDER,
)
PAGE = Statement("{list} LIMIT :limit OFFSET :offset", list=LIST)


@dataclass(frozen=True, slots=True)
class SubmissionFilter:
    """Filters of the list; None = no restriction. `scope_id`: a union with its subtree; None = the whole city."""

    scope_id: UUID | None
    number: str | None = None
    enrollment_type: str | None = None
    state: str | None = None
    year: int | None = None
    submitted: DayRange = field(default_factory=DayRange)
    confirmed: DayRange = field(default_factory=DayRange)

    @property
    def submitted_from(self) -> datetime | None:
        return self.submitted.start

    @property
    def submitted_before(self) -> datetime | None:
        return self.submitted.end

    @property
    def confirmed_from(self) -> datetime | None:
        return self.confirmed.start

    @property
    def confirmed_before(self) -> datetime | None:
        return self.confirmed.end


async def page_of_submissions(
    connection: Connection, submission_filter: SubmissionFilter, page: PageRequest
) -> tuple[int, list[Record]]:
    """The number of submissions, and one page of them, in the order of `page`."""
    return await COUNT.fetchval(connection, submission_filter), await PAGE.fetch(
        connection, submission_filter, page, order=page
    )


def every_submission(
    connection: Connection, submission_filter: SubmissionFilter, page: PageRequest
) -> AsyncIterator[list[Record]]:
    """The whole list for a file, in the order of `page`. Yields several rows at a time."""
    return LIST.batches(connection, submission_filter, order=page)
