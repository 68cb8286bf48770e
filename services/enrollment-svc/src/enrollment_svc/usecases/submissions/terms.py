"""The terms of a submission: its reviewers, year, dates and price."""

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
class SubmissionRequest:
    """The handler's request. `member_ids` None = everybody in 待提交. `skip`: True if refused people are left out and
    the others are submitted.
    """

    union_id: UUID
    enrollment_type: EnrollmentType
    channel: Channel
    plan: str
    year: int | None
    member_ids: list[UUID] | None
    #: The union of the account that submits: `union_id` itself, or a superior union that submits for it.
    submitter_id: UUID | None = None
    skip: bool = False
    expected_total_fen: int | None = None


@dataclass(frozen=True, slots=True)
class SubmissionContext:
    """The facts of a submission that do not depend on the chosen people. `rates` are those of the paying district."""

    request: SubmissionRequest
    union: UnionChanged
    chain: list[UnionNode]
    year: int
    window: Window
    rates: PlanRates

    @property
    def district_id(self) -> UUID:
        """The union that submits to the center and pays (A51)."""
        return self.chain[-1].union_id

    @property
    def half_year_from(self) -> tuple[int, int]:
        own_date = self.rates.half_year_from
        return month_day(own_date) if own_date else rules().half_year_from


@dataclass(frozen=True, slots=True)
class Terms:
    """Dates and price of a submission.

    `half_year_rate` is set only if the cover starts on the day after the approval. In that case a late approval can
    shorten the cover to half a year (A01).
    """

    cover: Cover
    rate: Rate
    start_rule: StartRule
    half_year_from: tuple[int, int]
    half_year_rate: Rate | None

    @property
    def priced_terms(self) -> list[Term]:
        return sorted({self.cover.term, *([Term.HALF_YEAR] if self.half_year_rate else [])})


async def load_context(request: SubmissionRequest, connection: Connection, now: datetime) -> SubmissionContext:
    """Load the facts of a submission.

    Raises UnionUnknown, UnionInactive, UnsupportedUnionType, NoSuperior, NoOtherReviewer, YearNotChosen.
    """
    union = await unions.enrolling_union(connection, request.union_id)
    chain = reviewed_by_others(await unions.chain_above(connection, union), request.submitter_id)
    stored_windows = await windows.around(connection, now.date(), request.year)
    year = year_to_submit(request.enrollment_type, request.year, now.date(), stored_windows)
    plan_rates = await rates.of_plan(connection, year, request.plan, chain[-1].union_id)
    return SubmissionContext(
        request, union, chain, year, of_year(request.enrollment_type, year, stored_windows), plan_rates
    )


def cover_of(context: SubmissionContext, now: datetime) -> Cover:
    """The cover of a submission at `now`. Raises YearClosed, WindowClosed."""
    return cover(context.request.enrollment_type, context.year, now, context.half_year_from, context.window)


def terms_of(context: SubmissionContext, now: datetime) -> Terms:
    """The terms of a submission at `now`. Raises YearClosed, WindowClosed, RateMissing.

    If the cover starts on the day after the approval, the half-year rate must exist, too. Otherwise RateMissing is
    raised.
    """
    cover, plan = cover_of(context, now), context.request.plan
    rule = (
        rules().start_rule if context.request.enrollment_type is EnrollmentType.IMMEDIATE else StartRule.SUBMIT_NEXT_DAY
    )
    starts_after_approval = rule is StartRule.APPROVE_NEXT_DAY
    return Terms(
        cover=cover,
        rate=context.rates.to_pay(context.year, plan, cover.term),
        start_rule=rule,
        half_year_from=context.half_year_from,
        half_year_rate=context.rates.to_pay(context.year, plan, Term.HALF_YEAR) if starts_after_approval else None,
    )
