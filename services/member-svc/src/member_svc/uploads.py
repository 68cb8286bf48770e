"""A roster file as a browser sends it. It holds people, so it never touches a disk unsealed."""

from dataclasses import dataclass
from uuid import UUID

from fastapi import Request
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartParser

from chassis.normalization import is_digits
from chassis.refusals import Invalid
from member_svc.cells import text_of
from member_svc.domain import UnitRequired
from member_svc.refused_files import FileMissing, FileTooLarge
from member_svc.workbook.archive import MOST_FILE_BYTES

#: The form around the file.
MARGIN_BYTES = 64 * 1024
MOST_SHEET_NAME = 200

# Above 1 MB the parser would spool to a temporary file, in plain text.
MultiPartParser.spool_max_size = MOST_FILE_BYTES + MARGIN_BYTES


@dataclass(slots=True)
class Upload:
    data: bytes
    union_id: UUID
    unit_id: UUID | None
    check_on_import: bool
    sheet: str | None


async def refuse_large(request: Request) -> None:
    """Before the body is read. Raises FileTooLarge, for an undeclared length too."""
    declared = request.headers.get("content-length", "")
    if not is_digits(declared) or int(declared) > MOST_FILE_BYTES + MARGIN_BYTES:
        raise FileTooLarge


async def read_upload(request: Request) -> Upload:
    """The form's fields: file, union_id, unit_id and sheet (optional), check_on_import (default true)."""
    form = await request.form()
    file = form.get("file")
    if not isinstance(file, UploadFile):
        raise FileMissing
    data = await file.read()
    if len(data) > MOST_FILE_BYTES:
        raise FileTooLarge
    union_id = _id(form, "union_id")
    if union_id is None:
        raise UnitRequired
    check = str(form.get("check_on_import", "true")).lower()
    return Upload(data, union_id, _id(form, "unit_id"), check not in ("false", "0", "no", "off"), _sheet(form))


def _sheet(form: FormData) -> str | None:
    """The name of a sheet; Excel allows 31 characters, other programs some more."""
    text = form.get("sheet")
    if not isinstance(text, str) or not text_of(text):
        return None
    if len(text) > MOST_SHEET_NAME:
        raise Invalid(problems=[{"where": "sheet", "what": "string_too_long"}])
    return text_of(text)


def _id(form: FormData, name: str) -> UUID | None:
    text = form.get(name)
    if not isinstance(text, str) or not text.strip():
        return None
    try:
        return UUID(text.strip())
    except ValueError:
        raise Invalid(problems=[{"where": name, "what": "uuid_parsing"}]) from None
