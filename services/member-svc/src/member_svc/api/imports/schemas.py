"""HTTP schemas of imports and their rows."""

from typing import Literal
from uuid import UUID

from asyncpg import Record
from pydantic import BaseModel
from pydantic.config import JsonDict

from chassis.privacy import RowCipher
from chassis.validation import Instant, example
from chassis.web import Labelled
from member_svc.api.examples import AT, IMPORT_ID, UNION_ID, UNIT_ID
from member_svc.domain.states import ImportState, RowOutcome
from member_svc.roster import import_reading


class Progress(BaseModel):
    """How many rows are checked, or how many people are applied, out of the total."""

    done: int
    total: int
    percent: int


class Counts(BaseModel):
    """Until the import is confirmed: the counts that the check expects. After that: the counts of applied people."""

    rows: int
    valid: int
    created: int
    updated: int
    unchanged: int
    rejected: int
    warnings: int


class Failure(BaseModel):
    """Why the whole file was refused. `column` is the heading at fault, or null."""

    code: str
    message: str
    column: str | None = None


class SheetView(BaseModel):
    """A sheet of the workbook. `rows` is its number of rows with people.

    `role` is one of: `read` for the sheet that was read, `people` for a sheet that has people but was not read,
    `no_headings` for a sheet that has rows like those of the roster but no headings, `unreadable` for a sheet that
    could not be read, and `no_roster` for any other sheet.
    """

    name: str
    hidden: bool
    role: Literal["read", "people", "no_headings", "no_roster", "unreadable"]
    rows: int


class ReadingNote(BaseModel):
    """A remark on the file for the handler: a stable code and a Chinese sentence."""

    code: str
    message: str


class Reading(BaseModel):
    """The contents of the workbook, and which rows and columns were read.

    `read_rows` and `blank_rows` together are all rows below the headings. A blank row has no value in the columns that
    are read. `aside_rows`: the number of blank rows that have a value in a column that is not read. `hidden_rows`: the
    number of read rows that the sheet hides.
    """

    heading_row: int
    read_rows: int
    blank_rows: int
    aside_rows: int
    hidden_rows: int
    unused_columns: list[str]
    hidden_columns: list[str]
    sheets: list[SheetView]
    notes: list[ReadingNote]


READING: JsonDict = {
    "heading_row": 1,
    "read_rows": 3,
    "blank_rows": 1,
    "aside_rows": 0,
    "hidden_rows": 0,
    "unused_columns": ["备注"],
    "hidden_columns": [],
    "sheets": [
        {"name": "会员名单", "hidden": False, "role": "read", "rows": 3},
        {"name": "填写说明", "hidden": False, "role": "no_roster", "rows": 0},
    ],
    "notes": [
        {"code": "SHEETS_PASSED_OVER", "message": "以下工作表没有名单，已跳过：“填写说明”"},
        {"code": "ROWS_COUNTED", "message": "列标题在第1行，其下共4行：读取3行，空行1行"},
        {
            "code": "COLUMNS_UNUSED",
            "message": "以下列没有导入：备注。如需导入，请把列标题改为模板中的标题后重新上传",
        },
    ],
}


class ImportView(BaseModel):
    """`reading` is null until the check has ended.

    `error_file`: True if there are rejected rows to correct; `GET /imports/{import_id}/error-file` returns them (D08).
    """

    model_config = example(
        {
            "import_id": IMPORT_ID,
            "union_id": UNION_ID,
            "unit_id": UNIT_ID,
            "state": {"code": "applied", "label": "已导入"},
            "check_on_import": True,
            "progress": {"done": 3, "total": 3, "percent": 100},
            "counts": {
                "rows": 3,
                "valid": 2,
                "created": 2,
                "updated": 0,
                "unchanged": 0,
                "rejected": 1,
                "warnings": 0,
            },
            "error_file": True,
            "sheet": "会员名单",
            "reading": READING,
            "created_by": "handler-1",
            "created_at": AT,
            "checked_at": AT,
            "confirmed_at": AT,
            "applied_at": AT,
        }
    )

    import_id: UUID
    union_id: UUID
    unit_id: UUID
    state: Labelled[ImportState]
    check_on_import: bool
    progress: Progress
    counts: Counts
    error_file: bool
    failure: Failure | None = None
    sheet: str | None
    reading: Reading | None = None
    created_by: str
    created_by_name: str | None = None
    created_by_union: str | None = None
    created_at: Instant
    checked_at: Instant | None
    confirmed_at: Instant | None
    applied_at: Instant | None

    @classmethod
    def of(cls, row: Record, row_cipher: RowCipher) -> "ImportView":
        sealed = row["reading"]
        reading = import_reading.unpack(row_cipher.unseal_bytes(sealed, row["import_id"])) if sealed else None
        return cls(
            **{name: row[name] for name in cls.model_fields if name in row and name != "reading"},
            reading=Reading(**reading) if reading else None,
            progress=_progress(row),
            counts=_counts(row),
            error_file=row["originals_until"] is not None,
        )


def _progress(row: Record) -> Progress:
    finished = row["state"] in (ImportState.CHECKED, ImportState.APPLIED)
    total, done = row["total"], row["done"]
    percent = 100 if finished else done * 100 // total if total else 0
    return Progress(done=done, total=total, percent=percent)


def _counts(row: Record) -> Counts:
    counted = {name: row[name] for name in ("created", "updated", "unchanged", "rejected", "warnings")}
    return Counts(rows=row["row_count"], valid=row["row_count"] - row["rejected"], **counted)


class RowNote(BaseModel):
    """An error or a warning of a row. `row` is the row number in the sheet; `column` is the heading."""

    sheet: str
    row: int
    column: str
    code: str
    message: str


class RowView(BaseModel):
    model_config = example(
        {
            "sheet": "会员名单",
            "row": 4,
            "outcome": {"code": "rejected", "label": "不通过"},
            "unit_id": UNIT_ID,
            "masked_name": "王*明",
            "masked_number": "3101**********0018",
            "errors": [
                {
                    "sheet": "会员名单",
                    "row": 4,
                    "column": "手机号",
                    "code": "MOBILE_MALFORMED",
                    "message": "手机号应为1开头的11位数字，请核对后修改",
                }
            ],
            "warnings": [],
        }
    )

    sheet: str
    row: int
    outcome: Labelled[RowOutcome]
    unit_id: UUID | None
    masked_name: str
    masked_number: str
    errors: list[RowNote]
    warnings: list[RowNote]

    @classmethod
    def of(cls, row: Record, sheet: str) -> "RowView":
        notes = [RowNote(sheet=sheet, row=row["row_no"], **fault) for fault in row["faults"] or ()]
        rejected = row["outcome"] == RowOutcome.REJECTED
        return cls(
            sheet=sheet,
            row=row["row_no"],
            outcome=row["outcome"],
            unit_id=row["unit_id"],
            masked_name=row["masked_name"],
            masked_number=row["masked_number"],
            errors=notes if rejected else [],
            warnings=[] if rejected else notes,
        )
