"""HTTP routes of 新增缴费凭证: the form, and the upload that submits a voucher to the center (F266–F278)."""

from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Response, UploadFile
from pydantic import BaseModel, Field, StringConstraints

from chassis.database import UnitOfWork
from chassis.domain import Refusal
from chassis.jobs import callback_url
from chassis.server import FORM
from chassis.validation import Body, example, parameters
from chassis.web import (
    DISTRICTS,
    UNFIT_FORMS,
    Command,
    CommandContext,
    CommandResult,
    Read,
    Scope,
    UploadRoute,
    may,
    refuses,
)
from contracts.words import Role
from payment_svc.api.payee import PAYEE, PayeeView, payee_shown
from payment_svc.api.reach import MOST_NUMBERS, Numbers, numbers_in, require_payer
from payment_svc.api.voucher_schemas import Receipt
from payment_svc.attachments.files import VoucherFiles, files_of
from payment_svc.attachments.opening import require_readable
from payment_svc.domain.attachment import MOST_BYTES, SIGNATURES, Attachment, FileTooLarge, attachment_of
from payment_svc.texts.screens import TEXTS
from payment_svc.usecases.vouchers import CALLBACK_PATH, submit_voucher
from payment_svc.vouchers import VoucherUpload


class VoucherRoute(UploadRoute):
    most_file_bytes = MOST_BYTES
    too_large = partial(FileTooLarge, most_bytes=MOST_BYTES)


router = APIRouter(prefix="/vouchers", tags=["vouchers"], route_class=VoucherRoute)

Line = StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=r"^[^\x00-\x1f]*$")


class FormView(BaseModel):
    """The data that the form shows to the user. `payee` is None if no account is entered yet."""

    model_config = example(
        {
            "title": "新增缴费凭证",
            "how_to_pay": TEXTS.messages["how_to_pay"],
            "payee": PAYEE,
            "file_types": ["application/pdf", "image/jpeg", "image/png"],
            "most_bytes": MOST_BYTES,
        }
    )

    title: str
    how_to_pay: str
    payee: PayeeView | None
    file_types: list[str]
    most_bytes: int


class VoucherForm(Body):
    """The fields of the upload. `submission_nos` can be repeated, or contain several numbers separated by commas."""

    model_config = example(
        {
            "file": "(binary)",
            "submission_nos": ["CB202405109000"],
            "amount_fen": 3900,
            "paid_on": "2024-05-12",
            "bank_reference": "20240512000123",
            "payer": "示例区总工会",
        }
    )

    file: UploadFile
    submission_nos: list[Numbers] = Field(default_factory=list, max_length=MOST_NUMBERS)
    amount_fen: parameters.PaidFen
    paid_on: parameters.Day
    bank_reference: Annotated[str, Line, parameters.SHOWN]
    payer: Annotated[str, Line, parameters.SHOWN]
    reason: parameters.Text | None = None


@router.get(
    "/form",
    dependencies=[may("上传缴费凭证", Role.REVIEWER, scope=Scope.OWN, place_types=DISTRICTS, only="区局（产业）工会")],
)
async def show_form(read: Read) -> FormView:
    """The account to which the district pays, and the allowed attachments (F249, F267).

    The answer is 403 for unions that do not pay the center (F250).
    """
    await require_payer(read.connection, read.principal)
    return FormView(
        title=TEXTS.titles["new_voucher"],
        how_to_pay=TEXTS.messages["how_to_pay"],
        payee=await payee_shown(read),
        file_types=sorted(media_type for _, media_type, _ in SIGNATURES),
        most_bytes=MOST_BYTES,
    )


@router.post(
    "",
    status_code=201,
    response_model=Receipt,
    dependencies=[may("上传缴费凭证", Role.REVIEWER, scope=Scope.OWN, place_types=DISTRICTS, only="区局（产业）工会")],
)
async def upload_voucher(form: Annotated[VoucherForm, Form(media_type=FORM)], command: Command) -> Response:
    """保存提交至职保中心 (F278). The answer is 201 with the voucher.

    Refusals: 403 if the caller's union does not owe the money; 409 FILE_ALREADY_USED, BANK_REFERENCE_ALREADY_USED,
    SUBMISSION_NOT_PAYABLE; 413 FILE_TOO_LARGE; 422 PAID_ON_IN_FUTURE, AMOUNT_MISMATCH_NEEDS_REASON,
    NO_SUBMISSION_CHOSEN, FILE_EMPTY, FILE_TYPE_NOT_ALLOWED and, for unreadable files, FILE_UNREADABLE, FILE_ENCRYPTED
    and others.
    """
    async with command.runtime.database.read() as connection:
        union_id = await require_payer(connection, command.principal)
    attachment = await _read_attachment(form.file)
    files = files_of(command.runtime)
    upload = _upload(form, command, union_id, attachment, await files.put(attachment))
    return await _keep_file_if_needed(command, upload, files)


def _upload(
    form: VoucherForm, command: CommandContext, union_id: UUID, attachment: Attachment, file_id: UUID
) -> VoucherUpload:
    return VoucherUpload(
        union_id=union_id,
        submission_nos=numbers_in(form.submission_nos),
        amount_fen=form.amount_fen,
        paid_on=form.paid_on,
        bank_reference=form.bank_reference,
        payer=form.payer,
        reason=form.reason or None,
        attachment=attachment,
        file_id=file_id,
        account=command.principal.account,
    )


@refuses(FileTooLarge, *UNFIT_FORMS)
async def _read_attachment(file: UploadFile) -> Attachment:
    """Read and check the file, before any transaction. Raises the refusals of `attachment.py` and `opening.py`."""
    attachment = attachment_of(file.filename, await file.read())
    await require_readable(attachment)
    return attachment


async def _keep_file_if_needed(command: CommandContext, upload: VoucherUpload, files: VoucherFiles) -> Response:
    """Submit the voucher. Its file is stored already; delete the file if no voucher uses it.

    No voucher uses the file if the command is refused, or if an earlier request executed the same command with its own
    file. After any other error the file stays, because the transaction is possibly committed without this process
    knowing it.
    """

    url = callback_url(command.runtime.settings.public_url, CALLBACK_PATH)

    async def use_case(work: UnitOfWork) -> CommandResult:
        voucher, event = await submit_voucher(upload, url, work)
        result, submissions = voucher.filling.result.value, len(event.submissions)
        detail = {"amount_fen": upload.amount_fen, "result": result, "submissions": submissions}
        return CommandResult(Receipt.of(voucher), [event], subject=str(voucher.voucher_id), detail=detail)

    try:
        answer = await command.once("voucher_submitted", use_case)
    except Refusal:
        await files.discard(upload.attachment.sha256, upload.file_id)
        raise
    if "Idempotency-Replayed" in answer.headers:
        await files.discard(upload.attachment.sha256, upload.file_id)
    return answer
