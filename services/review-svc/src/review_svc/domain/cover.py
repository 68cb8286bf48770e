"""The first and last day of a line's cover under the start rule 审核通过的第二天 (A01).

Under this rule the dates are fixed only when the district submits the line (确认提交至职保中心)."""

from dataclasses import dataclass
from datetime import date, timedelta

from chassis.domain import Refusal
from contracts.words import EnrollmentType, StartRule, Term


class YearClosed(Refusal):
    """The cover would start after 31 December, because the district submits the line too late (A01, A02)."""

    code = "YEAR_CLOSED"
    message = "本保障年度已截止：起保日期将晚于当年12月31日，不能再提交至职保中心，请退回所列参保信息"


class RateMissing(Refusal):
    code = "RATE_MISSING"
    message = "所列参保信息没有半年的保障费用标准，不能确认提交，请联系市总工会设置后由基层单位重新提交"


@dataclass(frozen=True, slots=True)
class Forecast:
    """The stored facts that decide a line's cover.

    `settled`: True if an earlier submission to the center has fixed the dates.
    """

    year: int
    enrollment_type: EnrollmentType
    term: Term
    start_rule: StartRule
    half_year_from: str | None
    settled: bool = False

    @property
    def to_settle(self) -> bool:
        """Whether the submission to the center must fix the dates.

        Only the start rule 审核通过的第二天 leaves the dates open. Two kinds of lines have fixed dates even under this
        rule: 集中参保 always starts on 01-01 (A36), and a line that the center rejected before keeps its dates and
        price (A53).
        """
        by_approval = self.start_rule is StartRule.APPROVE_NEXT_DAY
        return by_approval and self.enrollment_type is EnrollmentType.IMMEDIATE and not self.settled


@dataclass(frozen=True, slots=True)
class Settled:
    """The cover that is now fixed.

    `at_half_year_rate`: True if the price changes from the full-year rate to the half-year rate.
    """

    start_on: date
    end_on: date
    term: Term
    at_half_year_rate: bool


def settle(forecast: Forecast, today: date) -> Settled:
    """Fix the cover: it lasts from the day after `today` to 31 December.

    The term is a half year if the cover starts on the day `half_year_from` or later (A03). If the line already has the
    half-year term, it keeps this term.

    Raises YearClosed.
    """
    start_on, end_on = today + timedelta(days=1), date(forecast.year, 12, 31)
    if start_on > end_on:
        raise YearClosed(year=forecast.year)
    was_half = forecast.term is Term.HALF_YEAR
    half = was_half or (forecast.half_year_from is not None and f"{start_on:%m-%d}" >= forecast.half_year_from)
    return Settled(start_on, end_on, Term.HALF_YEAR if half else Term.FULL_YEAR, half and not was_half)
