"""Set and list fees and their splits: screen 保障金额设置 (F041, A60)."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from chassis.database import UnitOfWork
from chassis.domain import Invalid
from chassis.validation import Body, Instant, example, parameters
from chassis.web import DISTRICTS, Command, CommandResult, Labelled, Read, Scope, may
from contracts.fields import Shares
from contracts.words import Role, Term
from enrollment_svc.api.access import may_read, own_district
from enrollment_svc.api.examples import AT, RATE, UNION
from enrollment_svc.domain.rates.cover import month_day
from enrollment_svc.domain.rates.money import yuan
from enrollment_svc.domain.rates.rates import Rate, second_level_error
from enrollment_svc.store.rates import rates
from enrollment_svc.usecases.rates.rates import NewRate, NewSplit, by_plan, money, rate_event, set_rate, set_split

router = APIRouter(tags=["rates"])

LARGEST_FEN = 1_000_000_00
Year = Annotated[int, Path(ge=2014, le=2100)]
Plan = Annotated[str, Path(pattern=r"^[A-Z][A-Z0-9]{0,7}$")]


class SharesSent(Shares):
    """Shares as a client sends them. Each amount has an upper limit, so that a typing error is refused."""

    model_config = ConfigDict(extra="forbid")

    total_fen: parameters.MoneyFen
    city_fen: parameters.MoneyFen
    district_fen: parameters.MoneyFen
    unit_fen: parameters.MoneyFen

    @model_validator(mode="after")
    def _sums(self) -> Self:
        """Replaces the check of the same name in `Shares`, because the message there is for operators."""
        found = self.city_fen + self.district_fen + self.unit_fen
        if found != self.total_fen:
            raise PydanticCustomError("shares_sum", _differs(found, self.total_fen))
        return self


def _differs(found: int, total: int) -> str:
    more = "多" if found > total else "少"
    return (
        f"市总、区局和基层承担部分合计{yuan(found)}，比保障费用{yuan(total)}{more}{yuan(found - total)}，请修改后重试"
    )


class PutRate(Body):
    """The three parts of `shares` must sum to its total. `second_level_fen` is a part of the district share (A33).

    `half_year_from` (MM-DD) is allowed only in a half-year rate. Cover that starts on this day or later has this rate
    (A03).
    `sample`: True if the rate is not an official figure. `version`: the version that the screen showed, if any.
    """

    model_config = example({"plan_name": "A类会员专享基本保障", "shares": RATE})

    plan_name: str = Field(min_length=1, max_length=50)
    shares: SharesSent
    second_level_fen: parameters.MoneyFen = 0
    half_year_from: parameters.Code | None = None
    enabled: bool = True
    sample: bool = False
    version: parameters.Version | None = None

    @field_validator("half_year_from")
    @classmethod
    def _a_day(cls, value: str | None) -> str | None:
        if value is not None:
            month_day(value)
        return value


class PutSplit(Body):
    """A district's split among 区局, 二级 and 基层. Only the city changes the fee and the city share."""

    model_config = example({"shares": RATE, "second_level_fen": 300})

    shares: SharesSent
    second_level_fen: parameters.MoneyFen = 0
    version: parameters.Version | None = None


class RateShown(BaseModel):
    """`sealed`: True if the rate is locked, because a submission has used it or its year is past.

    `scope_union_id`: the district whose split this is. None = the city's rate.
    """

    model_config = example(
        {
            "year": 2024,
            "plan": "A",
            "plan_name": "A类会员专享基本保障",
            "term": {"code": "full_year", "label": "全年"},
            "scope_union_id": UNION,
            "shares": RATE,
            "second_level_fen": 0,
            "half_year_from": "07-01",
            "enabled": True,
            "sample": False,
            "sealed": False,
            "version": 1,
            "set_at": AT,
        }
    )

    year: int
    plan: str
    plan_name: str
    term: Labelled[Term]
    scope_union_id: UUID | None
    shares: Shares
    second_level_fen: int
    half_year_from: str | None
    enabled: bool
    sample: bool
    sealed: bool
    version: int
    set_at: Instant


class Rates(BaseModel):
    model_config = example({"items": []})

    items: list[RateShown]


@router.put(
    "/rates/{year}/{plan}/{term}",
    response_model=RateShown,
    dependencies=[may("设置保障金额", Role.MUNICIPAL, scope=Scope.CITY)],
)
async def put_rate(body: PutRate, command: Command, year: Year, plan: Plan, term: Term) -> Response:
    """Set the city's rate of a year, plan and term. The answer is 409 RATE_SEALED if a submission has already used the
    rate, or if the year is past.
    """
    if not 0 < body.shares.total_fen <= LARGEST_FEN:
        raise Invalid("保障费用必须大于0且不超过100万元，请修改后重试", total_fen=body.shares.total_fen)
    if body.second_level_fen > body.shares.district_fen:
        error = second_level_error(body.second_level_fen, money(body.shares))
        raise Invalid(error, second_level_fen=body.second_level_fen)
    if body.half_year_from and term is not Term.HALF_YEAR:
        raise Invalid(
            "半年起算日期只能在半年费用上设置，请删除该日期，或改为设置半年费用", half_year_from=body.half_year_from
        )

    async def put(work: UnitOfWork) -> CommandResult:
        new = NewRate(
            year,
            plan,
            body.plan_name,
            term,
            money(body.shares),
            body.enabled,
            body.sample,
            body.version,
            body.second_level_fen,
            body.half_year_from,
        )
        rate, events = await set_rate(new, work)
        detail = {"version": rate.version, "total_fen": rate.money.total_fen}
        return CommandResult(shown(rate, work.now), events, subject=f"{year}/{plan}/{term.value}", detail=detail)

    return await command.once("rate_set", put)


@router.put(
    "/rates/{year}/{plan}/{term}/split",
    response_model=RateShown,
    dependencies=[
        may("设置本区局分担金额", Role.REVIEWER, scope=Scope.OWN, place_types=DISTRICTS, only="区局（产业）工会")
    ],
)
async def put_split(body: PutSplit, command: Command, year: Year, plan: Plan, term: Term) -> Response:
    """Set the split of the caller's district. The answer is 409 RATE_SEALED after the first submission below the
    district in this year and plan, or if the year is past.
    """

    async def put(work: UnitOfWork) -> CommandResult:
        district_id = await own_district(work, command.principal)
        new = NewSplit(year, plan, term, district_id, money(body.shares), body.second_level_fen, body.version)
        rate, events = await set_split(new, work)
        detail = {"version": rate.version, "district_id": str(district_id)}
        return CommandResult(shown(rate, work.now), events, subject=f"{year}/{plan}/{term.value}", detail=detail)

    return await command.once("rate_split", put)


@router.get("/rates", dependencies=[may("查看保障金额", scope=Scope.SUBTREE)])
async def list_rates(read: Read, year: parameters.Year | None = None, union_id: UUID | None = None) -> Rates:
    """The city's rates. All roles may read them. With `union_id`: the rates that apply to this union."""
    if union_id is None:
        return Rates(items=[shown(rate, read.now) for rate in await rates.of_city(read.connection, year)])
    await may_read(read, union_id)
    found = by_plan(await rates.above(read.connection, union_id, year))
    paid = [plan.find(term) for plan in found.values() for term in Term]
    return Rates(items=[shown(rate, read.now) for rate in paid if rate])


def shown(rate: Rate, now: datetime) -> RateShown:
    locked = rate.locked_at is not None or rate.year < now.year
    return RateShown(**dict(rate_event(rate)), half_year_from=rate.half_year_from, sealed=locked)
