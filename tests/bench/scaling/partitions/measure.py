"""Measures how the cost of enrollment-svc's statements changes if `enrollments` has a partition per year (ADR 0017).

    .venv/bin/python tests/bench/scaling/partitions/measure.py --city 1000000 --years 4

It compares three ways to store the table: as today; with the year as the first column of the unique index on person and
year (the city key); and with one partition for each year. For each way, it creates a new database and enrolls everybody
in all years. Then it measures how long it takes to enroll people in one more year, to read lists, and to remove the
oldest year.
"""

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import psutil

sys.path.insert(0, str(Path(__file__).parents[3]))

from bench.scaling.partitions.tables import UNION, WAYS, change, fill
from chassis.schema import migrate
from chassis.web import PageRequest
from enrollment_svc.store import locked
from enrollment_svc.store.batches import batches, enrollments, flags, outcomes
from enrollment_svc.store.candidates import people
from enrollment_svc.store.overview import figures, progress
from enrollment_svc.store.submissions import submissions
from support.databases import fresh_database
from support.embedded import embedded_postgres

LAST_YEAR = 2026
#: The same settings as in every service.
SETTINGS = {"plan_cache_mode": "force_custom_plan", "jit": "off"}
#: SUBMISSIONS submissions are measured. Each has PEOPLE people in lines of LINE people.
SUBMISSIONS, PEOPLE, LINE = 20, 5_000, 500
RUNS = 15
WAL = "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint"
BYTES = """SELECT sum(pg_total_relation_size(c.oid))::bigint AS whole, sum(pg_indexes_size(c.oid))::bigint AS indexes
           FROM pg_class AS c WHERE c.relname LIKE 'enrollments%' AND c.relkind = 'r'"""

Read = Callable[[], Awaitable[object]]


class Undo(Exception):
    """Raised to roll back a transaction. Only the time of the transaction is wanted, not its changes."""


@dataclass
class Meter:
    """Measures the time of work on a connection, and the CPU time of the connection's process in the server."""

    connection: "asyncpg.Connection[Any]"
    backend: psutil.Process

    async def cost(self, label: str, work: Read, times: int = RUNS) -> None:
        """Do the work `times` times. Print the median of the times and the mean of the CPU times, in milliseconds."""
        await work()
        before, durations = self._seconds(), []
        for _ in range(times):
            started = time.perf_counter()
            await work()
            durations.append((time.perf_counter() - started) * 1000)
        cpu = (self._seconds() - before) * 1000 / times
        print(f"  {label:<52} {statistics.median(durations):>9.1f} ms   CPU {cpu:>9.1f} ms", flush=True)

    async def once(self, label: str, work: Read) -> None:
        """Print time, CPU time and WAL of work that cannot be repeated."""
        before, wal, started = self._seconds(), await self.connection.fetchval(WAL), time.perf_counter()
        await work()
        seconds, cpu = time.perf_counter() - started, self._seconds() - before
        written = (await self.connection.fetchval(WAL) - wal) / 1e6
        print(f"  {label:<52} {seconds:>9.2f} s    CPU {cpu:>9.2f} s    WAL {written:>9,.1f} MB", flush=True)

    def _seconds(self) -> float:
        times = self.backend.cpu_times()
        return float(times.user + times.system)


async def measured(admin_url: str, way: str, options: argparse.Namespace) -> None:
    years = list(range(LAST_YEAR - options.years, LAST_YEAR + 1))
    async with fresh_database(admin_url) as url:
        await migrate(url, ["chassis", "enrollment_svc"])
        connection = await asyncpg.connect(url, server_settings=SETTINGS)
        try:
            meter = Meter(connection, psutil.Process(await connection.fetchval("SELECT pg_backend_pid()")))
            print(f"{way}: {options.city:,} people in each of {options.years} years", flush=True)
            await change(connection, way, years)
            await meter.once("fill", lambda: fill(connection, options.union, options.city, years))
            await _sizes(connection)
            await _writes(meter)
            await _reads(meter)
            await _remove(meter, way, years[0])
            await _sizes(connection)
        finally:
            await connection.close()


async def _sizes(connection: "asyncpg.Connection[Any]") -> None:
    row = await connection.fetchrow(BYTES)
    assert row is not None
    print(f"  table and indexes {row['whole'] / 1e6:,.0f} MB, indexes {row['indexes'] / 1e6:,.0f} MB", flush=True)


async def _writes(meter: Meter) -> None:
    """Measure submissions of people outside the union UNION, then a return of one line of UNION."""
    connection = meter.connection
    rows = await connection.fetch(
        "SELECT member_id FROM candidates WHERE union_id <> $1 ORDER BY member_id LIMIT $2", UNION, SUBMISSIONS * PEOPLE
    )
    members = [row["member_id"] for row in rows]

    async def submit() -> None:
        for first in range(0, len(members), PEOPLE):
            chosen = members[first : first + PEOPLE]
            of_line = {uuid4(): chosen[start : start + LINE] for start in range(0, PEOPLE, LINE)}
            async with connection.transaction():
                await submissions.acquire_city_keys(connection, LAST_YEAR, of_line)

    await meter.once(f"{len(members):,} city keys, {PEOPLE:,} a transaction", submit)
    line_id = await connection.fetchval("SELECT line_id FROM lines WHERE union_id = $1 LIMIT 1", UNION)

    async def undone(work: Read) -> None:
        try:
            async with connection.transaction():
                await work()
                raise Undo
        except Undo:
            pass

    async def give_back() -> None:
        at = await connection.fetchval("SELECT now()")
        await outcomes.END.fetchrow(
            connection, line_id=line_id, before=["in_review"], state="returned", reason="", at=at, by=""
        )

    await meter.cost("return a line of 500 people", lambda: undone(give_back), 5)
    await meter.cost("flags of a line of 500 people", lambda: undone(lambda: flags.flag_lines(connection, [line_id])))


async def _reads(meter: Meter) -> None:
    connection, page = meter.connection, PageRequest(page=2, page_size=20)
    year = LAST_YEAR - 1
    rows = await connection.fetch("SELECT person_key FROM candidates WHERE union_id <> $1 LIMIT 500", UNION)
    keys = [row["person_key"] for row in rows]
    batch = batches.BatchPeopleFilter(f"{year}/{UNION}")
    of_union = enrollments.EnrollmentFilter(UNION, year)
    of_person = enrollments.EnrollmentFilter(None, person_keys=keys[:1])
    reads: dict[str, Read] = {
        "header of 待提交 (city-key check of a large union)": lambda: people.counts(connection, UNION, LAST_YEAR),
        "progress of a large union": lambda: progress.people(connection, UNION, year),
        "figures of a large union": lambda: figures.enrollments(connection, UNION, year),
        "page of a large batch": lambda: batches.people(connection, batch, page),
        "page of 参保信息查询 of a union": lambda: enrollments.page(connection, of_union, page),
        "the enrollments of one person": lambda: enrollments.page(connection, of_person, page),
        "the live lines of 500 people": lambda: locked.lines_of(connection, keys, []),
    }
    for label, read in reads.items():
        await meter.cost(label, read)


async def _remove(meter: Meter, way: str, year: int) -> None:
    connection = meter.connection
    if way == "partitions":
        await meter.once("remove the oldest year", lambda: connection.execute(f"DROP TABLE enrollments_{year}"))
        return
    await meter.once(
        "remove the oldest year", lambda: connection.execute("DELETE FROM enrollments WHERE year = $1", year)
    )
    await meter.once("vacuum", lambda: connection.execute("VACUUM enrollments"))


async def compare(admin_url: str, options: argparse.Namespace) -> None:
    for way in options.ways or WAYS:
        await measured(admin_url, way, options)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--union", type=int, default=20_000, help="members of the large union")
    parser.add_argument("--city", type=int, default=1_000_000, help="members of all unions")
    parser.add_argument("--years", type=int, default=4, help="years in which everybody is enrolled")
    parser.add_argument("--ways", nargs="+", choices=WAYS)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        with embedded_postgres(Path(folder)) as postgres:
            asyncio.run(compare(postgres.admin_url, options))


if __name__ == "__main__":
    main()
