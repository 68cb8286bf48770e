"""HTTP routes of 缴费凭证管理: list vouchers, show a voucher, open its file (F263–F265, F275)."""

from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote
from uuid import UUID

import orjson
from fastapi import APIRouter, Depends, Query, Response

from chassis.domain import Forbidden
from chassis.identity import Principal, with_names
from chassis.normalization import text_key
from chassis.validation import Code, Days, Line, Number
from chassis.web import (
    ExportFormat,
    InFull,
    Page,
    Paging,
    Read,
    Scope,
    each,
    export,
    may,
    only_known_parameters,
    reach,
    reached_row,
    require_reach,
)
from contracts.words import MatchResult, Role
from payment_svc.api.reach import READERS
from payment_svc.api.voucher_schemas import VoucherDetail, VoucherView, fields_of
from payment_svc.attachments.files import files_of
from payment_svc.domain.states import VoucherState
from payment_svc.store import vouchers as store
from payment_svc.store.voucher_lists import VoucherFilter, all_vouchers, count_vouchers, list_vouchers
from payment_svc.texts import columns

if TYPE_CHECKING:
    import asyncpg

router = APIRouter(prefix="/vouchers", tags=["vouchers"])

#: Besides the union that uploaded the voucher, these roles can read bank reference and payer in full.
BANK = InFull(bank=(Role.CENTER,))
#: Besides the union that uploaded the voucher, these roles can open the file (F275, A61).
OPENS_FILES = (Role.CENTER, Role.AUDITOR)


def _filtered(
    read: Read,
    uploaded: Days,
    file_name: Line | None = None,
    state: VoucherState | None = None,
    submission_no: Number | None = None,
    result: MatchResult | None = None,
) -> VoucherFilter:
    """`file_name`: a part of the name (F264). `from`, `to`: days of the upload, both included (F265)."""
    return VoucherFilter(
        reach(read.principal),
        uploaded_from=uploaded.start,
        uploaded_before=uploaded.end,
        state=state.value if state else None,
        file_name_key=text_key(file_name or "") or None,
        submission_no=submission_no or None,
        result=result.value if result else None,
    )


Filters = Annotated[VoucherFilter, Depends(_filtered)]


@router.get("", dependencies=[may("查看缴费凭证", *READERS, scope=Scope.SUBTREE)])
async def vouchers(read: Read, voucher_filter: Filters, page: Paging) -> Page[VoucherView]:
    """Vouchers of the unions in the caller's subtree."""
    total = await count_vouchers(read.connection, voucher_filter)
    rows = await list_vouchers(read.connection, voucher_filter, page)
    shown = [VoucherView.model_validate(fields_of(row)) for row in rows]
    return page.of(total, await with_names(shown, read.connection, read.row_cipher, "uploaded_by"))


@router.get(
    "/export",
    dependencies=[may("导出缴费凭证", *READERS, scope=Scope.SUBTREE), Depends(only_known_parameters)],
    response_class=Response,
)
async def export_vouchers(
    read: Read,
    voucher_filter: Filters,
    sort: Annotated[Code | None, Query()] = None,
    format: ExportFormat = ExportFormat.XLSX,
) -> Response:
    """The list with the same filters, as a file without bank reference and payer (D26)."""
    return await export(
        read,
        name="vouchers_exported",
        file_name="缴费凭证",
        columns=columns.VOUCHERS,
        rows=each(all_vouchers(read.connection, voucher_filter, sort), _shown),
        format=format,
    )


@router.get("/{voucher_id}", dependencies=[may("查看缴费凭证", *READERS, scope=Scope.SUBTREE, shown=BANK)])
async def show_voucher(voucher_id: UUID, read: Read) -> VoucherDetail:
    """One voucher. The answer is 403 if the id is unknown or the voucher is out of the caller's reach."""
    row = await reached_row(read.connection, read.principal, await store.find_voucher(read.connection, voucher_id))
    secrets = orjson.loads(read.row_cipher.unseal_bytes(row["sealed"], voucher_id))
    if not (_owns(read.principal, row) or read.principal.role in BANK.bank):
        secrets = {name: _tail(text) for name, text in secrets.items()}
    shown = VoucherDetail.model_validate(fields_of(row) | secrets)
    [named] = await with_names([shown], read.connection, read.row_cipher, "uploaded_by")
    return named


@router.get(
    "/{voucher_id}/file",
    response_class=Response,
    responses={200: {"content": {"image/jpeg": {}, "image/png": {}, "application/pdf": {}}}},
    dependencies=[
        may("打开缴费凭证文件", Role.REVIEWER, Role.CENTER, Role.AUDITOR, scope=Scope.OWN, only="审核人限本工会上传的")
    ],
)
async def open_file(voucher_id: UUID, read: Read) -> Response:
    """The voucher's file, for the union that uploaded it, the center and auditors. Each opening is written to the audit
    log (F275).
    """
    row = await store.find_voucher(read.connection, voucher_id)
    role = read.principal.role
    if row is None or not (_owns(read.principal, row) or role in OPENS_FILES):
        raise Forbidden
    await require_reach(read.connection, read.principal, row["union_id"])
    await read.end()
    content = await files_of(read.runtime).get(row["file_sha256"], row["file_id"])
    await read.audit("voucher_file_opened", subject=str(voucher_id), detail={"file_sha256": row["file_sha256"]})
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(row['file_name'])}",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
    }
    return Response(content, media_type=row["file_type"], headers=headers)


def _shown(row: "asyncpg.Record") -> dict[str, Any]:
    voucher = VoucherView.model_validate(fields_of(row))
    return dict(voucher) | {"submission_nos": "、".join(fill.submission_no for fill in voucher.submissions)}


def _owns(principal: Principal, row: "asyncpg.Record") -> bool:
    return principal.role == Role.REVIEWER and principal.scope_id == row["union_id"]


def _tail(text: str) -> str:
    """The text with `*` in place of all characters except the last four. Of a short text, at most a third is shown."""
    kept = min(4, len(text) // 3)
    return "*" * (len(text) - kept) + text[len(text) - kept :]
