"""Plans and rates of record (A60)."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from contracts.words import Term
from enrollment_svc.domain.money import Money

if TYPE_CHECKING:
    import asyncpg

    Connection = asyncpg.Connection[Any]

_TERMS = {word.value: word for word in Term}


@dataclass(frozen=True, slots=True)
class Rate:
    """One person's fee. `sealed_at`: since when a submission has been priced with it."""

    year: int
    plan: str
    plan_name: str
    term: Term
    money: Money
    enabled: bool
    sample: bool
    version: int
    set_at: datetime
    sealed_at: datetime | None


_COLUMNS = (
    """year, plan, plan_name, term, city_fen, district_fen, unit_fen, enabled, sample, version, set_at, sealed_at"""
)


async def find(connection: "Connection", year: int, plan: str, term: Term) -> Rate | None:
    """The city's rate of a year, plan and term."""
    row = await connection.fetchrow(
        f"SELECT {_COLUMNS} FROM rates WHERE year = $1 AND plan = $2 AND term = $3 AND scope = 'city'",  # noqa: S608
        year,
        plan,
        term,
    )
    return _rate(row) if row else None


async def of_year(connection: "Connection", year: int | None) -> list[Rate]:
    """The city's rates, of one year or all."""
    rows = await connection.fetch(
        f"""SELECT {_COLUMNS} FROM rates WHERE scope = 'city' AND ($1::int IS NULL OR year = $1)
            ORDER BY year DESC, plan, term""",  # noqa: S608
        year,
    )
    return [_rate(row) for row in rows]


async def lock(connection: "Connection", year: int, plan: str, term: Term) -> Rate | None:
    """The rate as it stands, held against a submission that seals it meanwhile."""
    row = await connection.fetchrow(
        f"""SELECT {_COLUMNS} FROM rates WHERE year = $1 AND plan = $2 AND term = $3 AND scope = 'city'
            FOR UPDATE""",  # noqa: S608
        year,
        plan,
        term,
    )
    return _rate(row) if row else None


async def put(connection: "Connection", rate: Rate) -> None:
    """Write the city's rate."""
    await connection.execute(
        """INSERT INTO rates (year, plan, term, scope, plan_name, city_fen, district_fen, unit_fen,
                              enabled, sample, version, set_at)
           VALUES ($1, $2, $3, 'city', $4, $5, $6, $7, $8, $9, $10, $11)
           ON CONFLICT (year, plan, term, scope) DO UPDATE
           SET plan_name = excluded.plan_name, city_fen = excluded.city_fen, district_fen = excluded.district_fen,
               unit_fen = excluded.unit_fen, enabled = excluded.enabled, sample = excluded.sample,
               version = excluded.version, set_at = excluded.set_at""",
        rate.year,
        rate.plan,
        rate.term,
        rate.plan_name,
        rate.money.city_fen,
        rate.money.district_fen,
        rate.money.unit_fen,
        rate.enabled,
        rate.sample,
        rate.version,
        rate.set_at,
    )


async def seal(connection: "Connection", year: int, plan: str, term: Term, sealed_at: datetime) -> Rate | None:
    """Seal by first use, then read: whoever was changing it has committed by then. Later uses take no lock."""
    await connection.execute(
        """UPDATE rates SET sealed_at = $4
           WHERE year = $1 AND plan = $2 AND term = $3 AND scope = 'city' AND enabled AND sealed_at IS NULL""",
        year,
        plan,
        term,
        sealed_at,
    )
    return await find(connection, year, plan, term)


def _rate(row: "asyncpg.Record") -> Rate:
    return Rate(
        year=row["year"],
        plan=row["plan"],
        plan_name=row["plan_name"],
        term=_TERMS[row["term"]],
        money=Money(row["city_fen"], row["district_fen"], row["unit_fen"]),
        enabled=row["enabled"],
        sample=row["sample"],
        version=row["version"],
        set_at=row["set_at"],
        sealed_at=row["sealed_at"],
    )
