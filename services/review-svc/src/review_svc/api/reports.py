"""Reports: the city share for 市总, and the figures of one union."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any
from uuid import UUID

from fastapi import APIRouter, Response

from chassis.validation import Year
from chassis.web import ExportFormat, Read, Scope, export, may, require_reach, wide_reach
from contracts.fields import Shares
from contracts.words import Role
from review_svc.api.access import FIGURE_READERS
from review_svc.api.line_schemas import fee_of
from review_svc.api.submission_schemas import CityShare, CityShareReport, Figures, LineFigure, SubmissionFigure
from review_svc.store import reports as store
from review_svc.texts.columns import CITY_SHARE

if TYPE_CHECKING:
    import asyncpg

router = APIRouter(tags=["reports"])


@router.get("/reports/city-share", dependencies=[may("查看市总统一划拨统计", Role.MUNICIPAL, scope=Scope.SUBTREE)])
async def show_city_share(read: Read, year: Year | None = None) -> CityShareReport:
    """The amounts that 市总 pays centrally, by year and plan (F026)."""
    rows = await store.city_share(read.connection, await wide_reach(read.connection, read.principal), year)
    items = [CityShare.model_validate(dict(row) | {"fee": fee_of(row)}) for row in rows]
    fee = sum((item.fee for item in items), Shares.of())
    return CityShareReport(items=items, heads=sum(item.heads for item in items), fee=fee)


@router.get(
    "/reports/city-share/export",
    response_class=Response,
    dependencies=[may("导出市总统一划拨统计", Role.MUNICIPAL, scope=Scope.SUBTREE)],
)
async def export_city_share(read: Read, year: Year | None = None, format: ExportFormat = ExportFormat.XLSX) -> Response:
    """The city share as a file."""
    rows = await store.city_share(read.connection, await wide_reach(read.connection, read.principal), year)
    return await export(
        read, name="city_share_exported", file_name="市总统一划拨统计", columns=CITY_SHARE, rows=_at_once(rows),
        format=format,
    )  # fmt: skip


async def _at_once(rows: "list[asyncpg.Record]") -> AsyncIterator[list[dict[str, Any]]]:
    yield [dict(row) for row in rows]


@router.get("/figures", dependencies=[may("查看审核统计", *FIGURE_READERS, scope=Scope.SUBTREE)])
async def show_figures(read: Read, union_id: UUID, year: Year | None = None) -> Figures:
    """The lines and submissions of a union, for a comparison with the other services and with the center."""
    await require_reach(read.connection, read.principal, union_id)
    lines = await store.lines_of_union(read.connection, union_id, year)
    submissions = await store.submissions_of_union(read.connection, union_id, year)
    return Figures(
        lines=[LineFigure.model_validate(dict(row) | {"fee": fee_of(row)}) for row in lines],
        submissions=[SubmissionFigure.model_validate(dict(row) | {"fee": fee_of(row)}) for row in submissions],
    )
