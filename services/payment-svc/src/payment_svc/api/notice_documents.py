"""The route that makes the notice document of a submission as a PDF: 下载参保告知书 (F061, A25)."""

import asyncio
from urllib.parse import quote

from fastapi import APIRouter, Response

from chassis.domain import Refusal
from chassis.validation import Number
from chassis.web import Read, Scope, may
from contracts.words import EnrollmentType
from payment_svc.api.reach import READERS, visible_due
from payment_svc.domain.deadlines import SHANGHAI
from payment_svc.domain.dues import Due
from payment_svc.domain.payees import PayeeNotSet
from payment_svc.domain.states import DueState
from payment_svc.notice_documents.notice_document import TITLE, NoticeDocument
from payment_svc.store import dues
from payment_svc.store.payees import current_payee

router = APIRouter(prefix="/dues", tags=["dues"])


class NoticeDocumentNotReady(Refusal):
    code = "LETTER_NOT_READY"
    message = "该批次尚未经职保中心确认，请待确认后再下载参保告知书"


_REJECTED = "该批次已被职保中心退回，没有参保告知书，请待重新提交并确认后再下载"
_SUPERSEDED = "该批次已重新提交，原参保告知书不再有效，请待职保中心确认后再下载"


@router.get(
    "/{submission_no}/letter",
    response_class=Response,
    responses={200: {"content": {"application/pdf": {}}}},
    dependencies=[may("下载参保告知书", *READERS, scope=Scope.SUBTREE)],
)
async def download_letter(submission_no: Number, read: Read) -> Response:
    """The notice document of one submission.

    The answer is 409 LETTER_NOT_READY if the center has not confirmed the submission, and 409 PAYEE_NOT_SET if nobody
    has entered the bank account yet.
    """
    row = await visible_due(submission_no, read)
    due = dues.due_of(row)
    if due.in_force is None:
        raise NoticeDocumentNotReady(_why_not(due), submission_no=submission_no, state=due.state.value)
    payee = await current_payee(read.connection)
    if payee is None:
        raise PayeeNotSet
    content = NoticeDocument(
        union_name=row["union_name"],
        submission_no=submission_no,
        year=row["year"],
        enrollment_type=EnrollmentType(row["enrollment_type"]).label,
        sums=due.sums,
        confirmed_on=due.in_force.at.astimezone(SHANGHAI).date(),
        due_on=due.due_on,
        payee=payee,
    )
    await read.end()
    pdf = await asyncio.to_thread(_draw, content)
    await read.audit("letter_downloaded", subject=submission_no, detail={"version": due.in_force.version})
    name = quote(f"{TITLE}-{submission_no}.pdf")
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}", "Cache-Control": "private, no-store"}
    return Response(pdf, media_type="application/pdf", headers=headers)


def _why_not(due: Due) -> str | None:
    """The reason why there is no valid notice document. None if the center has not decided on the submission yet."""
    if due.state is DueState.REJECTED:
        return _REJECTED
    confirmed, submitted = due.confirmed, due.submitted
    is_superseded = confirmed and submitted and confirmed.version < submitted.version
    return _SUPERSEDED if is_superseded else None


def _draw(notice: NoticeDocument) -> bytes:
    # Imported here, so that a process that draws no notice document loads neither reportlab nor the font.
    from payment_svc.notice_documents.notice_document_pdf import draw

    return draw(notice)
