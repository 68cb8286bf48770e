"""The bodies that the example of a route does not give: forms, and bodies that must name a certain object."""

import io
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from itertools import count
from typing import Any
from uuid import uuid4

import xlsxwriter

from enrollctl.demo.stages.journey import XLSX
from enrollctl.demo.stages.photo import voucher_photo
from enrollctl.roster.columns import COLUMNS

Values = Mapping[str, Any]
_numbers = count(1)


def _import(values: Values) -> tuple[dict[str, Any], dict[str, Any]]:
    fields = {"union_id": values["union_id"], "unit_id": values["unit_id"], "check_on_import": "false"}
    return fields, {"file": ("roster.xlsx", EMPTY_ROSTER, XLSX)}


def _voucher(values: Values) -> tuple[dict[str, Any], dict[str, Any]]:
    fields = {
        "submission_nos": values["submission_no"], "amount_fen": "100", "paid_on": values["today"],
        "bank_reference": f"ACCESS-{uuid4()}", "payer": "示例区总工会",
    }  # fmt: skip
    return fields, {"file": ("voucher.png", voucher_photo(f"access {next(_numbers)}"), "image/png")}


def _empty_roster() -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        book.add_worksheet("会员").write_row(0, 0, COLUMNS)
    return buffer.getvalue()


def _enrollment(values: Values) -> dict[str, Any]:
    return {
        "union_id": values["union_id"], "enrollment_type": "immediate", "channel": "social_security_card",
        "plan": values["enrolled_plan"], "year": values["enrolled_year"], "member_ids": values["member_ids"],
    }  # fmt: skip


def _decision(values: Values, **more: Any) -> dict[str, Any]:
    return {"decided_at": datetime.now(UTC).isoformat(), "reason": None} | more


EMPTY_ROSTER = _empty_roster()
#: `service METHOD /path`, or `METHOD /path` for a route of every service → the body, or the fields and files of a form.
BODIES: dict[str, Callable[[Values], Any]] = {
    "POST /ops/maintenance": lambda _: {"state": "open", "reason": "access"},
    "POST /ops/dead-letters/{letter_id}/replay": lambda _: {"dry_run": True},
    "POST /notices/read": lambda values: {"notice_ids": [values["notice_id"]]},
    "member-svc PUT /unions/{union_id}": lambda values: values["union_body"],
    "member-svc POST /unions/bulk": lambda values: {
        "unions": [values["union_body"] | {"union_id": values["union_id"]}]
    },
    "member-svc POST /imports": _import,
    "member-svc POST /members/search": lambda values: {"name": values["name"]},
    "member-svc POST /members/search/export": lambda values: {"name": values["name"]},
    "member-svc POST /service-cards/search": lambda values: {"name": values["name"]},
    "enrollment-svc PUT /calendar/{year}/{day}": lambda _: {"reason": "台风停工", "version": 1, "working": False},
    "enrollment-svc PUT /windows/{year}/{enrollment_type}": lambda _: {
        "opens_on": "2027-01-01", "closes_on": "2027-12-30",
    },
    "enrollment-svc POST /submissions": _enrollment,
    "enrollment-svc POST /submissions/preview": _enrollment,
    "enrollment-svc POST /submissions/difference": lambda values: _enrollment(values) | {"against": "last_year"},
    "enrollment-svc POST /enrollments/search": lambda values: {"union_id": values["union_id"]},
    "enrollment-svc POST /enrollments/search/export": lambda values: {"union_id": values["union_id"]},
    "enrollment-svc POST /batches/{batch_no}/lines/{line_id}/withdrawal": lambda values: {
        "version": values["withdrawal_version"]
    },
    "review-svc POST /lines/reassign": lambda values: {
        "from_union_id": values["superior"], "to_union_id": values["union_id"], "reason": "access",
        "line_ids": values["line_ids"],
    },
    "review-svc POST /submissions": lambda values: {
        "line_ids": values["line_ids"], "enrollment_type": "immediate",
        "handler": {"name": "示例经办人", "mobile": "13800000000", "email": "handler@example.org"},
    },
    "review-svc POST /submissions/preview": lambda values: {
        "line_ids": values["line_ids"], "enrollment_type": "immediate",
    },
    "review-svc POST /center/decisions": lambda values: values["decision"],
    "payment-svc POST /vouchers": _voucher,
    "payment-svc PUT /payee": lambda _: {
        "account_no": "1001 2345 6789 0123", "bank": "示例银行", "name": "示例职工保障互助会", "version": 999_999,
    },
    "payment-svc POST /center/voucher-decisions": lambda values: _decision(
        values, voucher_id=values["voucher_id"], decision="accepted"
    ),
    "console POST /accounts": lambda values: {
        "account_name": f"access-{next(_numbers)}-{uuid4().hex[:8]}", "name": "示例经办人", "role": "handler",
        "union_id": values["union_id"],
    },
}  # fmt: skip
