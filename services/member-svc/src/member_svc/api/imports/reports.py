"""The report of an import, as a list of rows and as a file, and the error file with the rejected rows (D08, D26)."""

from typing import Annotated, Any
from uuid import UUID

from asyncpg import Record
from fastapi import APIRouter, Depends, Query, Response

from chassis.web import MASKED, ExportFormat, InFull, Page, Paging, Read, ReadContext, Scope, each, export, may
from contracts.words import Role
from member_svc.api.imports.imports import reachable_import
from member_svc.api.imports.schemas import RowView
from member_svc.domain.refusals import NoErrorFile
from member_svc.domain.roster.row_codes import RowCode
from member_svc.domain.states import RowOutcome
from member_svc.roster import originals
from member_svc.roster.error_workbook import ErrorWorkbook
from member_svc.roster.template import XLSX
from member_svc.store import import_originals, import_rows
from member_svc.store.import_rows import RowFilter
from member_svc.texts import columns

router = APIRouter(tags=["imports"])


def _filter(
    import_id: UUID,
    outcome: RowOutcome | None = None,
    warned: Annotated[bool | None, Query(description="rows with (true) or without (false) a warning")] = None,
    code: Annotated[RowCode | None, Query(description="rows with this error or warning")] = None,
) -> RowFilter:
    return RowFilter(import_id, outcome, warned, code)


Filters = Annotated[RowFilter, Depends(_filter)]


@router.get(
    "/imports/{import_id}/rows", dependencies=[may("查看会员导入结果", Role.HANDLER, scope=Scope.SUBTREE, shown=MASKED)]
)
async def list_rows(import_id: UUID, read: Read, page: Paging, filters: Filters) -> Page[RowView]:
    """The rows of the report in the order of the sheet, each with all its errors."""
    import_row = await reachable_import(import_id, read)
    total = await import_rows.count(read.connection, filters)
    rows = await import_rows.page(read.connection, filters, page)
    return page.of(total, [RowView.of(row, import_row["sheet"] or "") for row in rows])


@router.get(
    "/imports/{import_id}/rows/export",
    response_class=Response,
    dependencies=[may("导出会员导入结果", Role.HANDLER, scope=Scope.SUBTREE, shown=MASKED)],
)
async def export_rows(
    import_id: UUID, read: Read, page: Paging, filters: Filters, format: ExportFormat = ExportFormat.XLSX
) -> Response:
    """The report as a file; names and numbers stay masked (D26)."""
    import_row = await reachable_import(import_id, read)
    rows = import_rows.batches(read.connection, filters, page)
    return await export(
        read,
        name="import_report_exported",
        file_name="会员导入结果",
        columns=columns.IMPORT_ROWS,
        rows=each(rows, lambda row: _exported(RowView.of(row, import_row["sheet"] or ""))),
        format=format,
        subject=str(import_id),
    )


@router.get(
    "/imports/{import_id}/error-file",
    response_class=Response,
    responses={200: {"content": {XLSX: {}}}},
    dependencies=[
        may(
            "下载错误文件",
            Role.HANDLER,
            scope=Scope.SUBTREE,
            shown=InFull(names=(Role.HANDLER,), numbers=(Role.HANDLER,)),
        )
    ],
)
async def get_error_file(import_id: UUID, read: Read) -> Response:
    """An xlsx workbook of the rejected rows with their original cells, unmasked, and a column 错误原因.

    The handler corrects the workbook and uploads it again. Each download is written to the audit log.
    """
    import_row = await reachable_import(import_id, read)
    sealed = await import_originals.headings(read.connection, import_id)
    if sealed is None:
        raise NoErrorFile
    headings = originals.unpack(read.row_cipher.unseal_bytes(sealed, import_id))
    count = 0
    with ErrorWorkbook(headings) as book:
        async for rows in import_originals.rejected(read.connection, import_id):
            for row in rows:
                book.add(_cells(read, import_id, row), _reason(row, import_row["sheet"] or ""))
            count += len(rows)
    await read.audit("import_errors_downloaded", subject=str(import_id), detail={"rows": count})
    headers = {
        "Content-Disposition": 'attachment; filename="import-errors.xlsx"',
        "Cache-Control": "private, no-store",
    }
    return Response(book.data(), media_type=XLSX, headers=headers)


def _cells(read: ReadContext, import_id: UUID, row: Record) -> list[originals.Shown]:
    return originals.unpack(read.row_cipher.unseal_bytes(row["sealed"], import_id))


def _reason(row: Record, sheet: str) -> str:
    faults = "；".join(f"【{fault['column']}】{fault['message']}" for fault in row["faults"] or ())
    return f"{sheet}第{row['row_no']}行：{faults}"


def _exported(view: RowView) -> dict[str, Any]:
    notes = view.errors or view.warnings
    return dict(view) | {
        "columns": "、".join(dict.fromkeys(note.column for note in notes)),
        "messages": "；".join(note.message for note in notes),
    }
