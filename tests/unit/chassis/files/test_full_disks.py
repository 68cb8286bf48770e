"""If the disk of temporary files is full, an export fails with an infrastructure error, and leaves only a log line for
operators."""

import errno
import gc
import sys
from collections.abc import AsyncIterator
from typing import Any
from unittest.mock import Mock

import asyncpg
import pytest
from fastapi import APIRouter
from httpx import ASGITransport, AsyncClient

from chassis.app import create_app
from chassis.health import DISK, HealthState
from chassis.resilience import cause_of, describe, is_infrastructure
from chassis.runtime import Runtime
from chassis.web import Column, ExportFormat, export, exports

COLUMNS = [Column("name", "名称")]


class Reader:
    """The two methods of a request that an export calls."""

    def __init__(self) -> None:
        self.audited: list[str] = []

    async def end(self) -> None:
        """Nothing to do, because this reader has no transaction."""

    async def audit(self, name: str, **_: Any) -> None:
        self.audited.append(name)


async def list_of(rows: int) -> AsyncIterator[list[dict[str, str]]]:
    for row in range(rows):
        yield [{"name": f"{row:0100}"}]


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Linux's device /dev/full replaces the temporary file."""
    monkeypatch.setattr(exports, "unnamed_file", lambda: open("/dev/full", "w+b"))  # noqa: SIM115


async def exported(reader: Reader, rows: int, format: ExportFormat) -> BaseException | None:
    try:
        await export(reader, name="listed", file_name="l", columns=COLUMNS, rows=list_of(rows), format=format)  # type: ignore[arg-type]
    except OSError as error:
        return error
    return None


@pytest.mark.usefixtures("full_disk")
@pytest.mark.parametrize("format", ExportFormat)
@pytest.mark.parametrize("rows", [1, 2_000])
async def test_an_export_that_finds_no_room_is_put_off_and_not_on_record(rows: int, format: ExportFormat):
    reader = Reader()
    error = await exported(reader, rows, format)
    assert error is not None
    assert is_infrastructure(error)
    assert reader.audited == []


@pytest.mark.usefixtures("full_disk")
@pytest.mark.parametrize("format", ExportFormat)
async def test_a_file_that_found_no_room_is_dropped_without_a_trace(
    format: ExportFormat, monkeypatch: pytest.MonkeyPatch
):
    unraisable: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda found: unraisable.append(found.exc_value))
    await exported(Reader(), 2_000, format)
    gc.collect()
    assert unraisable == []


def test_operators_are_told_that_there_is_no_room():
    error = OSError(errno.ENOSPC, "No space left on device", "/tmp/张三.xlsx")
    assert describe(error).startswith("OSError (ENOSPC) in ")
    assert "张三" not in describe(error)
    assert cause_of(error).startswith("OSError in ")


@pytest.mark.parametrize(
    ("error", "not_ready"), [(asyncpg.UniqueViolationError("kept"), False), (asyncpg.DiskFullError("full"), True)]
)
async def test_a_request_that_found_no_room_makes_the_process_not_ready(error: Exception, not_ready: bool):
    router, runtime = APIRouter(), Mock(spec=Runtime)
    runtime.health = HealthState()

    @router.get("/rows")
    async def _rows() -> None:
        raise error

    transport = ASGITransport(create_app("sample", [router], runtime), raise_app_exceptions=False)
    async with AsyncClient(transport=transport, base_url="http://test") as client:
        answer = await client.get("/rows")
    assert answer.status_code >= 500
    assert (DISK in runtime.health.unready()) is not_ready
