"""Lists as files: xlsx and csv, recorded, in constant memory, safe to open in a spreadsheet (D26)."""

import asyncio
import csv
import tempfile
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal, TypeVar
from urllib.parse import quote

import xlsxwriter
from fastapi import Response
from starlette.background import BackgroundTask
from starlette.responses import FileResponse

from chassis.acts import ReadContext
from chassis.clock import SHANGHAI
from chassis.csv_cells import csv_cell
from chassis.refusals import Refusal
from contracts.words import Word

MOST_ROWS = 100_000
#: How a missing value is shown, on screens and in files (F058).
MISSING = "-"

Kind = Literal["text", "code", "count", "money_fen", "date", "instant"]
Batches = AsyncIterator[Sequence[Mapping[str, Any]]]
Row = TypeVar("Row")


class ExportFormat(StrEnum):
    XLSX = "xlsx"
    CSV = "csv"


class ExportTooLarge(Refusal):
    code = "EXPORT_TOO_LARGE"
    status = 422
    message = f"导出的记录超过{MOST_ROWS}条，请增加查询条件后分次导出"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a list: the field of the answer and the manual's word over it.

    `code`: numbers and ids whose digits matter; they stay text, in csv as `="007"`, because a spreadsheet drops leading
    zeros and rounds long numbers. So does a `text` that looks like a number, a date or a time. `money_fen`: fen in the
    row, yuan in the file.
    """

    field: str
    label: str
    kind: Kind = "text"


async def export(
    read: ReadContext,
    *,
    name: str,
    file_name: str,
    columns: Sequence[Column],
    rows: Batches,
    format: ExportFormat = ExportFormat.XLSX,
    subject: str = "",
    detail: dict[str, Any] | None = None,
) -> Response:
    """The whole list as a file. `name` is the act on record, `file_name` has no ending.

    Raises ExportTooLarge; then there is no file, and nothing but the refusal is answered.
    """
    folder = tempfile.TemporaryDirectory(prefix="export-")
    path = Path(folder.name) / f"export.{format.value}"
    try:
        write = _write_xlsx if format is ExportFormat.XLSX else _write_csv
        count = await write(path, columns, _read_to_the_end(rows, read))
        counted = {"rows": count, "format": format.value}
        await read.audit(name, subject=subject, detail=(detail or {}) | counted)
    except BaseException:
        folder.cleanup()
        raise
    return FileResponse(
        path,
        media_type=MEDIA_TYPES[format],
        headers={
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(file_name)}.{format.value}",
            "Cache-Control": "private, no-store",
        },
        background=BackgroundTask(_remove, folder),
    )


async def each(batches: AsyncIterator[Sequence[Row]], shown: Callable[[Row], Mapping[str, Any]]) -> Batches:
    """Rows of the store as the file's rows, a batch at a time."""
    async for batch in batches:
        yield [shown(row) for row in batch]


async def _read_to_the_end(rows: Batches, read: ReadContext) -> Batches:
    """The list's rows; after the last one nothing is kept from others while the file is finished."""
    async for batch in rows:
        yield batch
    await read.end()


MEDIA_TYPES = {
    ExportFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ExportFormat.CSV: "text/csv; charset=utf-8",
}


def _remove(folder: "tempfile.TemporaryDirectory[str]") -> None:
    with suppress(OSError):
        folder.cleanup()


async def _write_xlsx(path: Path, columns: Sequence[Column], rows: Batches) -> int:
    book = xlsxwriter.Workbook(path, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    try:
        sheet = book.add_worksheet()
        head, text = book.add_format({"bold": True}), book.add_format({"num_format": "@"})
        money = book.add_format({"num_format": "0.00"})
        for at, column in enumerate(columns):
            sheet.write_string(0, at, column.label, head)
            sheet.set_column(at, at, _WIDTHS[column.kind], text if column.kind == "code" else None)
        put: dict[Kind, Callable[[int, int, Any], Any]] = {
            "count": lambda row, at, value: sheet.write_number(row, at, value),
            "money_fen": lambda row, at, value: sheet.write_number(row, at, value / 100, money),
        }
        count = 0
        async for batch in rows:
            for row in batch:
                count = _counted(count)
                for at, column in enumerate(columns):
                    value = row.get(column.field)
                    if column.kind in put and value is not None:
                        put[column.kind](count, at, value)
                    else:
                        sheet.write_string(count, at, _shown(value, column.kind), text)
    finally:
        # Puts the whole workbook together, which takes seconds for a long one.
        await asyncio.to_thread(book.close)
    return count


async def _write_csv(path: Path, columns: Sequence[Column], rows: Batches) -> int:
    count = 0
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL)
        writer.writerow([column.label for column in columns])
        async for batch in rows:
            for row in batch:
                count = _counted(count)
                writer.writerow(list(_csv_cells(row, columns)))
    return count


def _csv_cells(row: Mapping[str, Any], columns: Sequence[Column]) -> Iterable[str]:
    for column in columns:
        shown = _shown(row.get(column.field), column.kind)
        is_text = column.kind in ("text", "code") and shown != MISSING
        yield csv_cell(shown, is_code=column.kind == "code") if is_text else shown


def _counted(count: int) -> int:
    if count == MOST_ROWS:
        raise ExportTooLarge(most_rows=MOST_ROWS)
    return count + 1


def _shown(value: Any, kind: Kind) -> str:
    """The value as a screen shows it: words by their label, instants to the minute in Shanghai (F054–F058)."""
    if value is None or value == "":
        return MISSING
    if kind == "money_fen":
        return yuan(value)
    if isinstance(value, Word):
        return value.label
    if isinstance(value, datetime):
        return value.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def yuan(fen: int) -> str:
    """Money as the manual writes it: 806, 6.5, 0 (F057); exact, for it never becomes a float."""
    whole, rest = divmod(abs(fen), 100)
    sign = "-" if fen < 0 else ""
    return f"{sign}{whole}" if rest == 0 else f"{sign}{whole}.{rest:02d}".rstrip("0")


_WIDTHS: dict[Kind, int] = {"text": 20, "code": 24, "count": 10, "money_fen": 14, "date": 12, "instant": 18}
