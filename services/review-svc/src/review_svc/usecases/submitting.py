"""A district's submission to the protection center."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

import orjson

from chassis.database import UnitOfWork, job_id
from chassis.jobs import CALLBACK_URL
from contracts.event import Event
from contracts.fields import Part, Shares
from contracts.parts import into_parts
from contracts.reviews import BatchCompleted, SubmittedToCenter
from contracts.words import EnrollmentType
from review_svc.domain import lines as rules
from review_svc.domain.handler import Handler
from review_svc.domain.history import Happened
from review_svc.domain.lines import Line, LineState, Reviewer
from review_svc.domain.numbers import submission_number
from review_svc.domain.submissions import TotalChanged, require_one_kind
from review_svc.store import history
from review_svc.store import lines as line_store
from review_svc.store import submissions as store
from review_svc.usecases.pricing import PricedLine, priced, total
from review_svc.usecases.reviewing import reviewer_of, ticked_or_all

if TYPE_CHECKING:
    import asyncpg

#: The kinds of jobs. A job's key is the submission's number and version.
SUBMIT = "center.submission"
RECONCILE = "center.reconcile"
#: The path at which this service receives the center's decision.
CALLBACK_PATH = "/center/decisions"


def center_key(submission_no: str, version: int) -> str:
    return f"{submission_no}/{version}"


@dataclass(frozen=True, slots=True)
class Shown:
    """The heads and money that the dialog showed. A value is None if the request does not contain it."""

    heads: int | None = None
    total_fen: int | None = None

    def require(self, heads: int, fee: Shares) -> None:
        """Raises TotalChanged if the list has changed since the dialog was opened (A52)."""
        if self.heads not in (None, heads) or self.total_fen not in (None, fee.total_fen):
            raise TotalChanged(heads=heads, total_fen=fee.total_fen)


@dataclass(frozen=True, slots=True)
class Submission:
    """A submission that is about to be saved and sent."""

    number: str
    enrollment_type: EnrollmentType
    year: int
    union_name: str
    reviewer: Reviewer
    lines: Sequence[PricedLine]
    heads: int
    fee: Shares

    @property
    def line_ids(self) -> list[UUID]:
        return [line.row["line_id"] for line in self.lines]


def state_after_submission(
    rows: Sequence["asyncpg.Record"], reviewer: Reviewer, enrollment_type: EnrollmentType
) -> LineState:
    """The lines' state after the submission. Raises the refusals of `send_to_center` and of `require_one_kind`."""
    [state] = {rules.send_to_center(line_store.line_of(row), reviewer) for row in rows}
    require_one_kind(enrollment_type.value, [row["enrollment_type"] for row in rows], [row["year"] for row in rows])
    return state


async def submit_to_center(
    line_ids: Sequence[UUID] | None,
    enrollment_type: EnrollmentType,
    handler: Handler,
    callback_url: str,
    work: UnitOfWork,
    *,
    shown: Shown = Shown(),
) -> tuple[Submission, list[Event]]:
    """确认提交至职保中心: the lines become 已完成 and one submission is sent to the center (F235–F248, A14, A52).

    `callback_url`: the address to which the center sends its decision.
    """
    reviewer = reviewer_of(work)
    lines: list[Line] = await ticked_or_all(line_ids, reviewer, work, enrollment_type.value)
    rows = await line_store.find_all(work.connection, [line.line_id for line in lines])
    state = state_after_submission(rows, reviewer, enrollment_type)
    priced_lines = priced(rows, work.now)
    heads, fee = total(priced_lines)
    shown.require(heads, fee)
    number = submission_number(work.now.date(), await store.next_count(work.connection, work.now.date()))
    union_name, year = rows[0]["chain_names"][-1], rows[0]["year"]
    submission = Submission(number, enrollment_type, year, union_name, reviewer, priced_lines, heads, fee)
    await _save(submission, handler, state, work)
    body = {"submission_no": number, "version": 1, CALLBACK_URL: callback_url}
    await work.enqueue(SUBMIT, center_key(number, 1), body)
    return submission, _events(submission, work)


async def _save(submission: Submission, handler: Handler, state: LineState, work: UnitOfWork) -> None:
    number, reviewer = submission.number, submission.reviewer
    new = store.NewSubmission(
        submission_no=number, union_id=reviewer.union_id, union_name=submission.union_name, year=submission.year,
        enrollment_type=submission.enrollment_type.value, heads=submission.heads, fee=submission.fee,
        handler=_sealed_handler(handler, number, work), account=reviewer.account,
    )  # fmt: skip
    await store.insert(work.connection, new, work.now)
    if settled := [_settled(line) for line in submission.lines if line.settled]:
        await line_store.settle(work.connection, settled)
    await store.insert_lines(work.connection, number, submission.line_ids)
    await line_store.complete(work.connection, submission.line_ids, number, state, work.now)
    await history.note(
        work.connection, submission.line_ids, Happened.COMPLETED, at=work.now, account=reviewer.account,
        cause_id=work.cause_id, union_id=reviewer.union_id, detail={"submission_no": number},
    )  # fmt: skip


def _sealed_handler(handler: Handler, number: str, work: UnitOfWork) -> bytes:
    content = orjson.dumps({"name": handler.name, "mobile": handler.mobile, "email": handler.email})
    return work.row_cipher.seal_bytes(content, job_id(SUBMIT, number))


def _settled(line: PricedLine) -> tuple[object, ...]:
    settled, rate = line.settled, line.rate
    assert settled is not None
    dates = (settled.start_on, settled.end_on, settled.term.value)
    return (line.row["line_id"], *dates, rate.city_fen, rate.district_fen, rate.unit_fen)


def _events(submission: Submission, work: UnitOfWork) -> list[Event]:
    parts = into_parts([line.sent for line in submission.lines])
    events: list[Event] = [_completed(line, submission.number, work) for line in submission.lines]
    events += [
        SubmittedToCenter(
            submission_no=submission.number,
            version=1,
            union_id=submission.reviewer.union_id,
            union_name=submission.union_name,
            year=submission.year,
            enrollment_type=submission.enrollment_type,
            part=Part(index=index, count=len(parts)),
            lines=part,
            heads=submission.heads,
            fee=submission.fee,
            submitted_at=work.now,
        )
        for index, part in enumerate(parts)
    ]
    return events


def _completed(line: PricedLine, number: str, work: UnitOfWork) -> BatchCompleted:
    sent, settled = line.sent, line.settled
    return BatchCompleted(
        batch_no=sent.batch_no,
        line_id=sent.line_id,
        union_id=sent.union_id,
        unit_id=sent.unit_id,
        submission_no=number,
        heads=sent.heads,
        fee=sent.fee,
        completed_at=work.now,
        start_on=settled.start_on if settled else None,
        end_on=settled.end_on if settled else None,
        term=settled.term if settled else None,
        rate=line.rate if settled else None,
    )
