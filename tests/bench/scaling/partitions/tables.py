"""Defines the three ways to store the table `enrollments`, and the rows of the city with which they are compared."""

from typing import Any
from uuid import UUID

import asyncpg

UNION, CITY_UNION_SIZE, LINE_SIZE = UUID(int=1), 160, 500

#: Name of the way → the statements that change the tables after the migration. Instead of `{years}`, one CREATE
#: statement is executed for each year's partition.
WAYS: dict[str, tuple[str, ...]] = {
    "as today": (),
    "key by year": (
        "DROP INDEX enrollments_city_key",
        "CREATE UNIQUE INDEX enrollments_city_key ON enrollments (year, person_key) WHERE state = 'held'",
    ),
    "partitions": (
        "ALTER TABLE enrollments RENAME TO before",
        "CREATE TABLE enrollments (LIKE before INCLUDING DEFAULTS) PARTITION BY LIST (year)",
        "DROP TABLE before",
        "ALTER TABLE enrollments ADD PRIMARY KEY (line_id, member_id, year)",
        "CREATE UNIQUE INDEX enrollments_city_key ON enrollments (person_key, year) WHERE state = 'held'",
        "CREATE INDEX enrollments_gone_back ON enrollments (person_key) WHERE state <> 'held'",
        "{years}",
        "CREATE TABLE enrollments_of_other_years PARTITION OF enrollments DEFAULT",
    ),
}
PARTITION = "CREATE TABLE enrollments_{0} PARTITION OF enrollments FOR VALUES IN ({0})"

#: The union UNION gets the first $1 of the $2 people. Every union except UNION has CITY_UNION_SIZE people.
CANDIDATES = f"""
    INSERT INTO candidates (member_id, union_id, unit_id, person_key, member_no, document_type, masked_name,
                            masked_number, sealed, name_key, has_service_card, channel, confirmed_years)
    SELECT uuidv7(), CASE WHEN g <= $1 THEN '{UNION}' ELSE md5((g / {CITY_UNION_SIZE})::text)::uuid END, '{UNION}',
           encode(sha256(g::text::bytea), 'hex'), lpad(g::text, 9, '0'), 'resident_id', '王*明', '3101**********1230',
           decode(repeat('ab', 120), 'hex'), md5(g::text), false, 'social_security_card', '{{}}'
    FROM generate_series(1, $2::int) AS g"""
STATUSES = """
    INSERT INTO candidate_statuses (member_id, card_status, card_checked_at, employment_status, employment_checked_at)
    SELECT member_id, 'normal', now(), 'employed', now() FROM candidates"""
#: The table `places` says in which line of a year each person is. A line has people of one union, at most LINE_SIZE.
PLACES = f"""
    CREATE TABLE places AS
    SELECT member_id, union_id, (row_number() OVER (PARTITION BY union_id ORDER BY member_no) - 1) / {LINE_SIZE} AS part
    FROM candidates"""
LINE_ID = "md5(p.union_id::text || '/' || p.part || '/' || $1::int)::uuid"
#: One person in fifty was returned by a reviewer. The rows are inserted line by line, as submissions insert them.
YEAR = f"""
    INSERT INTO enrollments (line_id, member_id, year, person_key, member_no, document_type, masked_name,
                             masked_number, sealed, confirmed_by_hand, round, state)
    SELECT {LINE_ID}, c.member_id, $1::int, c.person_key, c.member_no, c.document_type, c.masked_name,
           c.masked_number, c.sealed, false, 1, CASE WHEN c.member_no::int % 50 = 0 THEN 'returned' ELSE 'held' END
    FROM places AS p JOIN candidates AS c ON c.member_id = p.member_id ORDER BY 1"""
LINES = f"""
    INSERT INTO lines (line_id, batch_no, union_id, unit_id, unit_name, year, channel, term, start_on, end_on,
                       rate_city_fen, rate_district_fen, rate_unit_fen, submitted_heads, heads, city_fen, district_fen,
                       unit_fen, chain, round, state, submitted_at, submitted_by, updated_at)
    SELECT {LINE_ID}, $1::int || '/' || p.union_id, p.union_id, gen_random_uuid(), '单位', $1, 'social_security_card',
           'full_year', '2024-05-11', '2024-12-31', 1300, 1300, 0, count(*), count(*), 1300 * count(*),
           1300 * count(*), 0, '[]', 1, 'in_review', make_date($1::int, 1, 10), 'handler', now()
    FROM places AS p GROUP BY p.union_id, p.part"""
BATCHES = """
    INSERT INTO batches (batch_no, union_id, union_name, year, plan, plan_name, enrollment_type, numbered_on,
                         submitted_at)
    SELECT DISTINCT batch_no, union_id, '工会', year, 'A', 'A', 'concentrated', submitted_at::date, submitted_at
    FROM lines WHERE year = $1"""


async def change(connection: "asyncpg.Connection[Any]", way: str, years: list[int]) -> None:
    """Change the tables so that they store enrollments in the way named `way`.

    `years`: the protection years. If the way uses partitions, each year gets one.
    """
    for statement in WAYS[way]:
        texts = [PARTITION.format(year) for year in years] if statement == "{years}" else [statement]
        for text in texts:
            await connection.execute(text)


async def fill(connection: "asyncpg.Connection[Any]", union: int, city: int, years: list[int]) -> None:
    """Enroll everybody in each year except the last. The measurements themselves enroll people in the last year."""
    await connection.execute(CANDIDATES, union, city)
    await connection.execute(STATUSES)
    await connection.execute(PLACES)
    for year in years[:-1]:
        await connection.execute(YEAR, year)
        await connection.execute(LINES, year)
        await connection.execute(BATCHES, year)
    await connection.execute("VACUUM ANALYZE")
    await connection.execute("CHECKPOINT")
