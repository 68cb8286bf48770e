"""The municipal union keeps plans and rates (F041, A60)."""

from dataclasses import dataclass, replace

from chassis import references
from chassis.refusals import StaleVersion
from chassis.work import Work
from contracts.enrollments import RateSet
from contracts.fields import Shares
from contracts.words import Term
from enrollment_svc.domain.money import Money
from enrollment_svc.domain.refusals import RateMissing, RateSealed
from enrollment_svc.store import rates
from enrollment_svc.store.rates import Rate


@dataclass(frozen=True, slots=True)
class NewRate:
    """What is to be the rate. `version`: the one that the caller has seen; None = does not matter."""

    year: int
    plan: str
    plan_name: str
    term: Term
    money: Money
    enabled: bool
    sample: bool
    version: int | None


async def set_rate(new: NewRate, work: Work) -> tuple[Rate, list[RateSet]]:
    """Set a rate that no submission was priced with. Setting what holds already changes nothing.

    Raises RateSealed after its first use and for a past year, StaleVersion where it changed meanwhile.
    """
    held = await rates.lock(work.connection, new.year, new.plan, new.term)
    if held and new.version not in (None, held.version):
        raise StaleVersion(version=held.version)
    rate = Rate(
        new.year,
        new.plan,
        new.plan_name,
        new.term,
        new.money,
        new.enabled,
        new.sample,
        held.version + 1 if held else 1,
        work.now,
        None,
    )
    if held and replace(rate, version=held.version, set_at=held.set_at, sealed_at=held.sealed_at) == held:
        return held, []
    if new.year < work.now.year or (held and held.sealed_at):
        raise RateSealed(year=new.year, plan=new.plan, term=new.term.value)
    await rates.put(work.connection, rate)
    event = told(rate)
    await references.put(work.connection, event)
    return rate, [event]


async def price(year: int, plan: str, term: Term, work: Work) -> Rate:
    """The rate to submit with, sealed by this use. Raises RateMissing: no row, or the plan is closed."""
    rate = await rates.seal(work.connection, year, plan, term, work.now)
    if rate is None or not rate.enabled:
        raise RateMissing(year=year, plan=plan, term=term.value)
    return rate


def told(rate: Rate) -> RateSet:
    return RateSet(
        year=rate.year,
        plan=rate.plan,
        plan_name=rate.plan_name,
        term=rate.term,
        shares=shares(rate.money),
        enabled=rate.enabled,
        sample=rate.sample,
        version=rate.version,
        set_at=rate.set_at,
    )


def shares(money: Money) -> Shares:
    return Shares.of(city=money.city_fen, district=money.district_fen, unit=money.unit_fen)


def money(shares: Shares) -> Money:
    return Money(shares.city_fen, shares.district_fen, shares.unit_fen)
