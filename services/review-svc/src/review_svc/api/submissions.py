"""HTTP routes of district submissions: preview, submit, list, show."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response

from chassis.database import UnitOfWork
from chassis.domain import Forbidden
from chassis.jobs import callback_url
from chassis.validation import DayRange, Days, Number, Year, day_range
from chassis.web import (
    DISTRICTS,
    Command,
    CommandResult,
    ExportFormat,
    InFull,
    Page,
    Paging,
    Read,
    Scope,
    each,
    export,
    may,
    place_of,
    reach,
)
from contracts.words import Channel, EnrollmentType, Role
from review_svc.api.access import READERS, SENT_NAMES, visible_submission
from review_svc.api.command_schemas import Preview, Submitted
from review_svc.api.line_detail_schemas import Revealed
from review_svc.api.line_schemas import fee_of
from review_svc.api.shown_names import with_shown_names
from review_svc.api.submission_schemas import (
    SentPerson,
    SubmissionDetail,
    SubmissionLineOut,
    SubmissionOut,
    SubmitToCenter,
    TickedOrAll,
)
from review_svc.domain.handler import checked_handler
from review_svc.domain.lines import Reviewer
from review_svc.domain.submissions import SubmissionState
from review_svc.store import people, submission_lists
from review_svc.store import submissions as store
from review_svc.store.submission_lists import SubmissionFilter
from review_svc.texts.columns import SUBMISSIONS, submission_words
from review_svc.usecases.previewing import preview
from review_svc.usecases.sealed_parts import unseal_number
from review_svc.usecases.submitting import CALLBACK_PATH, Shown, submit_to_center

router = APIRouter(prefix="/submissions", tags=["submissions"])


@router.post(
    "",
    status_code=201,
    response_model=Submitted,
    dependencies=[
        may("确认提交至职保中心", Role.REVIEWER, scope=Scope.TURN, place_types=DISTRICTS, only="区局（产业）工会")
    ],
)
async def submit(body: SubmitToCenter, command: Command) -> Response:
    """确认提交至职保中心: the district submits staged lines to the protection center."""
    handler = checked_handler(body.handler.name, body.handler.mobile, body.handler.email)
    shown, url = Shown(body.heads, body.total_fen), callback_url(command.runtime.settings.public_url, CALLBACK_PATH)

    async def submit_once(work: UnitOfWork) -> CommandResult:
        sent, events = await submit_to_center(body.line_ids, body.enrollment_type, handler, url, work, shown=shown)
        counted = {"lines": len(sent.lines), "heads": sent.heads}
        answer = Submitted(submission_no=sent.number, version=1, fee=sent.fee, **counted)
        return CommandResult(answer, events, sent.number, counted)

    return await command.once("submitted_to_center", submit_once)


@router.post(
    "/preview",
    dependencies=[
        may("确认提交至职保中心", Role.REVIEWER, scope=Scope.TURN, place_types=DISTRICTS, only="区局（产业）工会")
    ],
)
async def show_preview(body: TickedOrAll, read: Read) -> Preview:
    """提交参保批次确认: the heads and money of the submission. Nothing is stored, so 取消 needs no request (F243)."""
    reviewer = Reviewer(read.principal.account, place_of(read.principal))
    found = await preview(read.connection, body.line_ids, body.enrollment_type, reviewer, read.now)
    return Preview(
        enrollment_type=body.enrollment_type,
        year=found.year,
        lines=found.lines,
        heads=found.heads,
        service_card=found.heads_by_channel[Channel.SERVICE_CARD],
        social_security_card=found.heads_by_channel[Channel.SOCIAL_SECURITY_CARD],
        fee=found.fee,
        settles_start=found.settles_start,
    )


def _filtered(
    read: Read,
    submitted: Days,
    confirmed: Annotated[DayRange, Depends(day_range("confirmed"))],
    submission_no: Number | None = None,
    enrollment_type: EnrollmentType | None = None,
    state: SubmissionState | None = None,
    year: Year | None = None,
) -> SubmissionFilter:
    """The filters. `submission_no`: the start of a submission's number, or of the number of a batch in it (A12)."""
    return SubmissionFilter(
        reach(read.principal), submission_no or None, enrollment_type, state, year, submitted, confirmed
    )


Filters = Annotated[SubmissionFilter, Depends(_filtered)]


@router.get("", dependencies=[may("查看提交批次", *READERS, scope=Scope.SUBTREE)])
async def list_submissions(read: Read, page: Paging, submission_filter: Filters) -> Page[SubmissionOut]:
    """The submissions in the caller's reach."""
    total, rows = await submission_lists.page_of_submissions(read.connection, submission_filter, page)
    return page.of(total, [SubmissionOut.of(row) for row in rows])


@router.get("/export", response_class=Response, dependencies=[may("导出提交批次", *READERS, scope=Scope.SUBTREE)])
async def export_submissions(
    read: Read, page: Paging, submission_filter: Filters, format: ExportFormat = ExportFormat.XLSX
) -> Response:
    """The list as a file, with the same filters and order (D26)."""
    rows = each(submission_lists.every_submission(read.connection, submission_filter, page), submission_words)
    return await export(
        read, name="submissions_exported", file_name="参保批次", columns=SUBMISSIONS, rows=rows, format=format
    )


@router.get("/{submission_no}", dependencies=[may("查看提交批次", *READERS, scope=Scope.SUBTREE)])
async def show_submission(submission_no: Number, read: Read) -> SubmissionDetail:
    """A submission with its lines. The answer is 403 if the submission is unknown or out of the caller's reach."""
    row = await visible_submission(submission_no, read)
    lines = await store.all_lines(read.connection, submission_no)
    shown = [SubmissionLineOut.model_validate(dict(line) | {"fee": fee_of(line)}) for line in lines]
    return SubmissionDetail(submission=SubmissionOut.of(row), lines=shown)


@router.get(
    "/{submission_no}/people",
    dependencies=[
        may("查看提交人员", Role.REVIEWER, Role.CENTER, Role.MUNICIPAL, scope=Scope.SUBTREE, shown=SENT_NAMES)
    ],
)
async def list_people(submission_no: Number, read: Read, page: Paging) -> Page[SentPerson]:
    """The people of the submission, with masked document numbers."""
    await visible_submission(submission_no, read)
    total, rows = await people.page_of_submission(read.connection, submission_no, page)
    return page.of(total, [SentPerson.model_validate(row) for row in await with_shown_names(rows, read)])


@router.get(
    "/{submission_no}/people/{member_id}/reveal",
    dependencies=[
        may(
            "查看完整证件号码",
            Role.REVIEWER,
            Role.CENTER,
            scope=Scope.SUBTREE,
            shown=InFull(numbers=(Role.REVIEWER, Role.CENTER)),
        )
    ],
)
async def reveal(submission_no: Number, member_id: UUID, read: Read) -> Revealed:
    """A person's full document number, for the center and the district.

    Each request is written to the audit log (A61).
    """
    await visible_submission(submission_no, read)
    part = await people.find_sent(read.connection, submission_no, member_id)
    if part is None:
        raise Forbidden
    await read.audit("number_revealed", subject=str(member_id), detail={"submission_no": submission_no})
    return Revealed(member_id=member_id, number=unseal_number(part, read.row_cipher))
