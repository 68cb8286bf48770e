"""保障类型管理 and 保障金额设置 (F040, F041, A60)."""

from datetime import datetime

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, ConfigDict, Field

from chassis.http import Act, Done, Labelled, Read
from chassis.refusals import Invalid
from chassis.work import Work
from contracts.fields import Shares
from contracts.words import Role, Term
from enrollment_svc.api.instants import Instant
from enrollment_svc.store import rates
from enrollment_svc.store.rates import Rate
from enrollment_svc.usecases.rates import NewRate, money, set_rate, shares

router = APIRouter(tags=["rates"])

LARGEST_FEN = 1_000_000_00


class PutRate(BaseModel):
    """`shares` must sum to its total. `sample`: not an official figure. `version`: the one last seen, if any."""

    model_config = ConfigDict(extra="forbid")

    plan_name: str = Field(min_length=1, max_length=50)
    shares: Shares
    enabled: bool = True
    sample: bool = False
    version: int | None = None


class RateShown(BaseModel):
    """`sealed`: used by a submission, or of a past year; it cannot change any more."""

    year: int
    plan: str
    plan_name: str
    term: Labelled[Term]
    shares: Shares
    enabled: bool
    sample: bool
    sealed: bool
    version: int
    set_at: Instant


class Rates(BaseModel):
    items: list[RateShown]


@router.put("/rates/{year}/{plan}/{term}", response_model=RateShown)
async def put_rate(
    body: PutRate,
    act: Act,
    year: int = Path(ge=2014, le=2100),
    plan: str = Path(pattern=r"^[A-Z][A-Z0-9]{0,7}$"),
    term: Term = Path(),
) -> Response:
    """Set the city's rate of a year, plan and term. 409 RATE_SEALED after its first use."""
    act.require(Role.MUNICIPAL)
    if not 0 < body.shares.total_fen <= LARGEST_FEN:
        raise Invalid("保障费用必须大于0且不超过100万元", total_fen=body.shares.total_fen)

    async def put(work: Work) -> Done:
        new = NewRate(year, plan, body.plan_name, term, money(body.shares), body.enabled, body.sample, body.version)
        rate, events = await set_rate(new, work)
        detail = {"version": rate.version, "total_fen": rate.money.total_fen}
        return Done(_shown(rate, work.now), events, subject=f"{year}/{plan}/{term.value}", detail=detail)

    return await act.once("rate_set", put)


@router.get("/rates")
async def list_rates(read: Read, year: int | None = None) -> Rates:
    """The city's rates; every signed-in role may see them."""
    found = await rates.of_year(read.connection, year)
    return Rates(items=[_shown(rate, read.now) for rate in found])


def _shown(rate: Rate, now: datetime) -> RateShown:
    return RateShown(
        year=rate.year,
        plan=rate.plan,
        plan_name=rate.plan_name,
        term=rate.term,
        shares=shares(rate.money),
        enabled=rate.enabled,
        sample=rate.sample,
        sealed=rate.sealed_at is not None or rate.year < now.year,
        version=rate.version,
        set_at=rate.set_at,
    )
