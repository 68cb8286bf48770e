"""Rates: the city sets the fee and its own share, a district splits the rest of the fee (A33, A60)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from contracts.words import Term
from enrollment_svc.domain.rates.money import Money, yuan
from enrollment_svc.domain.refusals import RateMissing, SplitWrong


@dataclass(frozen=True, slots=True)
class Rate:
    """One person's fee. `scope`: `city`, or the id of the district that splits the fee.

    `second_level_fen` is the part of the district share that second-level unions pay. `half_year_from` (MM-DD) is set
    only in the city's half-year rate. Cover that starts on this day or later has this rate. `locked_at`: when a
    submission first used the rate. From then on the rate cannot change.
    """

    year: int
    plan: str
    plan_name: str
    term: Term
    scope: str
    money: Money
    second_level_fen: int
    half_year_from: str | None
    enabled: bool
    sample: bool
    version: int
    set_at: datetime
    locked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PlanRates:
    """The rates of a plan and year: those of the city, and a district's own splits.

    `used`: True if a union below the district has submitted people with the plan in this year. Then the splits can no
    longer change.
    """

    city: Mapping[Term, Rate] = field(default_factory=dict)
    own: Mapping[Term, Rate] = field(default_factory=dict)
    used: bool = False

    @property
    def half_year_from(self) -> str | None:
        half = self.city.get(Term.HALF_YEAR)
        return half.half_year_from if half else None

    @property
    def open(self) -> bool:
        """Whether the district offers the plan. A district closes a plan for all terms at once (A60)."""
        return all(rate.enabled for rate in self.own.values())

    def find(self, term: Term) -> Rate | None:
        """The rate to pay: the district's split or else the city's rate. None if the plan is not selectable."""
        city = self.city.get(term)
        if city is None or not city.enabled or not self.open:
            return None
        return self.own.get(term, city)

    def to_pay(self, year: int, plan: str, term: Term) -> Rate:
        """The rate to pay. Raises RateMissing if no rate is set, or if the city or the district has closed the plan."""
        rate = self.find(term)
        if rate is None:
            raise RateMissing(year=year, plan=plan, term=term.value)
        return rate

    def locked(self, term: Term) -> bool:
        """Whether the price of this term can no longer change. If so, it is safe to read it without a database lock."""
        return self.used and term in self.city and self.city[term].locked_at is not None


def check_split(city: Money, split: Money, second_level_fen: int) -> None:
    """Raises SplitWrong if the split changes the fee or the city share, or if its second-level part is out of range.

    The second-level part must be between 0 and the district share.
    """
    error = _split_error(city, split, second_level_fen)
    if error:
        raise SplitWrong(f"分摊金额有误：{error}", city_fen=city.city_fen, total_fen=city.total_fen)


def _split_error(city: Money, split: Money, second_level_fen: int) -> str | None:
    """The message: which sum is wrong, and by how much. None if the split is correct."""
    if split.city_fen != city.city_fen:
        return (
            f"市总承担部分须为{yuan(city.city_fen)}，填写的是{yuan(split.city_fen)}，"
            f"相差{yuan(split.city_fen - city.city_fen)}，请改回市总工会设定的金额"
        )
    more = split.total_fen - city.total_fen
    if more:
        return (
            f"市总、区局和基层承担部分合计{yuan(split.total_fen)}，比保障费用{yuan(city.total_fen)}"
            f"{'多' if more > 0 else '少'}{yuan(more)}，请修改区局和基层承担部分"
        )
    return None if 0 <= second_level_fen <= split.district_fen else second_level_error(second_level_fen, split)


def second_level_error(second_level_fen: int, split: Money) -> str:
    return (
        f"二级工会承担部分{yuan(second_level_fen)}，比区局/各级工会缴费{yuan(split.district_fen)}"
        f"多{yuan(second_level_fen - split.district_fen)}，请修改后重试"
    )
