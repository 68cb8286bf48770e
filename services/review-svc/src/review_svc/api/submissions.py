"""District submissions, and the center's answers."""

from uuid import UUID

from fastapi import APIRouter, Response

from chassis.acts import Done, ReadContext
from chassis.http import Act, Page, Paging, Read
from chassis.refusals import Forbidden
from chassis.scope import in_scope
from chassis.work import Work
from contracts.words import Role
from review_svc.api.shapes import (
    CenterDecision,
    Figures,
    LineFigure,
    SubmissionDetail,
    SubmissionFigure,
    SubmissionLineOut,
    SubmissionOut,
    SubmitToCenter,
    fee_of,
)
from review_svc.domain import checked_handler
from review_svc.store import lists
from review_svc.store import submissions as store
from review_svc.usecases.deciding import Decision, decide
from review_svc.usecases.submitting import Shown, submit_to_center

router = APIRouter(tags=["submissions"])

READERS = (Role.REVIEWER, Role.MUNICIPAL, Role.CENTER, Role.OPERATOR, Role.AUDITOR)
CITY_WIDE = (Role.MUNICIPAL, Role.CENTER, Role.OPERATOR, Role.AUDITOR)


@router.post("/submissions", status_code=201)
async def submit(body: SubmitToCenter, act: Act) -> Response:
    """确认提交至职保中心."""
    act.require(Role.REVIEWER)
    handler = checked_handler(body.handler.name, body.handler.mobile, body.handler.email)
    return await act.once(
        "submitted_to_center",
        lambda work: submit_to_center(
            body.line_ids, body.enrollment_type, handler, work, shown=Shown(body.heads, body.total_fen)
        ),
    )


@router.get("/submissions")
async def list_submissions(read: Read, page: Paging, submission_no: str | None = None) -> Page[SubmissionOut]:
    """Submissions of the caller's subtree, newest first."""
    read.require(*READERS)
    total, rows = await store.page_of_submissions(read.connection, _reach(read), submission_no, page)
    return page.of(total, [SubmissionOut.of(row) for row in rows])


@router.get("/submissions/{submission_no}")
async def show_submission(submission_no: str, read: Read) -> SubmissionDetail:
    """A submission with its lines. Unknown numbers answer as those out of reach."""
    read.require(*READERS)
    row = await store.find(read.connection, submission_no)
    if row is None or not await _reaches(row["union_id"], read):
        raise Forbidden
    lines = await store.all_lines(read.connection, submission_no)
    shown = [SubmissionLineOut.model_validate(dict(line) | {"fee": fee_of(line)}) for line in lines]
    return SubmissionDetail(submission=SubmissionOut.of(row), lines=shown)


@router.post("/center/decisions")
async def take_decision(body: CenterDecision, act: Act) -> Response:
    """The center calls back; the same answer again changes nothing (D21)."""
    act.require(Role.CENTER)
    decision = Decision(
        body.submission_no,
        body.version,
        body.decision == "confirmed",
        body.heads,
        body.fee,
        body.line_ids,
        body.reason or "",
        body.decided_at,
    )
    return await act.once("center_decided", lambda work: _decided(decision, work))


async def _decided(decision: Decision, work: Work) -> Done:
    events = await decide(decision, work)
    word = "confirmed" if decision.confirmed else "rejected"
    return Done({"applied": bool(events)}, events, subject=decision.submission_no, detail={"decision": word})


@router.get("/figures")
async def show_figures(read: Read, union_id: UUID, year: int | None = None) -> Figures:
    """Lines and submissions of a union, counted from the store."""
    read.require(*READERS)
    if not await _reaches(union_id, read):
        raise Forbidden
    lines = await lists.lines_of_union(read.connection, union_id, year)
    submissions = await store.with_lines_of_union(read.connection, union_id, year)
    return Figures(
        lines=[LineFigure.model_validate(dict(row) | {"fee": fee_of(row)}) for row in lines],
        submissions=[SubmissionFigure.model_validate(dict(row) | {"fee": fee_of(row)}) for row in submissions],
    )


def _reach(read: ReadContext) -> UUID | None:
    """None = the whole city. Raises Forbidden for a reviewer without a place."""
    if read.principal.scope_id is None and read.principal.role not in CITY_WIDE:
        raise Forbidden
    return read.principal.scope_id


async def _reaches(union_id: UUID, read: ReadContext) -> bool:
    reach = _reach(read)
    return reach is None or await in_scope(read.connection, read.principal, union_id)
