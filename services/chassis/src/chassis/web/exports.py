"""Exports of lists as xlsx and csv (D26). Each export is written to the audit log. A long list needs no more memory
than a short one. A spreadsheet that opens the file neither changes the values nor runs them as formulas.
"""

import asyncio
import csv
import io
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import IO, Any, Literal, TypeVar
from urllib.parse import quote

from fastapi import Response

from chassis.domain import SHANGHAI, Refusal
from chassis.files import Style, UnnamedFileResponse, WorkbookWriter, csv_cell, number_cell, text_cell, unnamed_file
from chassis.web.commands import ReadContext
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
    """A column of a list: the field of a row, and the heading from the manual.

    Two values of `kind` need an explanation. `code` is for numbers and ids whose digits matter. The file has these as
    text (csv: `="007"`), because a spreadsheet drops leading zeros and rounds long numbers. A value of the kind `text`
    that looks like a number, a date or a time is written in the same way. `money_fen`: the row has fen, the file has
    yuan.
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
    """Return the whole list as a file. `name` is the name in the audit log; `file_name` has no extension.

    Raises ExportTooLarge before any part of the file is sent.
    """
    file = unnamed_file()
    try:
        write = _write_xlsx if format is ExportFormat.XLSX else _write_csv
        count = await write(file, columns, _read_to_the_end(rows, read))
        counted = {"rows": count, "format": format.value}
        await read.audit(name, subject=subject, detail=(detail or {}) | counted)
    except BaseException:
        file.close()
        raise
    return UnnamedFileResponse(
        file,
        media_type=MEDIA_TYPES[format],
        headers={
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(file_name)}.{format.value}",
            "Cache-Control": "private, no-store",
        },
    )


async def each(batches: AsyncIterator[Sequence[Row]], shown: Callable[[Row], Mapping[str, Any]]) -> Batches:
    """Convert rows of the store to rows of the file, one batch at a time."""
    async for batch in batches:
        yield [shown(row) for row in batch]


async def _read_to_the_end(rows: Batches, read: ReadContext) -> Batches:
    """The rows of the list. Releases the connection after the last row, because finishing the file needs none."""
    async for batch in rows:
        yield batch
    await read.end()


MEDIA_TYPES = {
    ExportFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ExportFormat.CSV: "text/csv; charset=utf-8",
}


async def _write_xlsx(file: IO[bytes], columns: Sequence[Column], rows: Batches) -> int:
    """Build the cells in a thread, because this takes longer than reading the rows and would block the event loop."""
    count = 0
    styles = [(_WIDTHS[column.kind], Style.TEXT if column.kind == "code" else Style.GENERAL) for column in columns]
    with WorkbookWriter(file, "Sheet1", styles) as book:
        book.add([[text_cell(column.label, Style.HEADING) for column in columns]])
        async for batch in rows:
            count = _counted(count, len(batch))
            await asyncio.to_thread(book.add, [_xlsx_cells(row, columns) for row in batch])
    return count


def _xlsx_cells(row: Mapping[str, Any], columns: Sequence[Column]) -> list[str]:
    return [_xlsx_cell(row.get(column.field), column.kind) for column in columns]


def _xlsx_cell(value: Any, kind: Kind) -> str:
    if value is not None and kind == "count":
        return number_cell(int(value))
    if value is not None and kind == "money_fen":
        return number_cell(value / 100, Style.MONEY)
    return text_cell(_shown(value, kind))


async def _write_csv(file: IO[bytes], columns: Sequence[Column], rows: Batches) -> int:
    count = 0
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    writer.writerow([column.label for column in columns])
    async for batch in rows:
        count = _counted(count, len(batch))
        writer.writerows([list(_csv_cells(row, columns)) for row in batch])
    # Without `detach` the wrapper would close the file. The file has no name, so nobody could open it again.
    text.detach()
    return count


def _csv_cells(row: Mapping[str, Any], columns: Sequence[Column]) -> Iterable[str]:
    for column in columns:
        shown = _shown(row.get(column.field), column.kind)
        is_text = column.kind in ("text", "code") and shown != MISSING
        yield csv_cell(shown, is_code=column.kind == "code") if is_text else shown


def _counted(count: int, more: int) -> int:
    if count + more > MOST_ROWS:
        raise ExportTooLarge(most_rows=MOST_ROWS)
    return count + more


def _shown(value: Any, kind: Kind) -> str:
    """The value as a screen shows it (F054–F058): a `Word` by its label, an instant to the minute, in Shanghai time."""
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
    """Money in yuan as the manual writes it: 806, 6.5, 0 (F057). The result is exact, because no float is used."""
    whole, fraction = divmod(abs(fen), 100)
    sign = "-" if fen < 0 else ""
    return f"{sign}{whole}" if fraction == 0 else f"{sign}{whole}.{fraction:02d}".rstrip("0")


_WIDTHS: dict[Kind, int] = {"text": 20, "code": 24, "count": 10, "money_fen": 14, "date": 12, "instant": 18}
