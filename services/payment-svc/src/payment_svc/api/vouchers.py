"""缴费凭证管理: upload, list, show, open the file (F263–F278)."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote
from uuid import UUID, uuid4

import orjson
from fastapi import APIRouter, Form, Query, Request, Response, UploadFile
from pydantic import BaseModel, Field, StringConstraints

from chassis.acts import ActContext, principal_of
from chassis.http import Act, Done, Labelled, Page, Paging, Read, runtime_of
from chassis.refusals import Forbidden, Refusal
from chassis.runtime import Runtime
from chassis.work import Work
from contracts.words import MatchResult, Role
from payment_svc import usecases
from payment_svc.api.reach import numbers_in, reach, require_reach
from payment_svc.attachment import MOST_BYTES, Attachment, FileTooLarge, attachment
from payment_svc.domain import VoucherState
from payment_svc.files import VoucherFiles, open_store
from payment_svc.store import vouchers as store
from payment_svc.store.vouchers import VouchersWanted
from payment_svc.vouchers import VoucherUpload

if TYPE_CHECKING:
    import asyncpg

router = APIRouter(prefix="/vouchers", tags=["vouchers"])

Line = StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=r"^[^\x00-\x1f]*$")
Text = StringConstraints(strip_whitespace=True, max_length=500)
#: Who reads bank reference and payer in full, beside the owner.
READS_BANK_DETAILS = (Role.CENTER,)
#: Who may open the file, beside the owner (F275, A61).
OPENS_FILES = (Role.CENTER, Role.AUDITOR)


class VoucherForm(BaseModel):
    """Fields of the upload; `submission_nos` repeated or separated by commas."""

    file: UploadFile
    submission_nos: list[str] = Field(default_factory=list)
    amount_fen: Annotated[int, Field(gt=0, le=10**12)]
    paid_on: date
    bank_reference: Annotated[str, Line]
    payer: Annotated[str, Line]
    reason: Annotated[str, Text] | None = None


class FillView(BaseModel):
    submission_no: str
    version: int
    due_fen: int
    amount_fen: int


class VoucherView(BaseModel):
    """One voucher. `due_fen` was open on the ticked submissions when it was uploaded."""

    voucher_id: UUID
    union_id: UUID
    state: Labelled[VoucherState]
    amount_fen: int
    due_fen: int
    filled_fen: int
    surplus_fen: int
    result: Labelled[MatchResult]
    reason: str | None
    paid_on: date
    file_name: str
    file_type: str
    file_bytes: int
    file_sha256: str
    uploaded_at: datetime
    uploaded_by: str
    decided_at: datetime | None
    decision_reason: str | None
    submissions: list[FillView]


class VoucherDetail(VoucherView):
    """In full for the owner and the center, the last characters for others."""

    bank_reference: str
    payer: str


@router.post("", status_code=201)
async def upload_voucher(form: Annotated[VoucherForm, Form()], act: Act) -> Response:
    """保存提交至职保中心 (F278): 201 with the voucher, 403 for anyone but the union that owes.

    409 FILE_ALREADY_USED, BANK_REFERENCE_ALREADY_USED, SUBMISSION_NOT_PAYABLE;
    413 FILE_TOO_LARGE; 422 FILE_TYPE_NOT_ALLOWED, AMOUNT_MISMATCH_NEEDS_REASON, NO_SUBMISSION_CHOSEN.
    """
    act.require(Role.REVIEWER)
    union_id = act.principal.scope_id
    if union_id is None:
        raise Forbidden
    given = await _read_attachment(form.file)
    files = _files(act.runtime)
    file_id = await files.put(given)
    upload = VoucherUpload(
        union_id=union_id,
        submission_nos=numbers_in(form.submission_nos),
        amount_fen=form.amount_fen,
        paid_on=form.paid_on,
        bank_reference=form.bank_reference,
        payer=form.payer,
        reason=form.reason or None,
        attachment=given,
        file_id=file_id,
        account=act.principal.account,
    )
    return await _keep_file_if_needed(act, upload, files)


@router.get("")
async def list_vouchers(
    read: Read,
    page: Paging,
    file_name: str | None = None,
    from_: Annotated[date | None, Query(alias="from")] = None,
    to: date | None = None,
    state: VoucherState | None = None,
    submission_no: str | None = None,
) -> Page[VoucherView]:
    """`file_name`: part of it (F264). `from`, `to`: days of the upload, both included (F265)."""
    wanted = VouchersWanted(reach(read), from_, to, state.value if state else None, file_name or None, submission_no)
    total = await store.count_vouchers(read.connection, wanted)
    rows = await store.list_vouchers(read.connection, wanted, page)
    return page.of(total, [VoucherView.model_validate(_view(row)) for row in rows])


@router.get("/{voucher_id}")
async def show_voucher(voucher_id: UUID, read: Read) -> VoucherDetail:
    """What is unknown or out of reach answers 403 alike."""
    scope_id = reach(read)
    row = await store.find_voucher(read.connection, voucher_id)
    if row is None:
        raise Forbidden
    await require_reach(read, [row["union_id"]])
    secrets = orjson.loads(read.vault.unseal_bytes(row["sealed"], voucher_id))
    if not (_owns(read.principal.role, scope_id, row) or read.principal.role in READS_BANK_DETAILS):
        secrets = {name: _tail(text) for name, text in secrets.items()}
    return VoucherDetail.model_validate(_view(row) | secrets)


@router.get("/{voucher_id}/file")
async def open_file(voucher_id: UUID, request: Request) -> Response:
    """The voucher's file for its owner, the center and auditors; each time it is opened is an audited act (F275)."""
    runtime, principal = runtime_of(request), principal_of(request)
    async with runtime.database.read() as connection:
        row = await store.find_voucher(connection, voucher_id)
    if row is None or not (_owns(principal.role, principal.scope_id, row) or principal.role in OPENS_FILES):
        raise Forbidden
    content = await _files(runtime).get(row["file_sha256"], row["file_id"])
    await _audit_opening(ActContext(request, runtime, principal, f"open-{uuid4()}", b""), row)
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(row['file_name'])}",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
    }
    return Response(content, media_type=row["file_type"], headers=headers)


async def _read_attachment(file: UploadFile) -> Attachment:
    """Raises the refusals of `attachment`; what is too large is not read into memory."""
    if file.size is not None and file.size > MOST_BYTES:
        raise FileTooLarge(most_bytes=MOST_BYTES)
    return attachment(file.filename, await file.read(MOST_BYTES + 1))


async def _keep_file_if_needed(act: ActContext, upload: VoucherUpload, files: VoucherFiles) -> Response:
    """Delete the stored file again where a refusal or an earlier answer shows that no voucher came of it.

    After any other failure it stays: a commit whose answer was lost may have happened.
    """

    async def use_case(work: Work) -> Done:
        return await usecases.submit_voucher(upload, work)

    try:
        answer = await act.once("voucher_submitted", use_case)
    except Refusal:
        await files.discard(upload.attachment.sha256, upload.file_id)
        raise
    if "Idempotency-Replayed" in answer.headers:
        await files.discard(upload.attachment.sha256, upload.file_id)
    return answer


async def _audit_opening(act: ActContext, row: "asyncpg.Record") -> None:
    async def use_case(_: Work) -> Done:
        return Done({}, subject=str(row["voucher_id"]), detail={"file_sha256": row["file_sha256"]})

    await act.once("voucher_file_opened", use_case)


def _owns(role: str, scope_id: UUID | None, row: "asyncpg.Record") -> bool:
    return role == Role.REVIEWER and scope_id == row["union_id"]


def _files(runtime: Runtime) -> VoucherFiles:
    return VoucherFiles(open_store(runtime.settings.voucher_store), runtime.vault)


def _view(row: "asyncpg.Record") -> dict[str, Any]:
    return {**row, "surplus_fen": row["amount_fen"] - row["filled_fen"]}


def _tail(text: str) -> str:
    """The last four characters, or less of a short text."""
    kept = min(4, len(text) // 3)
    return "*" * (len(text) - kept) + text[len(text) - kept :]
