"""The tables of enrollment-svc."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Boolean, Column, Date, Identity, Index, Integer, LargeBinary, Text, Uuid
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from chassis.schema import instant


def _text(*, nullable: bool = False, key: bool = False) -> Any:
    return Column(Text, nullable=nullable, primary_key=key)


def _id(*, key: bool = False) -> Any:
    return Column(Uuid, nullable=False, primary_key=key)


def _count(default: int | None = None) -> Any:
    return Column(Integer, nullable=False, server_default=None if default is None else sql(str(default)))


def _fen(default: int | None = None) -> Any:
    return Column(BigInteger, nullable=False, server_default=None if default is None else sql(str(default)))


def _flag(default: bool | None = None) -> Any:
    return Column(Boolean, nullable=False, server_default=None if default is None else sql(str(default).lower()))


class Table(SQLModel, registry=registry()):
    """A base with metadata of its own, so that two services' tables never meet in one process."""


class CandidateRow(Table, table=True):
    """A member as he stands for enrollment. One row per membership; a person may have several (A59).

    `standing` is where he stands unless confirmed, `standing_confirmed` where he stands in a year of `confirmed_years`;
    `confirmed_raw` is what the employment registry said when he was last confirmed. `promised_at`: by when the check
    that asked about him was promised (F119).
    """

    __tablename__ = "candidates"
    __table_args__ = (
        Index("candidates_by_union", "union_id", "member_no"),
        Index("candidates_person", "person_key"),
        Index("candidates_confirmed", "union_id", "person_key", postgresql_where=sql("confirmed_years <> '{}'")),
    )

    member_id: UUID = Field(sa_column=_id(key=True))
    union_id: UUID = Field(sa_column=_id())
    unit_id: UUID = Field(sa_column=_id())
    person_key: str = Field(sa_column=_text())
    member_no: str = Field(sa_column=_text())
    document_type: str = Field(sa_column=_text())
    masked_name: str = Field(sa_column=_text())
    masked_number: str = Field(sa_column=_text())
    sealed: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    name_key: str = Field(sa_column=_text())
    tag: str | None = Field(default=None, sa_column=_text(nullable=True))
    has_service_card: bool = Field(sa_column=_flag())
    channel: str | None = Field(default=None, sa_column=_text(nullable=True))
    standing: str = Field(sa_column=_text())
    standing_confirmed: str = Field(sa_column=_text())
    to_confirm: bool = Field(sa_column=_flag())
    confirmed_years: list[int] = Field(sa_column=Column(ARRAY(Integer), nullable=False, server_default=sql("'{}'")))
    card_status: str | None = Field(default=None, sa_column=_text(nullable=True))
    card_raw: str | None = Field(default=None, sa_column=_text(nullable=True))
    card_checked_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    employment_status: str | None = Field(default=None, sa_column=_text(nullable=True))
    employment_raw: str | None = Field(default=None, sa_column=_text(nullable=True))
    employment_checked_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    renamed_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    removed_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    card_source: str | None = Field(default=None, sa_column=_text(nullable=True))
    employment_source: str | None = Field(default=None, sa_column=_text(nullable=True))
    promised_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    confirmed_raw: str | None = Field(default=None, sa_column=_text(nullable=True))
    confirmed_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    confirmed_by: str | None = Field(default=None, sa_column=_text(nullable=True))


class EarlyStatusRow(Table, table=True):
    """What the registries said of a member who has not arrived here yet."""

    __tablename__ = "early_statuses"

    member_id: UUID = Field(sa_column=_id(key=True))
    card_status: str | None = Field(default=None, sa_column=_text(nullable=True))
    card_raw: str | None = Field(default=None, sa_column=_text(nullable=True))
    card_checked_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    employment_status: str | None = Field(default=None, sa_column=_text(nullable=True))
    employment_raw: str | None = Field(default=None, sa_column=_text(nullable=True))
    employment_checked_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    card_source: str | None = Field(default=None, sa_column=_text(nullable=True))
    employment_source: str | None = Field(default=None, sa_column=_text(nullable=True))


class CheckSetRow(Table, table=True):
    """The parts of one check for one unit. It runs from the question until every part is answered (F101).

    `requested_at` is None while answers have arrived before the question.
    """

    __tablename__ = "check_sets"
    __table_args__ = (Index("check_sets_open", "union_id", postgresql_where=sql("completed_at IS NULL")),)

    job_id: UUID = Field(sa_column=_id(key=True))
    unit_id: UUID = Field(sa_column=_id(key=True))
    union_id: UUID = Field(sa_column=_id())
    origin: str | None = Field(default=None, sa_column=_text(nullable=True))
    requested_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    due_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    part_count: int = Field(sa_column=_count())
    people: int = Field(sa_column=_count(0))
    answered_parts: int = Field(sa_column=_count(0))
    answered_people: int = Field(sa_column=_count(0))
    completed_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))


class WorkingDayRow(Table, table=True):
    """A day of the Chinese working calendar. `origin` tells the published schedule from an entry made by hand (A61)."""

    __tablename__ = "working_days"

    day: date = Field(sa_column=Column(Date, primary_key=True))
    working: bool = Field(sa_column=_flag())
    origin: str = Field(sa_column=_text())
    version: int = Field(sa_column=_count(1))
    reason: str | None = Field(default=None, sa_column=_text(nullable=True))


class RateRow(Table, table=True):
    """The fee of a year, plan and term. `scope` is `city`, or a union that splits the city's fee its own way (A60).

    `second_level_fen` is of which of the district share (A33). `half_year_from` (MM-DD) stands on the city's half-year
    row; None = the setting (A03).
    """

    __tablename__ = "rates"

    year: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    plan: str = Field(sa_column=_text(key=True))
    term: str = Field(sa_column=_text(key=True))
    scope: str = Field(sa_column=_text(key=True))
    plan_name: str = Field(sa_column=_text())
    city_fen: int = Field(sa_column=_fen())
    district_fen: int = Field(sa_column=_fen())
    unit_fen: int = Field(sa_column=_fen())
    enabled: bool = Field(sa_column=_flag())
    sample: bool = Field(sa_column=_flag())
    version: int = Field(sa_column=_count())
    set_at: datetime = Field(sa_column=instant())
    sealed_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    second_level_fen: int = Field(sa_column=_fen(0))
    half_year_from: str | None = Field(default=None, sa_column=_text(nullable=True))


class RateUseRow(Table, table=True):
    """A district has submitted this plan in this year: its split of the fee is settled (A60)."""

    __tablename__ = "rate_uses"

    year: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    plan: str = Field(sa_column=_text(key=True))
    union_id: UUID = Field(sa_column=_id(key=True))
    first_at: datetime = Field(sa_column=instant())


class WindowRow(Table, table=True):
    """When a year takes submissions of a type, where the municipal union departs from the default (A55)."""

    __tablename__ = "enrollment_windows"

    year: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    enrollment_type: str = Field(sa_column=_text(key=True))
    opens_on: date = Field(sa_column=Column(Date, nullable=False))
    closes_on: date = Field(sa_column=Column(Date, nullable=False))
    version: int = Field(sa_column=_count())
    set_at: datetime = Field(sa_column=instant())


class PlanLockRow(Table, table=True):
    """The one plan of a union and year (A10). It counts while a live enrollment of both is left (A49)."""

    __tablename__ = "plan_locks"

    union_id: UUID = Field(sa_column=_id(key=True))
    year: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    plan: str = Field(sa_column=_text())


class BatchCounterRow(Table, table=True):
    """The last sequence of a day, city-wide (A47)."""

    __tablename__ = "batch_counters"

    day: date = Field(sa_column=Column(Date, primary_key=True))
    last: int = Field(sa_column=_count())


class BatchRow(Table, table=True):
    """A batch number: union × year × plan × enrollment type (A13)."""

    __tablename__ = "batches"
    __table_args__ = (Index("batches_by_union", "union_id", "submitted_at"),)

    batch_no: str = Field(sa_column=_text(key=True))
    union_id: UUID = Field(sa_column=_id())
    union_name: str = Field(sa_column=_text())
    year: int = Field(sa_column=_count())
    plan: str = Field(sa_column=_text())
    plan_name: str = Field(sa_column=_text())
    enrollment_type: str = Field(sa_column=_text())
    numbered_on: date = Field(sa_column=Column(Date, nullable=False))
    submitted_at: datetime = Field(sa_column=instant())


class LineRow(Table, table=True):
    """One enterprise and channel under a batch number, frozen as submitted (A13, A46, D17).

    `heads` and the shares are what the line still holds; `submitted_heads` and the rate never change.
    """

    __tablename__ = "lines"
    __table_args__ = (
        Index("lines_of_batch", "batch_no", "unit_id", "channel", unique=True),
        Index("lines_by_union", "union_id", "year"),
        Index("lines_by_submission", "submission_no", postgresql_where=sql("submission_no IS NOT NULL")),
    )

    line_id: UUID = Field(sa_column=_id(key=True))
    batch_no: str = Field(sa_column=_text())
    union_id: UUID = Field(sa_column=_id())
    unit_id: UUID = Field(sa_column=_id())
    unit_name: str = Field(sa_column=_text())
    organization_code: str | None = Field(default=None, sa_column=_text(nullable=True))
    credit_code: str | None = Field(default=None, sa_column=_text(nullable=True))
    year: int = Field(sa_column=_count())
    channel: str = Field(sa_column=_text())
    term: str = Field(sa_column=_text())
    start_on: date = Field(sa_column=Column(Date, nullable=False))
    end_on: date = Field(sa_column=Column(Date, nullable=False))
    rate_city_fen: int = Field(sa_column=_fen())
    rate_district_fen: int = Field(sa_column=_fen())
    rate_unit_fen: int = Field(sa_column=_fen())
    submitted_heads: int = Field(sa_column=_count())
    heads: int = Field(sa_column=_count())
    city_fen: int = Field(sa_column=_fen())
    district_fen: int = Field(sa_column=_fen())
    unit_fen: int = Field(sa_column=_fen())
    chain: list[Any] = Field(sa_column=Column(JSONB, nullable=False))
    round: int = Field(sa_column=_count())
    replaces: str | None = Field(default=None, sa_column=_text(nullable=True))
    state: str = Field(sa_column=_text())
    withdrawal: str | None = Field(default=None, sa_column=_text(nullable=True))
    submission_no: str | None = Field(default=None, sa_column=_text(nullable=True))
    submitted_at: datetime = Field(sa_column=instant())
    submitted_by: str = Field(sa_column=_text())
    decided_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    updated_at: datetime = Field(sa_column=instant())
    version: int = Field(sa_column=_count(1))
    start_rule: str = Field(sa_column=Column(Text, nullable=False, server_default=sql("'submit_next_day'")))


class EnrollmentRow(Table, table=True):
    """A person of a line, frozen (D17). `held` ones take the city key: one share per person and year (D16).

    `flagged`: what the registry said of the person while the line was under review (A54).
    """

    __tablename__ = "enrollments"
    __table_args__ = (
        Index("enrollments_city_key", "person_key", "year", unique=True, postgresql_where=sql("state = 'held'")),
        Index("enrollments_gone_back", "person_key", postgresql_where=sql("state <> 'held'")),
    )

    line_id: UUID = Field(sa_column=_id(key=True))
    member_id: UUID = Field(sa_column=_id(key=True))
    year: int = Field(sa_column=_count())
    person_key: str = Field(sa_column=_text())
    member_no: str = Field(sa_column=_text())
    document_type: str = Field(sa_column=_text())
    masked_name: str = Field(sa_column=_text())
    masked_number: str = Field(sa_column=_text())
    sealed: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    card_status: str | None = Field(default=None, sa_column=_text(nullable=True))
    employment_status: str | None = Field(default=None, sa_column=_text(nullable=True))
    confirmed_by_hand: bool = Field(sa_column=_flag())
    round: int = Field(sa_column=_count())
    state: str = Field(sa_column=_text())
    reason: str | None = Field(default=None, sa_column=_text(nullable=True))
    flagged: str | None = Field(default=None, sa_column=_text(nullable=True))


class LineHistoryRow(Table, table=True):
    """What happened to a line, in order of arrival (F200, D18)."""

    __tablename__ = "line_history"
    __table_args__ = (Index("line_history_of_line", "line_id", "id"),)

    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(), primary_key=True))
    line_id: UUID = Field(sa_column=_id())
    at: datetime = Field(sa_column=instant())
    what: str = Field(sa_column=_text())
    by: str = Field(sa_column=_text())
    heads: int = Field(sa_column=_count())
    reason: str | None = Field(default=None, sa_column=_text(nullable=True))


class CenterAnswerRow(Table, table=True):
    """What the protection center said of a district's submission; it may arrive before the line's completion.

    `line_id` is the nil id for an answer about all lines.
    """

    __tablename__ = "center_answers"

    submission_no: str = Field(sa_column=_text(key=True))
    line_id: UUID = Field(sa_column=_id(key=True))
    answer: str = Field(sa_column=_text())
    reason: str | None = Field(default=None, sa_column=_text(nullable=True))
    answered_at: datetime = Field(sa_column=instant())


class SettledSubmissionRow(Table, table=True):
    """A submission that is paid in full; told on a topic of its own, perhaps before the line's completion."""

    __tablename__ = "settled_submissions"

    submission_no: str = Field(sa_column=_text(key=True))
    settled_at: datetime = Field(sa_column=instant())


class NoticeToldRow(Table, table=True):
    """A notice that has been told; the same fact, told in several parts or lines, makes no second one (D06)."""

    __tablename__ = "notices_told"

    notice_id: UUID = Field(sa_column=_id(key=True))
