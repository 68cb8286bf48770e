"""Imports over HTTP (F072–F079, D07, D08)."""

from uuid import UUID

from asyncpg import Record
from fastapi import APIRouter, Response
from pydantic import BaseModel

from chassis.database import UnitOfWork
from chassis.domain import Forbidden
from chassis.identity import with_names
from chassis.validation import Days, example
from chassis.web import Command, CommandResult, Page, Paging, Read, ReadContext, Scope, may, place_of
from contracts.words import Role
from member_svc.api.examples import IMPORT_ID, UNION_ID, UNIT_ID
from member_svc.api.imports.schemas import ImportView
from member_svc.api.imports.uploads import MOST_SHEET_NAME, RosterRoute, read_upload
from member_svc.domain.states import ImportState
from member_svc.store import imports
from member_svc.store.imports import ImportFilter
from member_svc.usecases.imports import confirm_import, start_import
from member_svc.usecases.reach import require_reach, require_supported_caller

router = APIRouter(tags=["imports"], route_class=RosterRoute)
UPLOAD_FORM = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file", "union_id"],
                    "additionalProperties": False,
                    "properties": {
                        "file": {"type": "string", "format": "binary"},
                        "union_id": {"type": "string", "format": "uuid"},
                        "unit_id": {"type": "string", "format": "uuid"},
                        "check_on_import": {"type": "boolean", "default": True},
                        "sheet": {
                            "type": "string",
                            "maxLength": MOST_SHEET_NAME,
                            "description": "the sheet to read; by default, the first visible one that is a roster",
                        },
                    },
                },
                "example": {"file": "会员名单.xlsx", "union_id": UNION_ID, "unit_id": UNIT_ID, "check_on_import": True},
            }
        },
    }
}


class ImportStarted(BaseModel):
    model_config = example({"import_id": IMPORT_ID})

    import_id: UUID


class ImportConfirmed(BaseModel):
    model_config = example({"import_id": IMPORT_ID, "state": "applying"})

    import_id: UUID
    state: str


@router.post(
    "/imports",
    status_code=202,
    dependencies=[may("批量导入会员", Role.HANDLER, scope=Scope.SUBTREE)],
    response_model=ImportStarted,
    openapi_extra=UPLOAD_FORM,
)
async def post_import(command: Command) -> Response:
    """Upload a roster. The check runs in the background; `GET /imports/{import_id}` shows its progress."""
    upload = await read_upload(command.request)

    async def start(work: UnitOfWork) -> CommandResult:
        new = await start_import(upload, work)
        answer = ImportStarted(import_id=new.import_id)
        return CommandResult(answer, subject=str(new.import_id), detail={"unit_id": str(new.unit_id)})

    return await command.once("import_started", start)


@router.post(
    "/imports/{import_id}/confirm",
    status_code=202,
    response_model=ImportConfirmed,
    dependencies=[may("确定导入", Role.HANDLER, scope=Scope.SUBTREE)],
)
async def post_confirmation(import_id: UUID, command: Command) -> Response:
    """确定导入: start the background job that applies the checked rows. A repeated confirmation changes nothing."""

    async def confirm(work: UnitOfWork) -> CommandResult:
        state = await confirm_import(import_id, work)
        return CommandResult(ImportConfirmed(import_id=import_id, state=state.value), subject=str(import_id))

    return await command.once("import_confirmed", confirm)


@router.get("/imports", dependencies=[may("查看会员导入", Role.HANDLER, scope=Scope.SUBTREE)])
async def list_imports(
    read: Read,
    page: Paging,
    days: Days,
    union_id: UUID | None = None,
    unit_id: UUID | None = None,
    state: ImportState | None = None,
) -> Page[ImportView]:
    """Imports of the caller's subtree; `from` and `to` limit the day of the upload."""
    await require_supported_caller(read.connection, read.principal)
    filters = ImportFilter(place_of(read.principal), union_id, unit_id, state, days.start, days.end)
    total = await imports.count(read.connection, filters)
    found = await imports.page(read.connection, filters, page)
    shown = [ImportView.of(row, read.row_cipher) for row in found]
    return page.of(total, await with_names(shown, read.connection, read.row_cipher, "created_by"))


@router.get("/imports/{import_id}", dependencies=[may("查看会员导入", Role.HANDLER, scope=Scope.SUBTREE)])
async def get_import(import_id: UUID, read: Read) -> ImportView:
    """The progress and counts of an import. Until the import is confirmed, the counts say what the check expects. After
    that, they count the people who are applied already.
    """
    shown = ImportView.of(await reachable_import(import_id, read), read.row_cipher)
    [named] = await with_names([shown], read.connection, read.row_cipher, "created_by")
    return named


async def reachable_import(import_id: UUID, read: ReadContext) -> Record:
    import_row = await imports.get(read.connection, import_id)
    if import_row is None:
        raise Forbidden
    await require_reach(read.connection, read.principal, import_row["union_id"])
    return import_row
