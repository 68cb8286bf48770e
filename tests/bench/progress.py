"""Measures the statements of `GET /progress` for one union among many, on a PostgreSQL of its own.

.venv/bin/python tests/bench/progress.py --union 20000 --city 1000000 [--submitted 50] [--scattered] [--explain]

`GET /progress` returns how far a union's people are in the flow. Of the union's people in 待提交, some are enrolled in
the year, a few of them as members of another union. The program prints the median time of the runs, and the mean
processor time of the database's process. On a shared machine the processor time is more reliable. `--explain` prints
the query plan with its buffers; `--scattered` spreads the union's rows over the whole table.
"""

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import psutil

sys.path.insert(0, str(Path(__file__).parents[1]))

from chassis.schema import migrate
from enrollment_svc.store.overview import progress
from support.databases import fresh_database
from support.embedded import embedded_postgres

UNION = UUID(int=1)
YEAR = 2024
RUNS = 15

#: The union gets $1 of the $3 people: every $4th person, until it has $1 people. Every union except this one has 160
#: people.
CANDIDATES = """
    INSERT INTO candidates (member_id, union_id, unit_id, person_key, member_no, document_type, masked_name,
                            masked_number, sealed, name_key, has_service_card, channel, confirmed_years)
    SELECT gen_random_uuid(),
           CASE WHEN g % $4 = 0 AND g <= $1::int * $4::int THEN $2 ELSE md5((g / 160)::text)::uuid END, $2,
           encode(sha256(g::text::bytea), 'hex'), lpad(g::text, 9, '0'), 'resident_id', '王*明', '3101**********1230',
           decode(repeat('ab', 180), 'hex'), md5(g::text), false, 'social_security_card',
           CASE WHEN (hashint4(g) & 65535) % 20 = 7 THEN '{2024}'::int[] ELSE '{}'::int[] END
    FROM generate_series(1, $3::int) AS g"""
#: Of ten people, seven are ready, one has an unclear employment status, one has a sealed card and one is retired.
STATUSES = """
    INSERT INTO candidate_statuses (member_id, card_status, card_checked_at, employment_status, employment_checked_at)
    SELECT member_id, CASE n WHEN 8 THEN 'sealed' ELSE 'normal' END, now(),
           CASE n WHEN 7 THEN 'unclear' WHEN 9 THEN 'retired' ELSE 'employed' END, now()
    FROM (SELECT member_id, (hashint4(member_no::int) & 65535) % 10 AS n FROM candidates) AS people"""
#: Enrollments of this year and of last year, in lines of 500 people of one union. A few people are enrolled as members
#: of another union.
ENROLLMENTS = """
    INSERT INTO enrollments (line_id, member_id, year, person_key, member_no, document_type, masked_name,
                             masked_number, sealed, confirmed_by_hand, round, state)
    SELECT md5(union_id::text || y || (row_number() OVER (PARTITION BY union_id, y) / 500))::uuid,
           CASE WHEN n % 50 = 0 THEN gen_random_uuid() ELSE member_id END, y, person_key, member_no, document_type,
           masked_name, masked_number, sealed, false, 1, 'held'
    FROM (SELECT *, hashtext(member_no) & 65535 AS n FROM candidates JOIN candidate_statuses USING (member_id)
          WHERE card_status = 'normal' AND employment_status = 'employed') AS c,
         (VALUES (2023), (2024)) AS years(y)
    WHERE n % 100 < $1"""
LINES = """
    INSERT INTO lines (line_id, batch_no, union_id, unit_id, unit_name, year, channel, term, start_on, end_on,
                       rate_city_fen, rate_district_fen, rate_unit_fen, submitted_heads, heads, city_fen, district_fen,
                       unit_fen, chain, round, state, submitted_at, submitted_by, updated_at)
    SELECT e.line_id, e.line_id::text, min(c.union_id::text)::uuid, min(c.unit_id::text)::uuid, '单位', e.year,
           'social_security_card', 'full_year', '2024-05-11', '2024-12-31', 1300, 1300, 0, count(*), count(*),
           1300 * count(*), 1300 * count(*), 0, '[]', 1, 'in_review', now(), 'handler', now()
    FROM enrollments e JOIN candidates c ON c.member_id = e.member_id GROUP BY e.line_id, e.year"""


async def seeded(connection: "asyncpg.Connection[Any]", union: int, city: int, submitted: int, *, apart: bool) -> None:
    await connection.execute(CANDIDATES, union, UNION, city, city // union if apart else 1)
    await connection.execute(STATUSES)
    await connection.execute(ENROLLMENTS, submitted)
    await connection.execute(LINES)
    await connection.execute("VACUUM ANALYZE")


async def milliseconds(connection: "asyncpg.Connection[Any]", read: Any) -> str:
    """A text with the median time of the runs and the mean processor time of the database's process."""
    backend = psutil.Process(await connection.fetchval("SELECT pg_backend_pid()"))
    before, durations = backend.cpu_times(), []
    for _ in range(RUNS):
        started = time.perf_counter()
        await read(connection, UNION, YEAR)
        durations.append((time.perf_counter() - started) * 1000)
    after = backend.cpu_times()
    computed = (after.user + after.system - before.user - before.system) * 1000 / RUNS
    return f"median_ms={statistics.median(durations):.0f} cpu_ms={computed:.0f}"


async def measured(admin_url: str, options: argparse.Namespace) -> None:
    async with fresh_database(admin_url) as url:
        await migrate(url, ["chassis", "enrollment_svc"])
        connection = await asyncpg.connect(url)
        try:
            await seeded(connection, options.union, options.city, options.submitted, apart=options.scattered)
            for read in (progress.people, progress.lines):
                figures = await milliseconds(connection, read)
                print(f"progress: union={options.union} city={options.city} {read.__name__} {figures}")
            print(await progress.people(connection, UNION, YEAR))
            if options.explain:
                await _explain(connection)
        finally:
            await connection.close()


async def _explain(connection: "asyncpg.Connection[Any]") -> None:
    for row in await connection.fetch(f"EXPLAIN (ANALYZE, BUFFERS) {progress.PEOPLE.text}", UNION, YEAR):
        print(row[0])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--union", type=int, default=20_000)
    parser.add_argument("--city", type=int, default=1_000_000)
    parser.add_argument("--submitted", type=int, default=50, help="percent of the ready people")
    parser.add_argument("--scattered", action="store_true")
    parser.add_argument("--explain", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        with embedded_postgres(Path(folder), disposable=True) as postgres:
            asyncio.run(measured(postgres.admin_url, options))


if __name__ == "__main__":
    main()
