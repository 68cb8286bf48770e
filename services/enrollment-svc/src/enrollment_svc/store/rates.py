"""Plans and rates of record (A60)."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from chassis.sql import Connection
from contracts.words import Term
from enrollment_svc.domain.money import Money
from enrollment_svc.domain.rates import PlanRates, Rate

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    import asyncpg

CITY = "city"
_TERMS = {word.value: word for word in Term}
_COLUMNS = """r.year, r.plan, r.plan_name, r.term, r.scope, r.city_fen, r.district_fen, r.unit_fen, r.second_level_fen,
              r.half_year_from, r.enabled, r.sample, r.version, r.set_at, r.sealed_at"""


async def of_plan(connection: Connection, year: int, plan: str, district_id: UUID) -> PlanRates:
    """What a district pays for a plan, and whether it has submitted it already."""
    rows = await connection.fetch(
        f"""SELECT {_COLUMNS}, EXISTS (SELECT FROM rate_uses u
                                       WHERE u.year = $1 AND u.plan = $2 AND u.union_id = $3::uuid) AS used
            FROM rates r WHERE r.year = $1 AND r.plan = $2 AND r.scope IN ('city', $3::uuid::text)""",  # noqa: S608
        year,
        plan,
        district_id,
    )
    return plan_rates([rate_of(row) for row in rows], used=bool(rows) and rows[0]["used"])


def plan_rates(rates: "Sequence[Rate]", *, used: bool = False) -> PlanRates:
    """The rates of one plan and year, put in order."""
    return PlanRates(
        {rate.term: rate for rate in rates if rate.scope == CITY},
        {rate.term: rate for rate in rates if rate.scope != CITY},
        used,
    )


async def above(connection: Connection, union_id: UUID, year: int | None, plan: str | None = None) -> list[Rate]:
    """The city's rates and the splits of the districts that the union stands under or is."""
    rows = await connection.fetch(
        f"""SELECT {_COLUMNS} FROM rates r
            WHERE ($2::int IS NULL OR r.year = $2) AND ($3::text IS NULL OR r.plan = $3)
                  AND r.scope IN (SELECT 'city' UNION ALL
                                  SELECT unnest(path)::text FROM scope_nodes WHERE node_id = $1)
            ORDER BY r.year DESC, r.plan, r.term, r.scope""",  # noqa: S608
        union_id,
        year,
        plan,
    )
    return [rate_of(row) for row in rows]


async def find(connection: Connection, year: int, plan: str, term: Term, union_id: UUID) -> Rate | None:
    """The rate that a union pays; None where the plan cannot be chosen."""
    return plan_rates(await above(connection, union_id, year, plan)).find(term)


async def of_city(connection: Connection, year: int | None) -> list[Rate]:
    """The city's rates, of one year or all."""
    rows = await connection.fetch(
        f"""SELECT {_COLUMNS} FROM rates r WHERE r.scope = 'city' AND ($1::int IS NULL OR r.year = $1)
            ORDER BY r.year DESC, r.plan, r.term""",  # noqa: S608
        year,
    )
    return [rate_of(row) for row in rows]


async def lock_plan(connection: Connection, year: int, plan: str, *, alone: bool) -> None:
    """Hold a plan's rates of a year. Who sets them is alone; those who seal them by a first use hold them together."""
    lock = "pg_advisory_xact_lock" if alone else "pg_advisory_xact_lock_shared"
    await connection.execute(f"SELECT {lock}(hashtextextended($1, 0))", f"rates {year} {plan}")


async def put(connection: Connection, rates: "Sequence[Rate]") -> None:
    """Write rates. Called under `lock_plan`."""
    await connection.executemany(
        """INSERT INTO rates (year, plan, term, scope, plan_name, city_fen, district_fen, unit_fen, second_level_fen,
                              half_year_from, enabled, sample, version, set_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
           ON CONFLICT (year, plan, term, scope) DO UPDATE
           SET plan_name = excluded.plan_name, city_fen = excluded.city_fen, district_fen = excluded.district_fen,
               unit_fen = excluded.unit_fen, second_level_fen = excluded.second_level_fen,
               half_year_from = excluded.half_year_from, enabled = excluded.enabled, sample = excluded.sample,
               version = excluded.version, set_at = excluded.set_at""",
        [_values(rate) for rate in rates],
    )


async def refit(connection: Connection, city: Rate) -> list[Rate]:
    """Districts' splits that no longer fit the city's fee fall back to the city's split; returns these."""
    rows = await connection.fetch(
        f"""UPDATE rates r SET city_fen = $4, district_fen = $5, unit_fen = $6, second_level_fen = 0, plan_name = $7,
                               version = version + 1, set_at = $8
            WHERE year = $1 AND plan = $2 AND term = $3 AND scope <> 'city'
                  AND (city_fen <> $4 OR city_fen + district_fen + unit_fen <> $4 + $5 + $6)
            RETURNING {_COLUMNS}""",  # noqa: S608
        city.year,
        city.plan,
        city.term,
        city.money.city_fen,
        city.money.district_fen,
        city.money.unit_fen,
        city.plan_name,
        city.set_at,
    )
    return [rate_of(row) for row in rows]


async def seal(
    connection: Connection, year: int, plan: str, terms: "Sequence[Term]", district_id: UUID, at: "datetime"
) -> None:
    """First use: the city's rate and the district's split are settled from now on. Called under `lock_plan`."""
    await connection.execute(
        """WITH used AS (INSERT INTO rate_uses (year, plan, union_id, first_at) VALUES ($1, $2, $4::uuid, $5)
                         ON CONFLICT (year, plan, union_id) DO NOTHING)
           UPDATE rates SET sealed_at = $5
           WHERE year = $1 AND plan = $2 AND sealed_at IS NULL
                 AND ((scope = 'city' AND term = ANY ($3)) OR scope = $4::uuid::text)""",
        year,
        plan,
        list(terms),
        district_id,
        at,
    )


def rate_of(row: "asyncpg.Record") -> Rate:
    return Rate(
        year=row["year"],
        plan=row["plan"],
        plan_name=row["plan_name"],
        term=_TERMS[row["term"]],
        scope=row["scope"],
        money=Money(row["city_fen"], row["district_fen"], row["unit_fen"]),
        second_level_fen=row["second_level_fen"],
        half_year_from=row["half_year_from"],
        enabled=row["enabled"],
        sample=row["sample"],
        version=row["version"],
        set_at=row["set_at"],
        sealed_at=row["sealed_at"],
    )


def _values(rate: Rate) -> tuple[Any, ...]:
    return (
        rate.year,
        rate.plan,
        rate.term,
        rate.scope,
        rate.plan_name,
        rate.money.city_fen,
        rate.money.district_fen,
        rate.money.unit_fen,
        rate.second_level_fen,
        rate.half_year_from,
        rate.enabled,
        rate.sample,
        rate.version,
        rate.set_at,
    )
