"""The background job that checks an import: file → judged rows → report and staged people (D07–D11).

A child process reads the file and judges its rows. Meanwhile a thread of this process prepares the judged rows for
storage. Staged people are the people of valid rows, stored until the import is applied.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from functools import partial
from itertools import count
from typing import Any, ClassVar, ParamSpec, TypeVar
from uuid import UUID

import structlog
from asyncpg import Record

from chassis.database import Database, UnitOfWork
from chassis.jobs import GiveUp, Job, WaitUntil
from chassis.resilience import backoff_s, describe, is_infrastructure
from chassis.system import heap
from contracts.event import Event
from contracts.unions import Unit
from member_svc.domain.people import ExistingMembership
from member_svc.domain.roster.refused_files import FileUnreadable, RefusedFile
from member_svc.domain.roster.unit_directory import ListedUnit
from member_svc.jobs.judged_rows import CheckedRows, Report, RowPreparation
from member_svc.roster import import_reading, originals
from member_svc.roster.judging import Rules
from member_svc.roster.reading import LARGE, SMALL, Opened, opened_roster
from member_svc.store import import_originals, import_rows, imports, members, staged_people, units
from member_svc.usecases.notices import import_ended
from member_svc.workbook.wire import ROWS_AT_ONCE

log = structlog.get_logger()

P = ParamSpec("P")
T = TypeVar("T")

#: Files that inflate to this size or more are checked one at a time, because each check can need a hundred megabytes.
LARGE_BYTES = 8 * 1024 * 1024
CANNOT_BE_CHECKED = "文件无法读取：系统多次尝试检查均未能完成。请将数据复制到新下载的模板中，另存为xlsx后重新上传"
#: From this attempt on, an unexpected error ends the check as failed and is not retried.
MOST_ATTEMPTS = 5


class Overtaken(Exception):
    """The check has ended, or a later attempt has taken it over. The transaction of this attempt is rolled back."""


class ImportCheck:
    """The job `import.check`, with the body {import_id}.

    A new attempt checks the whole file again. If an older attempt still runs, the older attempt stops with `Overtaken`
    when it next stores rows.
    """

    kind: ClassVar[str] = "import.check"
    concurrency: ClassVar[int] = 4

    def __init__(self, database: Database) -> None:
        self._database = database
        self._large = asyncio.Semaphore(1)
        self._one_thread = ThreadPoolExecutor(1, "import-check")

    async def run(self, job: Job) -> WaitUntil | None:
        import_id = UUID(job.body["import_id"])
        try:
            await self._check(import_id, job.attempt)
        except RefusedFile as refusal:
            await self._fail(import_id, refusal.code, refusal.text, refusal.detail)
        except Overtaken:
            return WaitUntil.after(backoff_s(job.attempt), "another attempt has taken over the check")
        except Exception as error:
            if is_infrastructure(error) or job.attempt < MOST_ATTEMPTS:
                raise
            await self._fail(import_id, "INTERNAL", "文件检查时发生系统错误，请重新上传；如仍失败请联系技术支持", {})
            raise GiveUp(describe(error)) from error
        return None

    async def complete(self, job: Job, answer: Any, work: UnitOfWork) -> None:
        """Nothing to do: `run` has stored the state."""

    async def given_up(self, job: Job, work: UnitOfWork) -> list[Event]:
        """Refuse the file as unreadable if no attempt has ended the check, for example because each attempt crashed the
        process.
        """
        failure = {"code": FileUnreadable.code, "message": CANNOT_BE_CHECKED, "column": None}
        ended = await imports.fail(work.connection, UUID(job.body["import_id"]), failure, work.now)
        return [import_ended(ended, work.now)] if ended else []

    async def _check(self, import_id: UUID, attempt: int) -> None:
        async with self._database.work(import_id) as work:
            import_row = await imports.begin_check(work.connection, import_id, attempt)
            if import_row is None:
                return
            await import_originals.forget_due(work.connection, work.now)
            listed = await units.of_union(work.connection, import_row["union_id"])
        rules = Rules(_listed(listed), import_row["unit_id"], self._database.clock.now().date())
        if import_row["inflated_bytes"] < LARGE_BYTES:
            await self._read(import_row, rules, None)
            return
        async with self._large:
            # Always use the same thread. Each thread has its own heap, which keeps the memory that a large file needed.
            # With several threads, this memory would be kept several times.
            await self._run(self._one_thread, heap.return_free_memory)
            await self._read(import_row, rules, self._one_thread)
            await self._run(self._one_thread, heap.return_free_memory)

    async def _read(self, import_row: Record, rules: Rules, thread: Executor | None) -> None:
        """Open the file, stage its judged rows in portions, then end the check."""
        import_id, attempt = import_row["import_id"], import_row["attempt"]
        limits = SMALL if thread is None else LARGE
        preparation = RowPreparation(import_id, self._database.tools)
        async with opened_roster(self._pieces(import_id), import_row["sheet"], limits, rules) as roster:
            total = roster.opened.read_rows
            if total > ROWS_AT_ONCE:
                async with self._database.work(import_id) as work:
                    await imports.set_total(work.connection, import_id, attempt, total)
            async for rows in roster.judged():
                checked = await self._run(thread, preparation.checked, rows)
                await self._stage(import_id, attempt, preparation, checked)
        await self._end(import_id, attempt, roster.opened)
        log.info("import_checked", import_id=str(import_id), rows=total)

    async def _end(self, import_id: UUID, attempt: int, opened: Opened) -> None:
        async with self._database.work(import_id) as work:
            # Users can write anything into headings and sheet names, also personal data. So both are encrypted.
            reading = work.row_cipher.seal_bytes(import_reading.pack(opened), import_id)
            if not await imports.end_check(work.connection, import_id, attempt, opened.sheet, reading, work.now):
                raise Overtaken
            headings = work.row_cipher.seal_bytes(originals.pack(opened.headings), import_id)
            await import_originals.close(work.connection, import_id, headings, work.now + originals.KEPT_FOR)

    async def _run(self, thread: Executor | None, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `work` in a thread, so that the event loop is not blocked."""
        return await asyncio.get_running_loop().run_in_executor(thread, partial(work, *args, **kwargs))

    async def _pieces(self, import_id: UUID) -> AsyncIterator[bytes]:
        """The decrypted file, piece by piece, so that memory never holds all of it.

        No piece is deleted while the import is 检查中. If another attempt has ended the check, pieces are possibly
        missing. The child then refuses the half file, and the refusal changes nothing, because the check has ended.
        """
        for number in count():
            async with self._database.read() as connection:
                sealed = await imports.piece(connection, import_id, number)
            if sealed is None:
                return
            yield self._database.tools.row_cipher.unseal_bytes(sealed, import_id)

    async def _stage(self, import_id: UUID, attempt: int, preparation: RowPreparation, rows: CheckedRows) -> None:
        """Store some rows in one transaction, after they are compared with the members and counted."""
        async with self._database.work(import_id) as work:
            memberships = await members.memberships_of(work.connection, rows.person_keys)
            report = preparation.report(rows, _by_person(memberships))
            if not await imports.advance_check(work.connection, import_id, attempt, _tally(rows, report)):
                raise Overtaken
            await import_rows.stage(work.connection, import_id, report.rows, report.portions)
            await staged_people.stage(work.connection, import_id, [people.staged for people in rows.people])
            await import_originals.keep(work.connection, import_id, rows.originals)

    async def _fail(self, import_id: UUID, code: str, message: str, detail: dict[str, Any]) -> None:
        async with self._database.work(import_id) as work:
            failure = {"code": code, "message": message, "column": detail.get("column")}
            if ended := await imports.fail(work.connection, import_id, failure, work.now):
                work.emit([import_ended(ended, work.now)])
        log.info("import_refused", import_id=str(import_id), code=code)


def _listed(units: Sequence[Unit]) -> list[ListedUnit]:
    return [ListedUnit(u.unit_id, u.name, u.organization_code, u.credit_code) for u in units]


def _tally(rows: CheckedRows, report: Report) -> Counter[str]:
    """The counts of the rows, with the names of `imports.COUNTED`."""
    tally: Counter[str] = Counter(rejected=len(rows.rejected), warnings=len(report.rows) - len(rows.rejected))
    for people in rows.people:
        tally.update(people.staged.lists["outcome"])
    tally["rows"] = len(rows.rejected) + len(rows.person_keys)
    return tally


def _by_person(memberships: list[ExistingMembership]) -> dict[str, list[ExistingMembership]]:
    by_person: dict[str, list[ExistingMembership]] = {}
    for membership in memberships:
        by_person.setdefault(membership.person_key, []).append(membership)
    return by_person
