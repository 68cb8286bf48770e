"""Imports and their rows in answers."""

from datetime import datetime
from uuid import UUID

from asyncpg import Record
from pydantic import BaseModel, ConfigDict

from chassis.http import Labelled
from member_svc.api.examples import AT, IMPORT_ID, UNION_ID, UNIT_ID
from member_svc.domain import ImportState, RowOutcome


class Progress(BaseModel):
    """Rows checked, or people applied, out of how many."""

    done: int
    total: int
    percent: int


class Counts(BaseModel):
    """While checked: what the import would do; from the confirmation on: what it did."""

    rows: int
    valid: int
    created: int
    updated: int
    unchanged: int
    rejected: int
    warnings: int


class Failure(BaseModel):
    """Why the whole file was refused; `column` is the heading to blame, if one is."""

    code: str
    message: str
    column: str | None = None


class ImportView(BaseModel):
    """`error_file`: the rejected rows wait at `/imports/{import_id}/error-file` to be corrected (D08)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
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
                    "created_by": "handler-1",
                    "created_at": AT,
                    "checked_at": AT,
                    "confirmed_at": AT,
                    "applied_at": AT,
                }
            ]
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
    created_by: str
    created_at: datetime
    checked_at: datetime | None
    confirmed_at: datetime | None
    applied_at: datetime | None

    @classmethod
    def of(cls, row: Record) -> "ImportView":
        return cls(
            **{name: row[name] for name in cls.model_fields if name in row},
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
    """An error or a warning: the sheet's name, its own row number, the heading, a stable code, a Chinese sentence."""

    sheet: str
    row: int
    column: str
    code: str
    message: str


class RowView(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
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
                            "message": "手机号应为1开头的11位数字",
                        }
                    ],
                    "warnings": [],
                }
            ]
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
