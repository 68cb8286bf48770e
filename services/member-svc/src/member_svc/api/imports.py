"""Imports over HTTP (F072–F079, D07, D08)."""

from typing import Annotated
from uuid import UUID

from asyncpg import Record
from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel

from chassis.acts import ReadContext
from chassis.http import Act, Page, Paging, Read
from chassis.refusals import Forbidden
from contracts.words import Role
from member_svc.api.views import ImportView, RowView
from member_svc.domain import ImportState, RowOutcome
from member_svc.reach import require_reach, require_supported_caller
from member_svc.store import import_rows, imports
from member_svc.store.imports import ImportFilter
from member_svc.template import template
from member_svc.uploads import read_upload, refuse_large
from member_svc.usecases.imports import confirm_import, start_import

router = APIRouter(tags=["imports"])

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
UPLOAD_FORM = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file", "union_id"],
                    "properties": {
                        "file": {"type": "string", "format": "binary"},
                        "union_id": {"type": "string", "format": "uuid"},
                        "unit_id": {"type": "string", "format": "uuid"},
                        "check_on_import": {"type": "boolean", "default": True},
                    },
                }
            }
        },
    }
}


class ImportStarted(BaseModel):
    import_id: UUID


class ImportConfirmed(BaseModel):
    import_id: UUID
    state: str


@router.post(
    "/imports",
    status_code=202,
    dependencies=[Depends(refuse_large)],
    response_model=ImportStarted,
    openapi_extra=UPLOAD_FORM,
)
async def post_import(act: Act) -> Response:
    """Upload a roster; the check runs in the background, `GET /imports/{import_id}` tells how far it is."""
    act.require(Role.HANDLER)
    upload = await read_upload(act.request)
    return await act.once("import_started", lambda work: start_import(upload, work))


@router.post("/imports/{import_id}/confirm", status_code=202, response_model=ImportConfirmed)
async def post_confirmation(import_id: UUID, act: Act) -> Response:
    act.require(Role.HANDLER)
    return await act.once("import_confirmed", lambda work: confirm_import(import_id, work))


@router.get("/imports")
async def list_imports(
    read: Read, page: Paging, union_id: UUID | None = None, state: ImportState | None = None
) -> Page[ImportView]:
    read.require(Role.HANDLER)
    await require_supported_caller(read.connection, read.principal)
    if read.principal.scope_id is None:
        raise Forbidden
    wanted = ImportFilter(read.principal.scope_id, union_id, state)
    total = await imports.count(read.connection, wanted)
    found = await imports.page(read.connection, wanted, page.limit, page.offset)
    return page.of(total, [ImportView.of(row) for row in found])


@router.get("/imports/{import_id}")
async def get_import(import_id: UUID, read: Read) -> ImportView:
    return ImportView.of(await _within_reach(import_id, read))


@router.get("/imports/{import_id}/rows")
async def list_rows(
    import_id: UUID,
    read: Read,
    page: Paging,
    outcome: RowOutcome | None = None,
    warned: Annotated[bool | None, Query(description="rows with (true) or without (false) a warning")] = None,
) -> Page[RowView]:
    """The report, row by row in the order of the sheet, with all errors of a row."""
    found = await _within_reach(import_id, read)
    total = await import_rows.count(read.connection, import_id, outcome, warned)
    rows = await import_rows.page(read.connection, import_id, outcome, warned, page.limit, page.offset)
    return page.of(total, [RowView.of(row, found["sheet"] or "") for row in rows])


@router.get("/template.xlsx")
async def get_template(read: Read) -> Response:
    read.require(Role.HANDLER, Role.REVIEWER, Role.MUNICIPAL)
    headers = {"Content-Disposition": 'attachment; filename="member-import-template.xlsx"'}
    return Response(template(), media_type=XLSX, headers=headers)


async def _within_reach(import_id: UUID, read: ReadContext) -> Record:
    read.require(Role.HANDLER)
    found = await imports.get(read.connection, import_id)
    if found is None:
        raise Forbidden
    await require_reach(read.connection, read.principal, found["union_id"])
    return found
