"""The cost of a submission, computed from numbers of people before anybody is imported (A60)."""

from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field

from chassis.validation import Body, example
from chassis.web import Labelled, Read, Scope, may
from contracts.fields import Shares
from contracts.words import Channel, Term
from enrollment_svc.api.access import READERS, may_read
from enrollment_svc.api.examples import FULL_YEAR, RATE, SOCIAL_SECURITY_CARD, UNION
from enrollment_svc.domain.rates.money import Money
from enrollment_svc.domain.refusals import RateMissing
from enrollment_svc.store.rates import rates
from enrollment_svc.usecases.rates.rates import by_plan, shares

router = APIRouter(tags=["rates"])

_ITEM = {"plan": "A", "term": "full_year", "channel": "social_security_card", "heads": 31}
_FEE = {"total_fen": 80600, "city_fen": 40300, "district_fen": 40300, "unit_fen": 0}


class Heads(Body):
    """A number of people of one plan, term and channel."""

    plan: str = Field(min_length=1, max_length=8)
    term: Term
    channel: Channel
    heads: int = Field(ge=0, le=10_000_000)


class Simulate(Body):
    """`union_id`: use the rates of the district above this union; None = use the city's rates."""

    model_config = example({"year": 2024, "union_id": UNION, "items": [_ITEM]})

    year: int = Field(ge=2014, le=2100)
    union_id: UUID | None = None
    items: list[Heads] = Field(min_length=1, max_length=1_000)


class Priced(BaseModel):
    plan: str
    plan_name: str
    term: Labelled[Term]
    channel: Labelled[Channel]
    heads: int
    rate: Shares
    fee: Shares
    second_level_fen: int


class Simulated(BaseModel):
    """`fee` is the sum of the items. `second_level_fen`: the part of the district share that 二级工会 pay. 二级工会 are
    the unions between the district and the submitting union (A33).
    """

    model_config = example(
        {
            "year": 2024,
            "items": [
                {
                    "plan": "A",
                    "plan_name": "A类会员专享基本保障",
                    "term": FULL_YEAR,
                    "channel": SOCIAL_SECURITY_CARD,
                    "heads": 31,
                    "rate": RATE,
                    "fee": _FEE,
                    "second_level_fen": 0,
                }
            ],
            "heads": 31,
            "fee": _FEE,
            "fee_by_channel": {"social_security_card": _FEE},
            "second_level_fen": 0,
        }
    )

    year: int
    items: list[Priced]
    heads: int
    fee: Shares
    fee_by_channel: dict[str, Shares]
    second_level_fen: int


@router.post("/rates/simulation", dependencies=[may("试算保障费用", *READERS, scope=Scope.SUBTREE)])
async def simulate(body: Simulate, read: Read) -> Simulated:
    """Heads times rate for each item, and the sum. The answer is 409 RATE_MISSING if an item has no rate. This POST
    only reads.
    """
    if body.union_id is None:
        found = await rates.of_city(read.connection, body.year)
    else:
        await may_read(read, body.union_id)
        found = await rates.above(read.connection, body.union_id, body.year)
    plans = by_plan(found)
    priced: list[tuple[Heads, Money, Priced]] = []
    for item in body.items:
        of_plan = plans.get((body.year, item.plan))
        if of_plan is None:
            raise RateMissing(year=body.year, plan=item.plan, term=item.term.value)
        rate = of_plan.to_pay(body.year, item.plan, item.term)
        fee = rate.money.times(item.heads)
        shown = Priced(
            **item.model_dump(),
            plan_name=rate.plan_name,
            rate=shares(rate.money),
            fee=shares(fee),
            second_level_fen=rate.second_level_fen * item.heads,
        )
        priced.append((item, fee, shown))
    return _summed(body.year, priced)


def _summed(year: int, priced: list[tuple[Heads, Money, Priced]]) -> Simulated:
    by_channel: dict[str, Money] = {}
    for item, fee, _ in priced:
        by_channel[item.channel.value] = by_channel.get(item.channel.value, Money()) + fee
    return Simulated(
        year=year,
        items=[shown for _, _, shown in priced],
        heads=sum(item.heads for item, _, _ in priced),
        fee=shares(sum(by_channel.values(), Money())),
        fee_by_channel={channel: shares(fee) for channel, fee in by_channel.items()},
        second_level_fen=sum(shown.second_level_fen for _, _, shown in priced),
    )
