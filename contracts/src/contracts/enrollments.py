"""enrollments.batches.v1 and rates.entries.v1: the events of enrollment-svc."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from contracts.event import Event
from contracts.fields import Fen, Instant, Part, Piece, SealedBlock, Shares
from contracts.topics import ENROLLMENTS, RATES, Topic
from contracts.words import Channel, DocumentType, EmploymentStatus, EnrollmentType, StartRule, Term


class RateSet(Event):
    """The fee of a year, plan and term (A60). `scope_union_id` is the district that set the shares; None = the city."""

    ce_type: ClassVar[str] = "rates.set.v1"
    topic: ClassVar[Topic] = RATES

    year: int
    plan: str
    plan_name: str
    term: Term
    scope_union_id: UUID | None = None
    shares: Shares
    second_level_fen: Fen = Field(
        default=0, description="the part of the district share that superior unions below the district bear (A33)"
    )
    enabled: bool = True
    sample: bool = Field(default=False, description="True: not an official figure")
    version: int
    set_at: Instant

    def key(self) -> str:
        return f"{self.year}/{self.plan}/{self.term.value}/{self.scope_union_id or 'city'}"


class MembersConfirmed(Event):
    """A handler confirmed by hand that these people are employed (F159, F160, A43)."""

    ce_type: ClassVar[str] = "enrollments.members-confirmed.v1"
    topic: ClassVar[Topic] = ENROLLMENTS

    confirmation_id: UUID
    union_id: UUID
    unit_id: UUID
    year: int
    part: Part
    member_ids: list[UUID]
    confirmed_at: Instant
    confirmed_by: str

    def key(self) -> str:
        return str(self.unit_id)


class RefusedRemoval(Piece):
    """A person whose removal is refused. `code` is the reason; the only code so far is UNDER_REVIEW."""

    member_id: UUID
    code: str


class RemovalDecided(Event):
    """The answer to one RemovalRequested: the removal of each person is granted or refused (A57)."""

    ce_type: ClassVar[str] = "enrollments.removal-decided.v1"
    topic: ClassVar[Topic] = ENROLLMENTS

    removal_id: UUID
    union_id: UUID
    unit_id: UUID
    part: Part
    granted: list[UUID]
    refused: list[RefusedRemoval]
    decided_at: Instant

    def key(self) -> str:
        return str(self.unit_id)


class ChainStep(Piece):
    """A union that reviews a line.

    The first union of `chain` reviews the line first. Only the last union submits it to the center.
    """

    union_id: UUID
    name: str


class BatchPerson(Piece):
    """A person of a batch line, with the data at the time of the submission (D17)."""

    member_id: UUID
    member_no: str
    person_key: str
    document_type: DocumentType
    masked_name: str
    masked_number: str
    confirmed_by_hand: bool = False


class BatchSubmitted(Event):
    """One part of a batch line. The line contains the people of a batch who have the same unit and channel (A13, A46).

    Every part repeats the data of the line; the line is complete when all parts have arrived. `heads` (the number of
    people) and `fee` are values of the whole line. `rate` is the fee of one person. `round` is 1 if nobody in the line
    was returned before in this year. Example: people were returned from lines of round 1 and round 2, and are now
    submitted again in one line. This line has round 3.
    """

    ce_type: ClassVar[str] = "enrollments.batch-submitted.v1"
    topic: ClassVar[Topic] = ENROLLMENTS

    batch_no: str
    line_id: UUID
    union_id: UUID
    union_name: str
    unit_id: UUID
    unit_name: str
    organization_code: str | None
    credit_code: str | None
    year: int
    plan: str
    plan_name: str
    enrollment_type: EnrollmentType
    channel: Channel
    term: Term
    start_on: date
    end_on: date
    rate: Shares
    heads: int
    fee: Shares
    chain: list[ChainStep] = Field(min_length=1)
    submitted_at: Instant
    submitted_by: str
    submitted_by_union_id: UUID | None = Field(
        default=None,
        description="the union of the account that submitted: `union_id`, or a superior that submitted on its behalf; "
        "this union must not review the line. None: published before this field existed",
    )
    replaces: str | None = None
    round: int = 1
    start_rule: StartRule = Field(
        default=StartRule.SUBMIT_NEXT_DAY,
        description="approve_next_day: dates, term and fee are an estimate until the line is completed",
    )
    half_year_rate: Shares | None = Field(
        default=None, description="one person's rate if the final start date falls into the half-year term"
    )
    half_year_from: str | None = Field(default=None, description="MM-DD: the first start date of the half-year term")
    part: Part
    people: list[BatchPerson]
    sealed: SealedBlock

    def key(self) -> str:
        return self.batch_no

    def subject(self) -> str:
        return str(self.line_id)


class WithdrawalRequested(Event):
    """The submitting union wants to withdraw a line (A50).

    review-svc answers with BatchWithdrawn or WithdrawalRefused.
    """

    ce_type: ClassVar[str] = "enrollments.withdrawal-requested.v1"
    topic: ClassVar[Topic] = ENROLLMENTS

    batch_no: str
    line_id: UUID
    union_id: UUID
    unit_id: UUID
    requested_at: Instant
    requested_by: str

    def key(self) -> str:
        return self.batch_no

    def subject(self) -> str:
        return str(self.line_id)


class PersonFlag(Piece):
    """The registry's new status of a person who is under review (A54)."""

    member_id: UUID
    employment: EmploymentStatus


class PeopleFlagged(Event):
    """People of a line under review retired or died after the submission (A54).

    This event does not change the line. A reviewer decides about these people.
    """

    ce_type: ClassVar[str] = "enrollments.people-flagged.v1"
    topic: ClassVar[Topic] = ENROLLMENTS

    batch_no: str
    line_id: UUID
    union_id: UUID
    unit_id: UUID
    part: Part
    flags: list[PersonFlag]
    flagged_at: Instant

    def key(self) -> str:
        return self.batch_no

    def subject(self) -> str:
        return str(self.line_id)
