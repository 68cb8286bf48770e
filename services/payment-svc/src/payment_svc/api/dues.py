"""HTTP routes of 参保批次管理: the money that districts owe for each submission (F252–F262, F271, A23)."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel

from chassis.validation import Code, Number, example
from chassis.web import ExportFormat, Page, Paging, Read, Scope, each, export, may, only_known_parameters
from payment_svc.api.due_schemas import MONEY, DueView, Filters, Money, view
from payment_svc.api.reach import READERS, visible_due
from payment_svc.store import due_lists, lines
from payment_svc.texts import columns

router = APIRouter(prefix="/dues", tags=["dues"])


class DuesTotals(Money):
    """The sums of the whole list, over all its pages."""

    model_config = example({"submissions": 1} | MONEY)

    submissions: int


class BatchView(BaseModel):
    """A unit's batch line in a submission.

    `rejected`: True if the center rejected the line. Nobody pays for a rejected line (A53).
    """

    model_config = example(
        {
            "batch_no": "CB202405090001",
            "line_id": "5c0f2a44-8f0e-4f4e-8c4e-1d1a4c3b2a10",
            "union_id": "0a9b8c7d-1111-4222-8333-444455556666",
            "union_name": "示例公司工会委员会",
            "unit_id": "0a9b8c7d-7777-4888-8999-aaaabbbbcccc",
            "unit_name": "示例公司",
            "heads": 3,
            "city_fen": 3900,
            "district_fen": 3900,
            "unit_fen": 0,
            "rejected": False,
        }
    )

    batch_no: str
    line_id: UUID
    union_id: UUID | None
    union_name: str | None
    unit_id: UUID | None
    unit_name: str | None
    heads: int
    city_fen: int
    district_fen: int
    unit_fen: int
    rejected: bool


@router.get("", dependencies=[may("查看应缴批次", *READERS, scope=Scope.SUBTREE)])
async def list_dues(read: Read, due_filter: Filters, page: Paging) -> Page[DueView]:
    """Submissions to the center in the caller's subtree. If no `year` is sent, the list has all years (F262)."""
    total = await due_lists.count_dues(read.connection, due_filter)
    rows = await due_lists.list_dues(read.connection, due_filter, page)
    return page.of(total, [view(row, read.now) for row in rows])


@router.get(
    "/totals", dependencies=[may("查看应缴合计", *READERS, scope=Scope.SUBTREE), Depends(only_known_parameters)]
)
async def sum_list(read: Read, due_filter: Filters) -> DuesTotals:
    """The sums of the list with the same filters."""
    return DuesTotals.model_validate(dict(await due_lists.sum_dues(read.connection, due_filter)))


@router.get(
    "/export",
    dependencies=[may("导出应缴批次", *READERS, scope=Scope.SUBTREE), Depends(only_known_parameters)],
    response_class=Response,
)
async def export_dues(
    read: Read,
    due_filter: Filters,
    sort: Annotated[Code | None, Query()] = None,
    format: ExportFormat = ExportFormat.XLSX,
) -> Response:
    """The list with the same filters, as a file (D26)."""
    return await export(
        read,
        name="dues_exported",
        file_name="参保批次",
        columns=columns.DUES,
        rows=each(due_lists.all_dues(read.connection, due_filter, sort), lambda row: _shown(view(row, read.now))),
        format=format,
    )


@router.get("/{submission_no}", dependencies=[may("查看应缴批次", *READERS, scope=Scope.SUBTREE)])
async def show_due(submission_no: Number, read: Read) -> DueView:
    """One submission. The answer is 403 if the submission is unknown or out of the caller's reach."""
    row = await visible_due(submission_no, read)
    return view(row, read.now)


@router.get("/{submission_no}/batches", dependencies=[may("查看应缴批次的明细", *READERS, scope=Scope.SUBTREE)])
async def list_batches(submission_no: Number, read: Read, page: Paging) -> Page[BatchView]:
    """The batch lines of the submission (A23).

    If the submission has several versions, the list has only the lines of the latest version.
    """
    await show_due(submission_no, read)
    total = await lines.count_lines(read.connection, submission_no)
    rows = await lines.list_lines(read.connection, submission_no, page)
    return page.of(total, [BatchView.model_validate(dict(row)) for row in rows])


def _shown(due: DueView) -> dict[str, Any]:
    return dict(due) | {"overdue": "是" if due.overdue else "否"}
