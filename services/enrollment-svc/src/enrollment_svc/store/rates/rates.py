"""The stored plans and rates (A60)."""

from collections.abc import Sequence
from datetime import datetime
from operator import attrgetter
from uuid import UUID

from asyncpg import Record

from chassis.sql import Connection, Statement, columns_of, rows_of, set_of
from contracts.words import Term
from enrollment_svc.domain.rates.money import Money
from enrollment_svc.domain.rates.rates import PlanRates, Rate
from enrollment_svc.tables import RateRow

CITY = "city"
SHARES = ("city_fen", "district_fen", "unit_fen")
RATE = columns_of(RateRow)
#: The fields of Rate that are named like their columns. `money` is stored in three columns, and `locked_at` in the
#: column `sealed_at`.
PLAIN = RATE.without(*SHARES, "sealed_at")
WRITTEN = RATE.without("sealed_at")
written_values = attrgetter(*(f"money.{name}" if name in SHARES else name for name in WRITTEN.types))

OF_PLAN = Statement(
    """SELECT {r.rate}, EXISTS (SELECT FROM rate_uses AS u
                                WHERE u.year = :year AND u.plan = :plan AND u.union_id = :district_id::uuid) AS used
       FROM rates AS r WHERE r.year = :year AND r.plan = :plan AND r.scope IN ('city', :district_id::uuid::text)""",
    rate=RATE,
)
ABOVE = Statement(
    """SELECT {r.rate} FROM rates AS r
       WHERE (:year::int IS NULL OR r.year = :year) AND (:plan::text IS NULL OR r.plan = :plan)
             AND r.scope IN (SELECT 'city' UNION ALL
                             SELECT unnest(path)::text FROM scope_nodes WHERE node_id = :union_id)
       ORDER BY r.year DESC, r.plan, r.term, r.scope""",
    rate=RATE,
)
OF_CITY = Statement(
    """SELECT {r.rate} FROM rates AS r WHERE r.scope = 'city' AND (:year::int IS NULL OR r.year = :year)
       ORDER BY r.year DESC, r.plan, r.term""",
    rate=RATE,
)
LOCK_PLAN_EXCLUSIVE = Statement("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))")
LOCK_PLAN_SHARED = Statement("SELECT pg_advisory_xact_lock_shared(hashtextextended(:key, 0))")
PUT = Statement(
    """INSERT INTO rates ({rate}) SELECT {rate} FROM {rates} AS n
       ON CONFLICT (year, plan, term, scope) DO UPDATE SET {changes}""",
    rate=WRITTEN,
    rates=rows_of(WRITTEN),
    changes=set_of(WRITTEN.without("year", "plan", "term", "scope"), "excluded"),
)
REFIT = Statement(
    """UPDATE rates AS r SET city_fen = :city_fen, district_fen = :district_fen, unit_fen = :unit_fen,
              second_level_fen = 0, plan_name = :plan_name, version = version + 1, set_at = :set_at
       WHERE year = :year AND plan = :plan AND term = :term AND scope <> 'city'
             AND (city_fen <> :city_fen
                  OR city_fen + district_fen + unit_fen <> :city_fen + :district_fen + :unit_fen)
       RETURNING {r.rate}""",
    rate=RATE,
)
LOCK_RATES = Statement(
    """WITH used AS (INSERT INTO rate_uses (year, plan, union_id, first_at)
                     VALUES (:year, :plan, :district_id::uuid, :at) ON CONFLICT (year, plan, union_id) DO NOTHING)
       UPDATE rates SET sealed_at = :at
       WHERE year = :year AND plan = :plan AND sealed_at IS NULL
             AND ((scope = 'city' AND term = ANY (:terms)) OR scope = :district_id::uuid::text)"""
)


async def of_plan(connection: Connection, year: int, plan: str, district_id: UUID) -> PlanRates:
    """A plan's rates for a district. `used` is True if a union of the district has already submitted people with this
    plan.
    """
    rows = await OF_PLAN.fetch(connection, year=year, plan=plan, district_id=district_id)
    return plan_rates([rate_of(row) for row in rows], used=bool(rows) and rows[0]["used"])


def plan_rates(rates: Sequence[Rate], *, used: bool = False) -> PlanRates:
    """The rates of one plan and year, divided into those of the city and those of the district."""
    return PlanRates(
        {rate.term: rate for rate in rates if rate.scope == CITY},
        {rate.term: rate for rate in rates if rate.scope != CITY},
        used,
    )


async def above(connection: Connection, union_id: UUID, year: int | None, plan: str | None = None) -> list[Rate]:
    """The city's rates, and the splits of the union's district. If the union is a district: its own splits."""
    rows = await ABOVE.fetch(connection, union_id=union_id, year=year, plan=plan)
    return [rate_of(row) for row in rows]


async def of_city(connection: Connection, year: int | None) -> list[Rate]:
    """The city's rates of one year. `year` None = of all years."""
    return [rate_of(row) for row in await OF_CITY.fetch(connection, year=year)]


async def lock_plan(connection: Connection, year: int, plan: str, *, exclusive: bool) -> None:
    """Acquire the database lock of a plan and year: `exclusive` to set rates, shared to use them in a submission."""
    await (LOCK_PLAN_EXCLUSIVE if exclusive else LOCK_PLAN_SHARED).execute(connection, key=f"rates {year} {plan}")


async def put(connection: Connection, rates: Sequence[Rate]) -> None:
    """Write rates. Call `lock_plan` first."""
    await PUT.execute(connection, rates=list(map(written_values, rates)))


async def refit(connection: Connection, city: Rate) -> list[Rate]:
    """Give the city's split to each district whose own split no longer fits the city's fee and share.

    Returns the new splits of these districts.
    """
    return [rate_of(row) for row in await REFIT.fetch(connection, city, city.money)]


async def lock_rates(
    connection: Connection, year: int, plan: str, terms: Sequence[Term], district_id: UUID, at: datetime
) -> None:
    """Mark the city's rates of these terms and the district's splits as locked. Call `lock_plan` first.

    From their first use in a submission on, nobody can change them.
    """
    await LOCK_RATES.execute(connection, year=year, plan=plan, terms=list(terms), district_id=district_id, at=at)


def rate_of(row: Record) -> Rate:
    plain = {name: row[name] for name in PLAIN.types} | {"term": Term(row["term"])}
    money = Money(*(row[share] for share in SHARES))
    return Rate(**plain, money=money, locked_at=row["sealed_at"])
