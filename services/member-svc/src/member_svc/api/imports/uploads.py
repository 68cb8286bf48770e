"""Reads an uploaded roster file. The file has personal data, so it is never written to disk unencrypted."""

from uuid import UUID

from fastapi import Request
from starlette.datastructures import FormData, UploadFile

from chassis.server import FORM, MediaTypeUnsupported, media_type_of
from chassis.validation import NO_FIELD, UUID_EXPECTED, Problem, invalid, place_of
from chassis.web import UNFIT_FORMS, UploadRoute, content_of, refuses
from member_svc.domain.refusals import UnitRequired
from member_svc.domain.roster.cells import text_of
from member_svc.domain.roster.refused_files import FileMissing, FileTooLarge
from member_svc.usecases.imports import Upload
from member_svc.workbook.archive import MOST_FILE_BYTES

MOST_SHEET_NAME = 200
FIELDS = ("file", "union_id", "unit_id", "check_on_import", "sheet")


class RosterRoute(UploadRoute):
    most_file_bytes = MOST_FILE_BYTES
    too_large = FileTooLarge


@refuses(FileTooLarge, *UNFIT_FORMS)
async def read_upload(request: Request) -> Upload:
    """Read the fields of the form: `file`, `union_id`, the optional `unit_id` and `sheet`, and `check_on_import`, which
    is true by default.
    """
    if not media_type_of(request).startswith(FORM):
        raise MediaTypeUnsupported(expected=FORM)
    form = await request.form()
    if unknown_fields := [name for name in form if name not in FIELDS]:
        raise invalid([Problem(place_of(("body", name)), "extra_forbidden", NO_FIELD) for name in unknown_fields])
    file = form.get("file")
    if not isinstance(file, UploadFile):
        raise FileMissing
    union_id = _id(form, "union_id")
    if union_id is None:
        raise UnitRequired
    check = str(form.get("check_on_import", "true")).lower() not in ("false", "0", "no", "off")
    return Upload(content_of(file), union_id, _id(form, "unit_id"), check, _sheet(form))


def _sheet(form: FormData) -> str | None:
    """The name of the requested sheet, or None. Excel allows 31 characters, but other programs allow more."""
    text = form.get("sheet")
    if not isinstance(text, str) or not text_of(text):
        return None
    if len(text) > MOST_SHEET_NAME:
        raise invalid([Problem("body.sheet", "string_too_long", f"不能超过{MOST_SHEET_NAME}个字符，请缩短")])
    return text


def _id(form: FormData, name: str) -> UUID | None:
    text = form.get(name)
    if not isinstance(text, str) or not text.strip():
        return None
    try:
        return UUID(text.strip())
    except ValueError:
        raise invalid([Problem(f"body.{name}", "uuid_parsing", UUID_EXPECTED)]) from None
