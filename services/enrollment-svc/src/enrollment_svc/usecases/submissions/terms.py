"""What a submission would be made under: who reviews it, for which year, from when, at which price."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.sql import Connection
from contracts.unions import UnionChanged
from contracts.words import Channel, EnrollmentType, StartRule, Term
from enrollment_svc.domain.rates.cover import Cover, cover, month_day
from enrollment_svc.domain.rates.rates import PlanRates, Rate
from enrollment_svc.domain.rates.windows import Window, of_year, year_to_submit
from enrollment_svc.domain.submissions.review_chain import UnionNode, reviewed_by_others
from enrollment_svc.settings import rules
from enrollment_svc.store.rates import rates
from enrollment_svc.usecases import unions
from enrollment_svc.usecases.rates import windows


@dataclass(frozen=True, slots=True)
class Ask:
    """What the handler submits. `member_ids` None = all of 待提交; `skip`: leave out whom the rules refuse."""

    union_id: UUID
    enrollment_type: EnrollmentType
    channel: Channel
    plan: str
    year: int | None
    member_ids: list[UUID] | None
    #: The union of the account that submits: the union itself, or a superior on its behalf.
    submitter_id: UUID | None = None
    skip: bool = False
    expected_total_fen: int | None = None


@dataclass(frozen=True, slots=True)
class Frame:
    """What holds whoever is chosen. `rates` are what the paying district has."""

    ask: Ask
    union: UnionChanged
    chain: list[UnionNode]
    year: int
    window: Window
    rates: PlanRates

    @property
    def district_id(self) -> UUID:
        """Who submits to the center and pays (A51)."""
        return self.chain[-1].union_id

    @property
    def half_year_from(self) -> tuple[int, int]:
        told = self.rates.half_year_from
        return month_day(told) if told else rules().half_year_from


@dataclass(frozen=True, slots=True)
class Terms:
    """Dates and price of the submission. `half_year_rate`: what the approval may turn the price into (A01)."""

    cover: Cover
    rate: Rate
    start_rule: StartRule
    half_year_from: tuple[int, int]
    half_year_rate: Rate | None

    @property
    def prices(self) -> list[Term]:
        return sorted({self.cover.term, *([Term.HALF_YEAR] if self.half_year_rate else [])})


async def frame(ask: Ask, connection: Connection, now: datetime) -> Frame:
    """Raises UnionUnknown, UnionInactive, UnsupportedUnionType, NoSuperior, NoOtherReviewer, YearNotChosen."""
    union = await unions.enrolling_union(connection, ask.union_id)
    chain = reviewed_by_others(await unions.chain_above(connection, union), ask.submitter_id)
    known = await windows.around(connection, now.date(), ask.year)
    year = year_to_submit(ask.enrollment_type, ask.year, now.date(), known)
    found = await rates.of_plan(connection, year, ask.plan, chain[-1].union_id)
    return Frame(ask, union, chain, year, of_year(ask.enrollment_type, year, known), found)


def covered(frame: Frame, now: datetime) -> Cover:
    """Raises YearClosed, WindowClosed."""
    return cover(frame.ask.enrollment_type, frame.year, now, frame.half_year_from, frame.window)


def terms_of(frame: Frame, now: datetime) -> Terms:
    """Raises RateMissing besides; where the approval settles the start, it must be able to price both terms."""
    cover, plan = covered(frame, now), frame.ask.plan
    rule = rules().start_rule if frame.ask.enrollment_type is EnrollmentType.IMMEDIATE else StartRule.SUBMIT_NEXT_DAY
    later = rule is StartRule.APPROVE_NEXT_DAY
    return Terms(
        cover=cover,
        rate=frame.rates.to_pay(frame.year, plan, cover.term),
        start_rule=rule,
        half_year_from=frame.half_year_from,
        half_year_rate=frame.rates.to_pay(frame.year, plan, Term.HALF_YEAR) if later else None,
    )
