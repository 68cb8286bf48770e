"""The routes of the screen 集中参保实时监控画面 with sums per union (F059) and of the file 集中参保统计表 (F060)."""

from collections.abc import AsyncIterator, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel

from chassis.validation import Year, example
from chassis.web import ExportFormat, Labelled, Read, Scope, export, may, only_known_parameters, reach
from contracts.words import EnrollmentType
from payment_svc.api.due_schemas import MONEY, Money
from payment_svc.api.reach import READERS
from payment_svc.domain.deadlines import last_overdue_day
from payment_svc.domain.states import DueState
from payment_svc.store import due_lists
from payment_svc.store.due_lists import DueFilter
from payment_svc.texts import columns

if TYPE_CHECKING:
    import asyncpg

router = APIRouter(tags=["figures"])

_SUMS: dict[str, Any] = MONEY | {"submissions": 1, "overdue": 0}
_STATE: dict[str, Any] = _SUMS | {"state": {"code": "partly_paid", "label": "部分缴费"}}
_UNION: dict[str, Any] = _SUMS | {
    "union_id": "6f1d4c0e-9d0f-4d38-9a53-6e8f0c2b7a11",
    "union_name": "示例区总工会",
    "states": [_STATE],
}


class Sums(Money):
    """`overdue`: the number of submissions whose last day to pay has passed, and whose `open_fen` is not 0 (D24)."""

    submissions: int
    overdue: int


class StateFigure(Sums):
    state: Labelled[DueState]


class UnionFigure(Sums):
    union_id: UUID
    union_name: str | None
    states: list[StateFigure]


class Monitor(BaseModel):
    """`totals` are the sums over `unions`. The list 参保批次管理 with the same filters has the same sums.

    `enrollment_type` and `year` are the filters in effect. If the request does not set them, `enrollment_type` is
    集中参保, and `year` is null: all years.
    """

    model_config = example(
        {
            "enrollment_type": {"code": "centralized", "label": "集中参保"},
            "year": 2024,
            "unions": [_UNION],
            "totals": _SUMS,
        }
    )

    enrollment_type: Labelled[EnrollmentType]
    year: int | None
    unions: list[UnionFigure]
    totals: Sums


@router.get(
    "/monitor",
    dependencies=[may("查看集中参保实时监控", *READERS, scope=Scope.SUBTREE), Depends(only_known_parameters)],
)
async def show_monitor(
    read: Read, year: Year | None = None, enrollment_type: EnrollmentType = EnrollmentType.CENTRALIZED
) -> Monitor:
    """Submissions, heads and money of each union of the caller's subtree, by state. The default type is 集中参保."""
    due_filter = DueFilter(reach(read.principal), year=year, enrollment_type=enrollment_type.value)
    rows = await due_lists.sums_by_union(read.connection, due_filter, last_overdue_day(read.now))
    unions = [_union(list(group)) for _, group in groupby(rows, key=lambda row: row["union_id"])]
    totals = Sums.model_validate(_summed(rows))
    return Monitor(enrollment_type=enrollment_type, year=year, unions=unions, totals=totals)


@router.get(
    "/statistics/export",
    dependencies=[may("下载集中参保统计表", *READERS, scope=Scope.SUBTREE), Depends(only_known_parameters)],
    response_class=Response,
)
async def export_statistics(
    read: Read,
    year: Year | None = None,
    enrollment_type: EnrollmentType = EnrollmentType.CENTRALIZED,
    format: ExportFormat = ExportFormat.XLSX,
) -> Response:
    """A file with one row for each submission of the caller's subtree.

    The last row, 合计, has the same sums as the monitor's `totals`.
    """
    due_filter = DueFilter(reach(read.principal), year=year, enrollment_type=enrollment_type.value)
    return await export(
        read,
        name="statistics_exported",
        file_name=f"{enrollment_type.label}统计表",
        columns=columns.STATISTICS,
        rows=_rows(read, due_filter),
        format=format,
    )


async def _rows(read: Read, due_filter: DueFilter) -> AsyncIterator[Sequence[Mapping[str, Any]]]:
    async for batch in due_lists.all_dues(read.connection, due_filter, "union_name,-submitted_at"):
        yield [_line(row) for row in batch]
    sums = await due_lists.sum_dues(read.connection, due_filter)
    yield [_with_total({**sums, "union_name": "合计"})]


def _line(row: "asyncpg.Record") -> dict[str, Any]:
    words = {"state": DueState(row["state"]), "enrollment_type": EnrollmentType(row["enrollment_type"])}
    return _with_total({**row, **words})


def _with_total(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"total_fen": row["city_fen"] + row["district_fen"] + row["unit_fen"]}


def _union(rows: Sequence["asyncpg.Record"]) -> UnionFigure:
    """The figures of one union. `rows`: one row for each state that a submission of the union has.

    The union's name is None until the event `SubmittedToCenter` arrives.
    """
    names = [row["union_name"] for row in rows if row["union_name"]]
    union = {"union_id": rows[0]["union_id"], "union_name": names[0] if names else None}
    return UnionFigure.model_validate(_summed(rows) | union | {"states": [dict(row) for row in rows]})


def _summed(rows: Sequence["asyncpg.Record"]) -> dict[str, int]:
    return {name: sum(row[name] for row in rows) for name in Sums.model_fields}
