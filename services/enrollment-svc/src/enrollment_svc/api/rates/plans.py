"""Open, close and list plans: screen 保障类型管理 (F040, A60)."""

from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel

from chassis.database import UnitOfWork
from chassis.validation import Body, example, parameters
from chassis.web import DISTRICTS, Command, CommandResult, Labelled, Read, Scope, may
from contracts.fields import Shares
from contracts.words import Role, Term
from enrollment_svc.api.access import may_read, own_district
from enrollment_svc.api.examples import FULL_YEAR, RATE
from enrollment_svc.api.rates.rates import Plan, Year
from enrollment_svc.domain.rates.rates import PlanRates
from enrollment_svc.store.rates import rates
from enrollment_svc.store.submissions import submissions
from enrollment_svc.usecases.rates.rates import by_plan, open_plan, shares

router = APIRouter(tags=["rates"])


class PutPlan(Body):
    """Open the plan in the year, or close it."""

    model_config = example({"enabled": False})

    enabled: bool


class PriceShown(BaseModel):
    term: Labelled[Term]
    rate: Shares


class PlanShown(BaseModel):
    """`selectable`: True if a handler can choose the plan. `prices`: the rate of each term; empty if the plan is
    closed.

    `locked`: True if the union has people under review or enrolled with this plan, so that it cannot choose another
    plan (F170).
    """

    model_config = example(
        {
            "year": 2024,
            "plan": "A",
            "plan_name": "A类会员专享基本保障",
            "selectable": True,
            "locked": False,
            "prices": [{"term": FULL_YEAR, "rate": RATE}],
        }
    )

    year: int
    plan: str
    plan_name: str
    selectable: bool
    locked: bool
    prices: list[PriceShown]


class Plans(BaseModel):
    model_config = example({"items": []})

    items: list[PlanShown]


@router.get("/plans", dependencies=[may("查看保障类型", scope=Scope.SUBTREE)])
async def list_plans(read: Read, year: parameters.Year | None = None, union_id: UUID | None = None) -> Plans:
    """The plans of a year with the city's rates or, with `union_id`, the rates that apply to this union (F168–F170)."""
    year, locked = year or read.now.year, None
    if union_id is None:
        found = by_plan(await rates.of_city(read.connection, year))
    else:
        await may_read(read, union_id)
        found = by_plan(await rates.above(read.connection, union_id, year))
        locked = await submissions.locked_plan(read.connection, union_id, year)
    return Plans(items=[_shown(of_plan, locked) for of_plan in found.values()])


@router.put(
    "/plans/{year}/{plan}",
    response_model=PlanShown,
    dependencies=[
        may(
            "开放或关闭保障类型",
            Role.MUNICIPAL,
            Role.REVIEWER,
            scope=Scope.CITY,
            place_types=DISTRICTS,
            only="审核人须属区局（产业）工会",
        )
    ],
)
async def put_plan(body: PutPlan, command: Command, year: Year, plan: Plan) -> Response:
    """Open or close a plan. The municipal federation does this for the city, a district for the unions below it."""

    async def put(work: UnitOfWork) -> CommandResult:
        district_id = None if command.principal.role == Role.MUNICIPAL else await own_district(work, command.principal)
        found, events = await open_plan(year, plan, district_id, body.enabled, work)
        detail = {"enabled": body.enabled, "district_id": str(district_id) if district_id else None}
        return CommandResult(_shown(found, None), events, subject=f"{year}/{plan}", detail=detail)

    return await command.once("plan_opened" if body.enabled else "plan_closed", put)


def _shown(found: PlanRates, locked: str | None) -> PlanShown:
    any_rate = next(iter(found.city.values()))
    prices = [(term, rate) for term in Term if (rate := found.find(term))]
    return PlanShown(
        year=any_rate.year,
        plan=any_rate.plan,
        plan_name=any_rate.plan_name,
        selectable=bool(prices) and locked in (None, any_rate.plan),
        locked=locked == any_rate.plan,
        prices=[PriceShown(term=term, rate=shares(rate.money)) for term, rate in prices],
    )
