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

#: Passed instead of the id of a district, so that a query finds only the city's rates.
NO_DISTRICT = UUID(int=0)


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

    A district's split must have the fee and the city share of the city's rate. If this is no longer true for a split,
    the city's split replaces it. Raises RateLocked if a submission has used the rate or the year is past, StaleVersion
    if the rate has changed since the caller read it.
    """
    await rates.lock_plan(work.connection, new.year, new.plan, exclusive=True)
    stored = (await rates.of_plan(work.connection, new.year, new.plan, NO_DISTRICT)).city.get(new.term)
    _check_version(stored, new.version)
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
        stored.version + 1 if stored else 1,
        work.now,
    )
    if stored and _same(rate, stored):
        return stored, []
    _check_unlocked(rate, stored, work)
    await rates.put(work.connection, [rate])
    return rate, await _rate_events([rate, *await rates.refit(work.connection, rate)], work)


async def set_split(new: NewSplit, work: UnitOfWork) -> tuple[Rate, list[RateSet]]:
    """Set a district's own split. This is allowed until a union of the district submits people with the year and plan.

    Raises RateMissing, SplitWrong, RateLocked, StaleVersion.
    """
    await rates.lock_plan(work.connection, new.year, new.plan, exclusive=True)
    plan_rates = await rates.of_plan(work.connection, new.year, new.plan, new.district_id)
    city, stored = _city(plan_rates, new.year, new.plan, new.term), plan_rates.own.get(new.term)
    _check_version(stored, new.version)
    check_split(city.money, new.money, new.second_level_fen)
    split = _own(city, new.district_id, stored, work)
    split = replace(split, money=new.money, second_level_fen=new.second_level_fen)
    if stored and _same(split, stored):
        return stored, []
    _check_unused(plan_rates, split, work)
    await rates.put(work.connection, [split])
    return split, await _rate_events([split], work)


async def open_plan(
    year: int, plan: str, district_id: UUID | None, enabled: bool, work: UnitOfWork
) -> tuple[PlanRates, list[RateSet]]:
    """Open or close a plan for one district, or in the whole city if `district_id` is None (F040).

    Raises RateMissing for a plan without rates, RateLocked for a plan that is in use or of a past year.
    """
    await rates.lock_plan(work.connection, year, plan, exclusive=True)
    plan_rates = await rates.of_plan(work.connection, year, plan, district_id or NO_DISTRICT)
    if not plan_rates.city:
        raise RateMissing(year=year, plan=plan)
    if district_id is None:
        changed = [_reopened(rate, enabled, work) for rate in plan_rates.city.values() if rate.enabled is not enabled]
        for rate in changed:
            _check_unlocked(rate, plan_rates.city[rate.term], work)
    else:
        own = [_own(city, district_id, plan_rates.own.get(city.term), work) for city in plan_rates.city.values()]
        changed = [replace(rate, enabled=enabled) for rate in own if plan_rates.open is not enabled]
        for rate in changed:
            _check_unused(plan_rates, rate, work)
    await rates.put(work.connection, changed)
    events = await _rate_events(changed, work)
    return await rates.of_plan(work.connection, year, plan, district_id or NO_DISTRICT), events


async def lock_prices(
    plan_rates: PlanRates, year: int, plan: str, terms: Sequence[Term], district_id: UUID, work: UnitOfWork
) -> bool:
    """Lock the prices, because a submission uses them. Returns whether the caller must read the rates again.

    False: the prices were locked before, so `plan_rates` cannot have changed. True: this call has locked the prices,
    but another transaction possibly changed them after the caller read `plan_rates`.
    """
    if all(plan_rates.locked(term) for term in terms):
        return False
    await rates.lock_plan(work.connection, year, plan, exclusive=False)
    await rates.lock_rates(work.connection, year, plan, terms, district_id, work.now)
    return True


def by_plan(found: Sequence[Rate]) -> dict[tuple[int, str], PlanRates]:
    """Rates grouped by year and plan, in the order of `found`."""
    together: dict[tuple[int, str], list[Rate]] = {}
    for rate in found:
        together.setdefault((rate.year, rate.plan), []).append(rate)
    return {key: rates.plan_rates(of_plan) for key, of_plan in together.items()}


def rate_event(rate: Rate) -> RateSet:
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


async def _rate_events(changed: Sequence[Rate], work: UnitOfWork) -> list[RateSet]:
    events = [rate_event(rate) for rate in changed]
    if events:
        await references.put_many(work.connection, events)
    return events


def _city(plan_rates: PlanRates, year: int, plan: str, term: Term) -> Rate:
    if term not in plan_rates.city:
        raise RateMissing(year=year, plan=plan, term=term.value)
    return plan_rates.city[term]


def _own(city: Rate, district_id: UUID, stored: Rate | None, work: UnitOfWork) -> Rate:
    """The next version of the district's rate. If the district has none, version 1 is a copy of the city's rate."""
    own = stored or replace(city, scope=str(district_id), half_year_from=None, version=0, locked_at=None, enabled=True)
    return replace(own, version=own.version + 1, set_at=work.now)


def _reopened(rate: Rate, enabled: bool, work: UnitOfWork) -> Rate:
    return replace(rate, enabled=enabled, version=rate.version + 1, set_at=work.now)


def _same(new: Rate, stored: Rate) -> bool:
    return replace(new, version=stored.version, set_at=stored.set_at, locked_at=stored.locked_at) == stored


def _check_version(stored: Rate | None, expected_version: int | None) -> None:
    if stored and expected_version not in (None, stored.version):
        raise StaleVersion(version=stored.version)


def _check_unlocked(rate: Rate, stored: Rate | None, work: UnitOfWork) -> None:
    if rate.year < work.now.year or (stored and stored.locked_at):
        raise RateLocked(year=rate.year, plan=rate.plan, term=rate.term.value)


def _check_unused(plan_rates: PlanRates, split: Rate, work: UnitOfWork) -> None:
    if split.year < work.now.year or plan_rates.used:
        raise RateLocked(year=split.year, plan=split.plan, term=split.term.value)
