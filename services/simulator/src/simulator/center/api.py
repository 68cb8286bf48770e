"""HTTP routes of the protection center."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, Field

from simulator.center.feedbacks import FeedbackIn, Feedbacks
from simulator.center.loops import Loops
from simulator.center.policies import Policies, Policy
from simulator.center.reports import Reports
from simulator.center.schemas import (
    CompleteIn,
    Decision,
    SubmissionIn,
    SubmissionNo,
    Version,
    VoucherIn,
    idempotency_key,
    read_part,
)
from simulator.center.submissions import Submissions
from simulator.center.verdicts import Verdict, Verdicts
from simulator.center.vouchers import Vouchers
from simulator.refusals import Answer, Refused

Page = Annotated[int, Query(ge=1)]
PageSize = Annotated[int, Query(ge=1, le=500)]
#: For requests of services, which must carry an Idempotency-Key.
KEYED = [Depends(idempotency_key)]


class SubmissionDecisionIn(BaseModel):
    decision: Literal["confirmed", "rejected"]
    reason: str | None = None
    line_ids: list[UUID] = Field(default_factory=list)


class VoucherDecisionIn(BaseModel):
    decision: Literal["accepted", "rejected"]
    reason: str | None = None


class FiguresIn(BaseModel):
    submission_nos: list[str]


def submissions_router(submissions: Submissions, reports: Reports, loops: Loops) -> APIRouter:
    router = APIRouter(prefix="/center/submissions", tags=["submissions"])

    @router.put("/{no}/{version}", dependencies=KEYED)
    async def open_submission(no: SubmissionNo, version: Version, body: SubmissionIn) -> Answer:
        """Answers `{"submission_no", "version", "parts"}`, or 409 with one of these codes.

        CONTENT_DIFFERS: this version was sent before with other content. STALE_VERSION: a newer version was sent.
        VERSION_STANDS: an older version is complete and was not rejected, so no version can replace it.
        """
        return Answer(await submissions.open(no, version, body, now=loops.now()))

    @router.put("/{no}/{version}/parts/{index}", dependencies=KEYED)
    async def receive_part(no: SubmissionNo, version: Version, index: int, request: Request) -> Answer:
        """Receive part `index`, counted from 0, with at most 500 people. Parts can come in any order, even at the same
        time.

        Answers `{"submission_no", "version", "part", "heads"}`.
        """
        return Answer(await submissions.receive_part(no, version, index, read_part(await request.body())))

    @router.post("/{no}/{version}/complete", dependencies=KEYED)
    async def complete(no: SubmissionNo, version: Version, body: CompleteIn) -> Answer:
        """Complete the submission. If parts are missing, the answer is 409 PARTS_MISSING with their indexes.

        After 422 LINE_HEADS_DIFFER or SUMS_DIFFER the sender corrects the submission under a new version.
        """
        answer, delay_ms = await submissions.complete(no, version, body.parts)
        loops.wake(delay_ms)
        return Answer(answer)

    @router.get("/{no}/{version}")
    async def show(no: SubmissionNo, version: Version) -> Answer:
        return Answer(await reports.submission(no, version))

    @router.get("")
    async def list_submissions(
        union_id: UUID | None = None, year: int | None = None, page: Page = 1, page_size: PageSize = 15
    ) -> Answer:
        return Answer(await reports.submissions(union_id, year, page, page_size))

    return router


def vouchers_router(vouchers: Vouchers, reports: Reports, loops: Loops) -> APIRouter:
    router = APIRouter(prefix="/center/vouchers", tags=["vouchers"])

    @router.put("/{voucher_id}", dependencies=KEYED)
    async def receive(voucher_id: UUID, body: VoucherIn) -> Answer:
        """Answers `{"voucher_id", "state": "received"}`, or 409 CONTENT_DIFFERS."""
        answer, delay_ms = await vouchers.receive(voucher_id, body)
        loops.wake(delay_ms)
        return Answer(answer)

    @router.get("/{voucher_id}")
    async def show(voucher_id: UUID) -> Answer:
        return Answer(await reports.voucher(voucher_id))

    @router.get("")
    async def list_vouchers(union_id: UUID | None = None, page: Page = 1, page_size: PageSize = 15) -> Answer:
        return Answer(await reports.vouchers(union_id, page, page_size))

    return router


def decisions_router(verdicts: Verdicts, feedbacks: Feedbacks, vouchers: Vouchers, loops: Loops) -> APIRouter:
    """Routes for decisions and feedback by hand.

    A policy says how the center decides by itself, and after which delay. A decision by hand must come before the end
    of this delay, or while a policy holds the submission or voucher.
    """
    router = APIRouter(prefix="/center", tags=["decisions"])

    @router.post("/submissions/{no}/{version}/decision")
    async def decide_submission(no: SubmissionNo, version: Version, body: SubmissionDecisionIn) -> Answer:
        """A rejection with `line_ids` rejects the lines with these ids and confirms the remaining lines."""
        decision = _with_reason(Decision(body.decision), body.reason)
        verdict = Verdict(decision, body.reason, body.line_ids)
        answer = await verdicts.decide(no, version, verdict, now=loops.now(), copies=loops.copies())
        loops.wake()
        return Answer(answer)

    @router.post("/submissions/{no}/{version}/feedback")
    async def feed_back(no: SubmissionNo, version: Version, body: FeedbackIn) -> Answer:
        """Send the center's feedback (职保中心反馈); 409 NOT_CONFIRMED if the submission is not confirmed."""
        answer = await feedbacks.send(no, version, body, now=loops.now(), copies=loops.copies())
        loops.wake()
        return Answer(answer)

    @router.post("/vouchers/{voucher_id}/decision")
    async def decide_voucher(voucher_id: UUID, body: VoucherDecisionIn) -> Answer:
        decision = _with_reason(Decision(body.decision), body.reason)
        answer = await vouchers.decide(voucher_id, decision, body.reason, now=loops.now(), copies=loops.copies())
        loops.wake()
        return Answer(answer)

    return router


def desk_router(policies: Policies, reports: Reports, loops: Loops) -> APIRouter:
    """Routes for the policies by which the center decides, and for the center's figures."""
    router = APIRouter(prefix="/center", tags=["desk"])

    @router.put("/policy")
    async def set_policy(policy: Policy) -> Answer:
        await policies.set(policy)
        loops.wake()
        return Answer(policy.model_dump(mode="json"))

    @router.get("/policy")
    async def show_policies() -> Answer:
        return Answer({"policies": await policies.all()})

    @router.delete("/policy")
    async def clear_policies() -> Answer:
        """Delete all policies. Without policies, the center confirms submissions and accepts vouchers after 0.2 s.

        It still rejects a line with a person who has cover already, and a voucher with wrong amounts.
        """
        await policies.clear()
        loops.wake()
        return Answer({"policies": []})

    @router.get("/figures")
    async def figures_by_query(submission_nos: str) -> Answer:
        """`submission_nos` are separated by commas."""
        return Answer(await reports.figures([no.strip() for no in submission_nos.split(",") if no.strip()]))

    @router.post("/figures")
    async def figures(body: FiguresIn) -> Answer:
        return Answer(await reports.figures(body.submission_nos))

    return router


def _with_reason(decision: Decision, reason: str | None) -> Decision:
    if decision is Decision.REJECTED and not reason:
        raise Refused(422, "REASON_MISSING", "a rejection needs a reason")
    return decision
