"""The municipal union sets plans and rates; a district closes plans and splits rates (F040, F041, A60)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from chassis.database import UnitOfWork
from chassis.domain import StaleVersion
from chassis.messaging import references
from contracts.enrollments import RateSet
from contracts.fields import Shares
from contracts.words import Term
from enrollment_svc.domain.rates.money import Money
from enrollment_svc.domain.rates.rates import PlanRates, Rate, check_split
from enrollment_svc.domain.refusals import RateLocked, RateMissing
from enrollment_svc.store.rates import rates
from enrollment_svc.store.rates.rates import CITY

#: Stands for no district: a query finds the city's rates only.
NOBODY = UUID(int=0)


@dataclass(frozen=True, slots=True)
class NewRate:
    """A new rate of the city. `version`: the version that the caller saw; None = any."""

    year: int
    plan: str
    plan_name: str
    term: Term
    money: Money
    enabled: bool
    sample: bool
    version: int | None
    second_level_fen: int = 0
    half_year_from: str | None = None


@dataclass(frozen=True, slots=True)
class NewSplit:
    """A district's new split of the fee. The fee and the city share in `money` must be those of the city's rate."""

    year: int
    plan: str
    term: Term
    district_id: UUID
    money: Money
    second_level_fen: int
    version: int | None


async def set_rate(new: NewRate, work: UnitOfWork) -> tuple[Rate, list[RateSet]]:
    """Set a city rate that no submission has used. Setting the same values again changes nothing.

    A district's split that no longer fits is replaced by the city's. Raises RateLocked after the first use and for a
    past year, StaleVersion if the rate has changed since the caller read it.
    """
    await rates.lock_plan(work.connection, new.year, new.plan, alone=True)
    held = (await rates.of_plan(work.connection, new.year, new.plan, NOBODY)).city.get(new.term)
    _same_version(held, new.version)
    rate = Rate(
        new.year,
        new.plan,
        new.plan_name,
        new.term,
        CITY,
        new.money,
        new.second_level_fen,
        new.half_year_from,
        new.enabled,
        new.sample,
        held.version + 1 if held else 1,
        work.now,
    )
    if held and _same(rate, held):
        return held, []
    _not_sealed(rate, held, work)
    await rates.put(work.connection, [rate])
    return rate, await _tell([rate, *await rates.refit(work.connection, rate)], work)


async def set_split(new: NewSplit, work: UnitOfWork) -> tuple[Rate, list[RateSet]]:
    """Set a district's own split. This is allowed until its first submission of the year and plan.

    Raises RateMissing, SplitWrong, RateLocked, StaleVersion.
    """
    await rates.lock_plan(work.connection, new.year, new.plan, alone=True)
    found = await rates.of_plan(work.connection, new.year, new.plan, new.district_id)
    city, held = _city(found, new.year, new.plan, new.term), found.own.get(new.term)
    _same_version(held, new.version)
    check_split(city.money, new.money, new.second_level_fen)
    split = _own(city, new.district_id, held, work)
    split = replace(split, money=new.money, second_level_fen=new.second_level_fen)
    if held and _same(split, held):
        return held, []
    _not_used(found, split, work)
    await rates.put(work.connection, [split])
    return split, await _tell([split], work)


async def open_plan(
    year: int, plan: str, district_id: UUID | None, enabled: bool, work: UnitOfWork
) -> tuple[PlanRates, list[RateSet]]:
    """Open or close a plan, below one district or (`district_id` None) in the whole city (F040).

    Raises RateMissing for a plan without rates, RateLocked for a plan that is in use or of a past year.
    """
    await rates.lock_plan(work.connection, year, plan, alone=True)
    found = await rates.of_plan(work.connection, year, plan, district_id or NOBODY)
    if not found.city:
        raise RateMissing(year=year, plan=plan)
    if district_id is None:
        changed = [_reopened(rate, enabled, work) for rate in found.city.values() if rate.enabled is not enabled]
        for rate in changed:
            _not_sealed(rate, found.city[rate.term], work)
    else:
        own = [_own(city, district_id, found.own.get(city.term), work) for city in found.city.values()]
        changed = [replace(rate, enabled=enabled) for rate in own if found.open is not enabled]
        for rate in changed:
            _not_used(found, rate, work)
    await rates.put(work.connection, changed)
    told_of = await _tell(changed, work)
    return await rates.of_plan(work.connection, year, plan, district_id or NOBODY), told_of


async def seal(
    found: PlanRates, year: int, plan: str, terms: Sequence[Term], district_id: UUID, work: UnitOfWork
) -> bool:
    """Lock the prices, because a submission uses them. False: they were locked before, and `found` is current.

    True: a concurrent change may have been committed before this lock, so the caller reads the rates again.
    """
    if all(found.settled(term) for term in terms):
        return False
    await rates.lock_plan(work.connection, year, plan, alone=False)
    await rates.seal(work.connection, year, plan, terms, district_id, work.now)
    return True


def by_plan(found: Sequence[Rate]) -> dict[tuple[int, str], PlanRates]:
    """Rates grouped by year and plan, in their order."""
    together: dict[tuple[int, str], list[Rate]] = {}
    for rate in found:
        together.setdefault((rate.year, rate.plan), []).append(rate)
    return {key: rates.plan_rates(of_plan) for key, of_plan in together.items()}


def told(rate: Rate) -> RateSet:
    return RateSet(
        year=rate.year,
        plan=rate.plan,
        plan_name=rate.plan_name,
        term=rate.term,
        scope_union_id=None if rate.scope == CITY else UUID(rate.scope),
        shares=shares(rate.money),
        second_level_fen=rate.second_level_fen,
        enabled=rate.enabled,
        sample=rate.sample,
        version=rate.version,
        set_at=rate.set_at,
    )


def shares(money: Money) -> Shares:
    return Shares.of(city=money.city_fen, district=money.district_fen, unit=money.unit_fen)


def money(shares: Shares) -> Money:
    return Money(shares.city_fen, shares.district_fen, shares.unit_fen)


async def _tell(changed: Sequence[Rate], work: UnitOfWork) -> list[RateSet]:
    events = [told(rate) for rate in changed]
    if events:
        await references.put_many(work.connection, events)
    return events


def _city(found: PlanRates, year: int, plan: str, term: Term) -> Rate:
    if term not in found.city:
        raise RateMissing(year=year, plan=plan, term=term.value)
    return found.city[term]


def _own(city: Rate, district_id: UUID, held: Rate | None, work: UnitOfWork) -> Rate:
    """The next version of the district's row; if the district has none, a copy of the city's rate."""
    own = held or replace(city, scope=str(district_id), half_year_from=None, version=0, sealed_at=None, enabled=True)
    return replace(own, version=own.version + 1, set_at=work.now)


def _reopened(rate: Rate, enabled: bool, work: UnitOfWork) -> Rate:
    return replace(rate, enabled=enabled, version=rate.version + 1, set_at=work.now)


def _same(new: Rate, held: Rate) -> bool:
    return replace(new, version=held.version, set_at=held.set_at, sealed_at=held.sealed_at) == held


def _same_version(held: Rate | None, seen: int | None) -> None:
    if held and seen not in (None, held.version):
        raise StaleVersion(version=held.version)


def _not_sealed(rate: Rate, held: Rate | None, work: UnitOfWork) -> None:
    if rate.year < work.now.year or (held and held.sealed_at):
        raise RateLocked(year=rate.year, plan=rate.plan, term=rate.term.value)


def _not_used(found: PlanRates, split: Rate, work: UnitOfWork) -> None:
    if split.year < work.now.year or found.used:
        raise RateLocked(year=split.year, plan=split.plan, term=split.term.value)
