"""Writes a city into the databases of an empty stack by COPY, in several processes."""

import asyncio
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from multiprocessing import get_context
from typing import Any

import asyncpg

from chassis.privacy import BlindIndex, Keys, RowCipher
from enrollctl.city import district_rows
from enrollctl.city.district_rows import SubmissionRows
from enrollctl.city.layout import Layout
from enrollctl.city.people import PeopleMaker
from enrollctl.city.tables import ENROLLMENT, MEMBER, REVIEW, SERVICES, Rows, Target
from enrollctl.city.tree_rows import add_union
from enrollctl.city.union_rows import UnionRows, at_noon
from enrollctl.errors import Failure
from enrollctl.terminal.progress import Progress, ProgressCallback, StepState, no_progress

#: About how many people one process writes in one transaction of each database.
CHUNK = 10_000
#: Tables that must be empty. If only the table `members` were checked, a stack with unions or rates but without members
#: could get a second city.
MUST_BE_EMPTY = {MEMBER: ("members", "unions"), ENROLLMENT: ("candidates", "lines", "rates"), REVIEW: ("lines",)}
SIZE = "SELECT pg_database_size(current_database())"
#: The next member gets the number after the last member number of the city.
NEXT_NUMBER = "SELECT setval('member_numbers', 7000000001 + $1::bigint, false)"

#: Service → DSN of its database. The role in the DSN is allowed to write and ANALYZE all tables.
Databases = Mapping[str, str]


@dataclass(slots=True)
class LoadReport:
    """`bytes_before`, `bytes_after`: the sizes of the databases before and after the load.

    `seconds`: the time of the load, including the time for indexes and statistics.
    """

    members: int
    unions: int
    seconds: float = 0.0
    bytes_before: dict[str, int] = field(default_factory=dict)
    bytes_after: dict[str, int] = field(default_factory=dict)

    @property
    def microseconds_per_member(self) -> float:
        return self.seconds * 1e6 / self.members

    def bytes_per_member(self) -> dict[str, int]:
        return {name: (size - self.bytes_before[name]) // self.members for name, size in self.bytes_after.items()}


@dataclass(frozen=True, slots=True)
class CityLoader:
    """`workers`: the number of processes that make people and write them. Each process connects to each database."""

    layout: Layout
    keys: Keys
    databases: Databases
    workers: int = 2
    on_progress: ProgressCallback = no_progress

    def load(self) -> LoadReport:
        """Fill the databases. Raises Failure if one of them is not empty."""
        report = LoadReport(self.layout.members, self.layout.unions)
        started = time.monotonic()
        asyncio.run(self._require_empty())
        report.bytes_before = asyncio.run(self._sizes())
        asyncio.run(self._write_superiors())
        self._write_unions()
        asyncio.run(self._finish())
        report.seconds = time.monotonic() - started
        report.bytes_after = asyncio.run(self._sizes())
        return report

    async def _require_empty(self) -> None:
        for service, tables in MUST_BE_EMPTY.items():
            connection = await asyncpg.connect(self.databases[service])
            try:
                for table in tables:
                    if await connection.fetchval(f"SELECT EXISTS (SELECT FROM {table})"):  # noqa: S608 - a constant
                        raise Failure(f"{service} has {table} already: a city is loaded into an empty stack only")
            finally:
                await connection.close()

    async def _write_superiors(self) -> None:
        rows, at = Rows(), at_noon(self.layout.today.replace(year=self.layout.years[0], month=1, day=2))
        for union in self.layout.superiors():
            add_union(rows, union, at)
        district_rows.add_rates(rows, self.layout, at)
        await write(self.databases, rows)

    def _write_unions(self) -> None:
        written = 0
        # The child processes are spawned, not forked. A forked child would inherit locks of threads, and the
        # connections of this process.
        with ProcessPoolExecutor(self.workers, mp_context=get_context("spawn")) as pool:
            chunks: list[Future[int]] = [
                pool.submit(write_chunk, self.layout, self.keys, dict(self.databases), chunk)
                for chunk in _chunks(self.layout)
            ]
            for chunk in as_completed(chunks):
                written += chunk.result()
                detail = f"{written:,} members"
                self.on_progress(Progress("load", StepState.RUNNING, detail, written, self.layout.members))
        self.on_progress(Progress("load", StepState.DONE, f"{written:,} members", written, self.layout.members))

    async def _finish(self) -> None:
        rows = Rows()
        sums = await _rows(self.databases[REVIEW], district_rows.SUMS)
        cipher, index = RowCipher(self.keys), BlindIndex(self.keys)
        SubmissionRows(self.layout, cipher, index, rows).add_all(sums)
        await write(self.databases, rows)
        await _value(self.databases[REVIEW], district_rows.ADD_LINES)
        await _value(self.databases[MEMBER], NEXT_NUMBER, self.layout.members)
        await asyncio.gather(*(_analyze(url) for url in self.databases.values()))

    async def _sizes(self) -> dict[str, int]:
        return {name: await _value(url, SIZE) for name, url in self.databases.items()}


def write_chunk(layout: Layout, keys: Keys, databases: Databases, unions: Sequence[int]) -> int:
    """Make and write these grassroots unions with their people. Returns the number of people."""
    rows, at = Rows(), at_noon(layout.today.replace(year=layout.years[0], month=1, day=2))
    maker = PeopleMaker(keys, layout.seed, int(at.timestamp() * 1000))
    writer = UnionRows(layout, RowCipher(keys), rows)
    people = 0
    for index in unions:
        union = layout.grassroots(index)
        add_union(rows, union, at)
        first = layout.first_member(index)
        members = maker.members(index, first, layout.first_member(index + 1) - first)
        writer.add(union, members)
        people += len(members)
    asyncio.run(write(databases, rows))
    return people


async def write(databases: Databases, rows: Rows) -> None:
    """Write the rows of each service in one transaction, all services at the same time."""
    await asyncio.gather(*(_write_service(databases[service], rows, rows.targets(service)) for service in SERVICES))


async def _write_service(url: str, rows: Rows, targets: Sequence[Target]) -> None:
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction():
            for target in targets:
                columns = target.columns.split()
                await connection.copy_records_to_table(target.table, records=rows.of[target], columns=columns)
    finally:
        await connection.close()


def _chunks(layout: Layout) -> Iterator[list[int]]:
    """The grassroots unions in groups of about CHUNK people."""
    chunk: list[int] = []
    first = 0
    for index in range(layout.unions):
        chunk.append(index)
        if layout.first_member(index + 1) - first >= CHUNK:
            yield chunk
            chunk, first = [], layout.first_member(index + 1)
    if chunk:
        yield chunk


async def _analyze(url: str) -> None:
    """Vacuum and analyze, as autovacuum would do some minutes later.

    Without the visibility map that VACUUM makes, PostgreSQL would count rows slowly.
    """
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("VACUUM (ANALYZE)")
    finally:
        await connection.close()


async def _rows(url: str, statement: str, *arguments: Any) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetch(statement, *arguments)
    finally:
        await connection.close()


async def _value(url: str, statement: str, *arguments: Any) -> Any:
    rows = await _rows(url, statement, *arguments)
    return rows[0][0] if rows else None
