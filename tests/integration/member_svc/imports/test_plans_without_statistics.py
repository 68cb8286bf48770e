"""A table that an import has just filled has no statistics, but the statements of imports use its indexes all the
same."""

from typing import Any
from uuid import UUID

import asyncpg
import pytest

from chassis.sql import Statement
from chassis.testing import Bench
from chassis.web import PageRequest
from member_svc.store import import_parts, import_rows, members, staged_people, stories, unit_moves

IMPORT, UNION = UUID(int=1), UUID(int=2)
PEOPLE, UNITS = 20_000, 40
KEYS = [f"{n:032}" for n in range(500)]
#: The unit with the id u has the people whose member number modulo UNITS is u.
UNIT = UUID(int=1)
MEMBERS = """
    INSERT INTO members (member_id, member_no, union_id, unit_id, person_key, document_type, masked_name, masked_number,
                         name_key, sealed, created_at, changed_at)
    SELECT gen_random_uuid(), lpad(n::text, 12, '0'), $1, lpad(to_hex(n % $2), 32, '0')::uuid, lpad(n::text, 32, '0'),
           'resident_id', '张*', '3101**********1230', md5(n::text), decode(repeat('ab', 120), 'hex'), now(), now()
    FROM generate_series(0, $3::int - 1) AS n"""
ROWS = """
    INSERT INTO import_rows (import_id, row_no, outcome, warned, masked_name, masked_number)
    SELECT $1, n, 'created', false, '张*', '3101**********1230' FROM generate_series(0, $2::int - 1) AS n"""
STAGED = """
    INSERT INTO import_people
    SELECT $1, unit_id, max(n), array_agg(n ORDER BY n), array_agg('created'::text), array_agg(person_key ORDER BY n),
           array_agg(member_id ORDER BY n), array_agg(document_type), array_agg(name_key ORDER BY n),
           array_agg(mobile_key), array_agg(card_key), array_agg(sealed), array_agg(card_sealed), array_agg(tag),
           array_agg(joined_on), array_agg(name_written_key)
    FROM (SELECT *, member_no::int AS n FROM members) AS m GROUP BY unit_id, n / 1000"""
PORTIONS = """
    INSERT INTO import_row_portions
    SELECT import_id, unit_id, last_row, row_no, outcome, array_fill('*'::text, ARRAY[cardinality(row_no)]),
           array_fill('*'::text, ARRAY[cardinality(row_no)]), person_key::uuid[]
    FROM import_people"""
#: Imports of the union, among them the import `IMPORT`. A few of them are not applied yet.
IMPORTS = """
    INSERT INTO imports (import_id, union_id, unit_id, state, check_on_import, created_by, inflated_bytes, created_at)
    SELECT lpad(n::text, 32, '0')::uuid, $1, $1, CASE WHEN n % 100 = 0 THEN 'checked' ELSE 'applied' END, true, 'a', 1,
           now()
    FROM generate_series(1, 2000) AS n"""
TABLES = ("members", "imports", "import_rows", "import_row_portions", "import_people")

CREATED = {"import_id": IMPORT, "outcome": "created", "warned": None, "code": None}

STATEMENTS: list[tuple[Statement, dict[str, Any]]] = [
    (members.MEMBERSHIPS_OF, {"person_keys": KEYS}),
    (members.LOCK_PEOPLE, {"unit_id": UNIT, "person_keys": KEYS}),
    (members.UNITS_WITH_MEMBERS, {"unit_ids": [UUID(int=n) for n in range(100)]}),
    (import_parts.NEW_PEOPLE, {"import_id": IMPORT}),
    (import_parts.CHANGED_PEOPLE, {"import_id": IMPORT}),
    (staged_people.PEOPLE, {"import_id": IMPORT, "unit_id": UNIT, "first": 1, "last": PEOPLE}),
    (import_rows.COUNT, CREATED),
    (import_rows.PAGE, CREATED | {"order": PageRequest(), "limit": 20, "offset": 100}),
    (import_rows.SET_OUTCOME_IN_PORTIONS, {"import_id": IMPORT, "outcome": "updated", "row_nos": list(range(500))}),
    (stories.ROWS, {"number_keys": KEYS[:2], "person_keys": KEYS[:16], "scope_id": None}),
    (import_rows.SET_OUTCOME, {"import_id": IMPORT, "outcome": "updated", "row_nos": list(range(500))}),
    (unit_moves.NEXT_MEMBERS, {"union_id": UNION, "unit_id": UNIT, "told_up_to": "", "limit": 500}),
]


@pytest.fixture
async def filled(bench: Bench, database: str) -> Bench:
    owner = await asyncpg.connect(database)
    for table in TABLES:
        await owner.execute(f"ALTER TABLE {table} SET (autovacuum_enabled = off)")
    await owner.execute(MEMBERS, UNION, UNITS, PEOPLE)
    await owner.execute(ROWS, IMPORT, PEOPLE)
    await owner.execute(STAGED, IMPORT)
    await owner.execute(PORTIONS)
    await owner.execute(IMPORTS, UNION)
    await owner.close()
    return bench


async def test_no_statement_of_an_import_reads_a_whole_table(filled: Bench):
    async with filled.database.read() as connection:
        analyzed = "SELECT count(*) FROM pg_class WHERE relname = ANY($1) AND reltuples >= 0"
        assert await connection.fetchval(analyzed, TABLES) == 0
        plans = []
        for statement, values in STATEMENTS:
            text, arguments = statement.bind(**values)
            lines = [line for [line] in await connection.fetch(f"EXPLAIN {text}", *arguments)]
            plans.append((str(statement), [line.strip() for line in lines if "Seq Scan on" in line]))
    assert {text: found for text, found in plans if found} == {}
