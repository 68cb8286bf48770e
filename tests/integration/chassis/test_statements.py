"""Statements on a real PostgreSQL: a value of every column type is written and read back."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from sqlalchemy import BigInteger, Boolean, Date, Double, Integer, LargeBinary, Text
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import registry
from sqlalchemy.schema import CreateTable
from sqlmodel import SQLModel

from chassis.database.database import set_codecs
from chassis.sql import Connection, Copy, Statement, columns_of, rows_of, set_of
from chassis.tables import column, counter, key, moment


class Table(SQLModel, registry=registry()):
    pass


class SampleRow(Table, table=True):
    __tablename__ = "samples"

    sample_id: UUID = key()
    name: str = column(Text)
    small: int | None = column(Integer, optional=True)
    large: int = counter(BigInteger)
    ratio: float | None = column(Double, optional=True)
    open: bool | None = column(Boolean, optional=True)
    on_day: date | None = column(Date, optional=True)
    at: datetime | None = moment(optional=True)
    sealed: bytes | None = column(LargeBinary, optional=True)
    notes: Any = column(JSONB, optional=True)
    years: list[int] | None = column(ARRAY(Integer), optional=True)


@dataclass(frozen=True, slots=True)
class Sample:
    sample_id: UUID
    name: str
    small: int | None = None
    large: int = 0
    ratio: float | None = None
    open: bool | None = None
    on_day: date | None = None
    at: datetime | None = None
    sealed: bytes | None = None
    notes: Any = None


@dataclass(frozen=True, slots=True)
class WithYears:
    sample_id: UUID
    name: str
    years: list[int] | None = None


SAMPLE = columns_of(SampleRow, Sample)
WITH_YEARS = columns_of(SampleRow, WithYears)
INSERT = Statement(
    "INSERT INTO samples ({sample}) SELECT {sample} FROM {samples} AS s ON CONFLICT DO NOTHING RETURNING name",
    sample=SAMPLE,
    samples=rows_of(SAMPLE),
)
UPDATE = Statement(
    "UPDATE samples AS s SET {changes} FROM {samples} AS n WHERE s.sample_id = n.sample_id",
    changes=set_of(SAMPLE.without("sample_id"), "n"),
    samples=rows_of(SAMPLE),
)
READ = Statement("SELECT {s.sample}, 1 AS more FROM samples AS s ORDER BY name", sample=SAMPLE)
COPY = Copy(WITH_YEARS, "large")
READ_YEARS = Statement("SELECT {years} FROM samples WHERE large = :large ORDER BY name", years=WITH_YEARS)

FULL = Sample(
    uuid4(), "a:b'{c}", 1, 2**40, 0.5, True, date(2026, 1, 2), datetime(2026, 1, 2, 3, tzinfo=UTC), b"\0:x", {"k": [1]}
)
PEOPLE = [FULL, Sample(uuid4(), "b", notes=[{"list": "'"}]), Sample(uuid4(), "c", notes="text"), Sample(uuid4(), "d")]


@pytest.fixture
async def connection(database: str) -> AsyncIterator[Connection]:
    connection = await asyncpg.connect(database)
    await set_codecs(connection)
    await connection.execute(str(CreateTable(SampleRow.__table__).compile(dialect=postgresql.dialect())))
    yield connection
    await connection.close()


async def test_every_type_goes_there_and_back_with_nulls_quotes_and_colons(connection: Connection):
    added = await INSERT.fetch(connection, samples=PEOPLE)
    assert [row["name"] for row in added] == ["a:b'{c}", "b", "c", "d"]
    assert SAMPLE.records(await READ.fetch(connection)) == PEOPLE
    assert await INSERT.fetch(connection, samples=PEOPLE) == []


async def test_an_update_writes_all_columns_of_its_list(connection: Connection):
    await INSERT.execute(connection, samples=PEOPLE)
    changed = [replace(FULL, sample_id=one.sample_id, name=one.name) for one in PEOPLE]
    assert await UPDATE.execute(connection, samples=changed) == "UPDATE 4"
    assert SAMPLE.records(await READ.fetch(connection)) == changed


async def test_no_rows_are_no_rows(connection: Connection):
    assert await INSERT.execute(connection, samples=[]) == "INSERT 0 0"
    assert await UPDATE.execute(connection, samples=[]) == "UPDATE 0"
    assert await COPY.execute(connection, [], large=1) == "COPY 0"
    assert await READ.fetchrow(connection) is None


async def test_copy_takes_arrays_and_values_that_are_the_same_in_every_row(connection: Connection):
    some = [WithYears(uuid4(), "a", [2025, 2026]), WithYears(uuid4(), "b", []), WithYears(uuid4(), "c")]
    assert await COPY.execute(connection, some, large=7) == "COPY 3"
    assert WITH_YEARS.records(await READ_YEARS.fetch(connection, large=7)) == some


async def test_literals_and_casts_reach_the_server_as_they_stand(connection: Connection):
    literals = Statement(
        """SELECT 'it''s :x {y}' || ';' || E'\\':x' || $$:x$$ || to_char(:at::timestamptz AT TIME ZONE 'UTC', 'HH24:MI')
                  || coalesce(:none::text, ':') || (ARRAY['a', 'b', 'c'])[1:2]::text -- :x"""
    )
    found = await literals.fetchval(connection, at=FULL.at, none=None)
    assert found == "it's :x {y};':x:x03:00:{a,b}"


async def test_a_long_result_comes_in_batches(connection: Connection):
    numbers = Statement("SELECT n FROM generate_series(1, :last::int) AS n")
    async with connection.transaction():
        assert [len(rows) async for rows in numbers.batches(connection, last=1200)] == [500, 500, 200]
