"""Lists over HTTP: unknown filters, exports as files, audited reads, bodies that are too large."""

import asyncio
import csv
import io
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import openpyxl
import pytest
from fastapi import APIRouter, Depends, Response
from integration.chassis.sample_service import Sample

from chassis.server import body_limit
from chassis.sql import in_batches
from chassis.testing import Bench, service_under_test
from chassis.validation import DayRange, day_range
from chassis.web import Column, ExportFormat, Page, Paging, Read, Texts, columns_of, export, exports, texts_router, yuan

if TYPE_CHECKING:
    import asyncpg

COLUMNS = (
    Column("name", "姓名"),
    Column("member_no", "会员编号", "code"),
    Column("heads", "参保人数", "count"),
    Column("fee_fen", "保障费用", "money_fen"),
    Column("start_on", "起保日期", "date"),
    Column("submitted_at", "提交时间", "instant"),
)
ROW = {
    "name": "=1+1",
    "member_no": "0070000000000000001",
    "heads": 2,
    "fee_fen": 650,
    "start_on": date(2024, 5, 11),
    "submitted_at": datetime(2024, 5, 10, 6, 41, tzinfo=UTC),
}
HERE = UUID(int=7)
router = APIRouter()


async def rows() -> AsyncIterator[Sequence[Mapping[str, Any]]]:
    yield [ROW]
    yield [ROW | {"name": "+8613800000000", "member_no": None}]


@router.get("/lines")
async def list_lines(
    read: Read,
    page: Paging,
    confirmed: Annotated[DayRange, Depends(day_range("confirmed"))],
    unit_name: str | None = None,
) -> Page[int]:
    return page.of(0, [])


@router.get("/lines/export")
async def export_lines(read: Read, format: ExportFormat = ExportFormat.XLSX) -> Response:
    return await export(
        read, name="lines_exported", file_name="参保批次", columns=COLUMNS, rows=rows(), format=format, subject="here"
    )


@router.get("/lines/kept")
async def export_kept_lines(read: Read) -> Response:
    return await export(
        read, name="lines_exported", file_name="参保批次", columns=COLUMNS, rows=kept_rows(read.connection)
    )


async def kept_rows(connection: "asyncpg.Connection[Any]") -> AsyncIterator[Sequence[Mapping[str, Any]]]:
    async for batch in in_batches(connection, "SELECT n AS heads FROM generate_series(1, 3) AS n"):
        await met.wait()
        yield batch


@router.get("/numbers")
async def reveal_number(read: Read) -> int:
    """The number of rows that are committed to the audit log before the response is sent."""
    await read.connection.fetchval("SELECT 1")
    await met.wait()
    await read.audit("number_revealed", subject="here")
    async with read.runtime.database.read() as another:
        found: int = await another.fetchval("SELECT count(*) FROM audit_log")
        return found


#: Each read takes a connection from the pool and then waits here for other reads. A test sets how many reads must meet.
met = asyncio.Barrier(1)

router.include_router(texts_router(Texts(columns=columns_of({"lines": COLUMNS}))))


@pytest.fixture
async def lists(database: str) -> AsyncIterator[Bench]:
    service = Sample().service
    service.router.include_router(router)
    async with service_under_test(service, database) as bench:
        yield bench


async def acts(bench: Bench) -> list[tuple[str, str, dict[str, Any]]]:
    async with bench.runtime.database.read() as connection:
        found = await connection.fetch("SELECT name, subject, detail FROM audit_log ORDER BY id")
    return [tuple(row.values()) for row in found]


async def test_a_misspelt_filter_is_refused_and_never_means_no_restriction(lists: Bench):
    answer = await lists.client.get("/lines", headers=lists.token("reviewer", HERE), params={"unitname": "金桥"})
    assert (answer.status_code, answer.json()["code"]) == (422, "UNKNOWN_PARAMETER")
    assert answer.json()["detail"] == {
        "unknown": ["unitname"],
        "known": ["confirmed_from", "confirmed_to", "page", "page_size", "sort", "unit_name"],
    }
    fine = {"unit_name": "金桥", "confirmed_from": "2024-05-07", "page": "1"}
    assert (await lists.client.get("/lines", headers=lists.token("reviewer", HERE), params=fine)).status_code == 200


@pytest.mark.row("D26", "F054", "F055", "F057", "F058")
async def test_an_exported_workbook_keeps_digits_and_defuses_formulas(lists: Bench):
    answer = await lists.client.get("/lines/export", headers=lists.token("reviewer", HERE))
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    head, first, second = ([cell.value for cell in row] for row in sheet.iter_rows())
    assert head == ["姓名", "会员编号", "参保人数", "保障费用", "起保日期", "提交时间"]
    assert first == ["=1+1", "0070000000000000001", 2, 6.5, "2024-05-11", "2024-05-10 14:41"]
    assert sheet["A2"].data_type == "s"
    assert sheet["B2"].data_type == "s"
    assert second[:2] == ["+8613800000000", "-"]
    assert await acts(lists) == [("lines_exported", "here", {"rows": 2, "format": "xlsx"})]


async def test_an_exported_csv_says_the_same(lists: Bench):
    answer = await lists.client.get("/lines/export", headers=lists.token("reviewer", HERE), params={"format": "csv"})
    read = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert read[1] == ["'=1+1", '="0070000000000000001"', "2", "6.5", "2024-05-11", "2024-05-10 14:41"]
    assert read[2][:2] == ['="+8613800000000"', "-"]


async def test_an_export_that_is_too_large_is_refused_whole(lists: Bench, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(exports, "MOST_ROWS", 1)
    answer = await lists.client.get("/lines/export", headers=lists.token("reviewer", HERE))
    assert (answer.status_code, answer.json()["code"]) == (422, "EXPORT_TOO_LARGE")
    assert await acts(lists) == []


async def test_more_audited_reads_than_connections_do_not_wait_for_one_another(
    database: str, monkeypatch: pytest.MonkeyPatch
):
    """The first two reads hold both connections of the pool when they write their audit rows."""
    monkeypatch.setitem(globals(), "met", asyncio.Barrier(2))
    service = Sample().service
    service.router.include_router(router)
    async with service_under_test(service, database, pool_size=2) as bench:
        headers = bench.token("reviewer", HERE)
        asked = ["/numbers", "/lines/kept"] * 3
        answers = await asyncio.gather(*(bench.client.get(path, headers=headers) for path in asked))
        assert [answer.status_code for answer in answers] == [200] * len(asked)
        assert len(await acts(bench)) == len(asked)
        assert all(answer.json() > 0 for answer in answers[::2])


async def test_texts_head_the_same_columns_as_the_file(lists: Bench):
    shown = (await lists.client.get("/texts", headers=lists.token("handler", HERE))).json()
    assert [one["label"] for one in shown["columns"]["lines"]] == [column.label for column in COLUMNS]
    assert shown["messages"]["empty_list"] == "没有找到匹配的记录"


async def test_a_body_is_not_read_past_the_limit(lists: Bench, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(body_limit, "MOST_JSON_BYTES", 1000)
    headers = lists.token("municipal", HERE) | {"Idempotency-Key": "k"}
    answer = await lists.client.post(f"/asks/{HERE}", headers=headers, content=b"x" * 1001)
    assert (answer.status_code, answer.json()["code"]) == (413, "BODY_TOO_LARGE")


@pytest.mark.parametrize(("fen", "shown"), [(80600, "806"), (650, "6.5"), (1305, "13.05"), (0, "0"), (-650, "-6.5")])
@pytest.mark.row("F057")
def test_yuan_has_no_float_noise(fen: int, shown: str):
    assert yuan(fen) == shown
