"""Reads a roster file in a child process with limits (chassis.files). A file that crashes the child is refused."""

from collections.abc import AsyncIterable, AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

import structlog

from chassis.files import MIB, Limits, Records, SandboxFailed, sandboxed
from member_svc.domain.roster.refused_files import FileUnreadable, RefusedFile
from member_svc.roster.child import FUNCTION
from member_svc.roster.judging import JudgedPerson, RejectedRow, Rules
from member_svc.roster.roster import Row, unpack_row

log = structlog.get_logger()

#: For a workbook that inflates to a few megabytes. The limits are low, because several such workbooks are read at once.
SMALL = Limits(memory_bytes=128 * MIB, cpu_s=60)
LARGE = Limits(memory_bytes=240 * MIB, cpu_s=120, wall_s=400)


@dataclass(frozen=True, slots=True)
class Opened:
    """What was found in a workbook: the rows and columns of the sheet that is read, and a description of every sheet.

    `places` maps a known column to its index. The report of the import shows only the fields that
    `import_reading.SHOWN` names.
    """

    sheet: str
    headings: list[str]
    places: dict[str, int]
    heading_row: int
    read_rows: int
    blank_rows: int
    aside_rows: int
    hidden_rows: int
    unused_columns: list[str]
    hidden_columns: list[str]
    sheets: list[dict[str, Any]]


class JudgedRows(NamedTuple):
    """Some rows of a roster. `people`: the valid rows by unit. The rows of a unit are in the order of the sheet."""

    people: list[tuple[UUID, list[JudgedPerson]]]
    rejected: list[RejectedRow]


class RosterReading:
    """An opened roster. It yields its rows in portions: by `judged` if it was opened with rules, else by `rows`."""

    def __init__(self, opened: Opened, records: Records) -> None:
        self.opened = opened
        self._records = records

    @property
    def peak_bytes(self) -> int:
        """The peak memory of the child process, known once all rows are read."""
        return self._records.peak_bytes

    async def rows(self) -> AsyncIterator[list[Row]]:
        """Data rows in order. Raises FileUnreadable if the child ends before the last row."""
        places = self.opened.places
        with _AsRefusal():
            async for portion in self._records:
                yield [unpack_row(packed, places) for packed in portion]

    async def judged(self) -> AsyncIterator[JudgedRows]:
        """All rows, judged by the rules. Raises FileUnreadable if the child ends before the last row."""
        with _AsRefusal():
            async for record in self._records:
                people = [(UUID(unit_id), some) for unit_id, some in record["people"]]
                yield JudgedRows(people, [RejectedRow(*row) for row in record["rejected"]])


@asynccontextmanager
async def opened_roster(
    pieces: Iterable[bytes] | AsyncIterable[bytes],
    sheet: str | None = None,
    limits: Limits = LARGE,
    rules: Rules | None = None,
) -> AsyncIterator[RosterReading]:
    """`sheet`: the name of a requested sheet; None = the first visible sheet with a roster. Raises a RefusedFile."""
    judging = {} if rules is None else {"rules": rules.packed()}
    async with sandboxed(FUNCTION, pieces, limits=limits, sheet=sheet, **judging) as records:
        with _AsRefusal():
            first = await anext(records)
        if "refused" in first:
            raise _refusal(**first["refused"])
        yield RosterReading(Opened(**first["opened"]), records)


class _AsRefusal:
    """Turns a failure of the child process into a refusal of the file. The log tells operators the reason."""

    def __enter__(self) -> None: ...

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: object) -> None:
        if isinstance(error, SandboxFailed):
            log.warning("roster_child_failed", reason=error.reason.value, detail=error.detail)
            raise FileUnreadable from error


def _refusal(code: str, message: str, detail: dict[str, Any]) -> RefusedFile:
    kinds = {kind.code: kind for kind in RefusedFile.__subclasses__()}
    return kinds[code](message, **detail)
