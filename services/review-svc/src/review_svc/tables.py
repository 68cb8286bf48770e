"""Tables of review-svc."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Text,
    Uuid,
)
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from chassis.schema import instant


class Table(SQLModel, registry=registry()):
    """A base with metadata of its own, so that two services' tables never meet in one process."""


def _text(*, nullable: bool = False) -> Any:
    return Column(Text, nullable=nullable)


def _fen() -> Any:
    return Column(BigInteger, nullable=False)


def _count(default: str | None = None) -> Any:
    return Column(Integer, nullable=False, server_default=sql(default) if default else None)


class LineRow(Table, table=True):
    """A batch line from `BatchSubmitted` on. Names, codes, dates, rate and chain are frozen (D17).

    With the start rule `approve_next_day` dates, term and rate are a forecast until `settled_at` (A01).
    """

    __tablename__ = "lines"
    __table_args__ = (
        Index("lines_reviewer", "reviewer_id", "state", "submitted_at"),
        Index("lines_union", "union_id", "year"),
        Index("lines_batch", "batch_no"),
        Index("lines_submission", "submission_no"),
        Index("lines_listed", "state", "submitted_at"),
        Index("lines_chain", "chain", postgresql_using="gin"),
    )

    line_id: UUID = Field(sa_column=Column(Uuid, primary_key=True))
    batch_no: str = Field(sa_column=_text())
    union_id: UUID = Field(sa_column=Column(Uuid, nullable=False))
    union_name: str = Field(sa_column=_text())
    unit_id: UUID = Field(sa_column=Column(Uuid, nullable=False))
    unit_name: str = Field(sa_column=_text())
    organization_code: str | None = Field(sa_column=_text(nullable=True))
    credit_code: str | None = Field(sa_column=_text(nullable=True))
    year: int = Field(sa_column=_count())
    plan: str = Field(sa_column=_text())
    plan_name: str = Field(sa_column=_text())
    enrollment_type: str = Field(sa_column=_text())
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
    chain: list[UUID] = Field(sa_column=Column(ARRAY(Uuid), nullable=False))
    chain_names: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    step: int = Field(sa_column=_count("0"))
    reviewer_id: UUID = Field(sa_column=Column(Uuid, nullable=False))
    state: str = Field(sa_column=_text())
    version: int = Field(sa_column=_count("1"))
    passed_up: bool = Field(sa_column=Column(Boolean, nullable=False, server_default=sql("false")))
    parts_expected: int = Field(sa_column=_count())
    parts_arrived: int = Field(sa_column=_count("0"))
    people_arrived: int = Field(sa_column=_count("0"))
    replaces: str | None = Field(sa_column=_text(nullable=True))
    round: int = Field(sa_column=_count("1"))
    submission_no: str | None = Field(sa_column=_text(nullable=True))
    submitted_at: datetime = Field(sa_column=instant())
    submitted_by: str = Field(sa_column=_text())
    submitted_by_union_id: UUID | None = Field(sa_column=Column(Uuid, nullable=True))
    updated_at: datetime = Field(sa_column=instant())
    start_rule: str = Field(sa_column=Column(Text, nullable=False, server_default=sql("'submit_next_day'")))
    half_year_from: str | None = Field(sa_column=_text(nullable=True))
    half_year_city_fen: int | None = Field(sa_column=Column(BigInteger, nullable=True))
    half_year_district_fen: int | None = Field(sa_column=Column(BigInteger, nullable=True))
    half_year_unit_fen: int | None = Field(sa_column=Column(BigInteger, nullable=True))
    settled_at: datetime | None = Field(sa_column=instant(nullable=True))
    flagged: int = Field(sa_column=_count("0"))
    unit_name_key: str = Field(sa_column=_text())


class LinePersonRow(Table, table=True):
    """A person of a line. States: in, returned. No foreign key: it would be checked once per person of a part."""

    __tablename__ = "line_people"
    __table_args__ = (Index("line_people_person", "person_key"),)

    line_id: UUID = Field(sa_column=Column(Uuid, primary_key=True))
    member_id: UUID = Field(sa_column=Column(Uuid, primary_key=True))
    member_no: str = Field(sa_column=_text())
    person_key: str = Field(sa_column=_text())
    document_type: str = Field(sa_column=_text())
    masked_name: str = Field(sa_column=_text())
    masked_number: str = Field(sa_column=_text())
    confirmed_by_hand: bool = Field(sa_column=Column(Boolean, nullable=False))
    sealed: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    state: str = Field(sa_column=Column(Text, nullable=False, server_default=sql("'in'")))
    flag: str | None = Field(sa_column=_text(nullable=True))


class HistoryRow(Table, table=True):
    """What happened to a line: append-only, a trigger refuses changes."""

    __tablename__ = "line_history"
    __table_args__ = (Index("line_history_line", "line_id", "id"),)

    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(), primary_key=True))
    line_id: UUID = Field(sa_column=Column(Uuid, nullable=False))
    at: datetime = Field(sa_column=instant())
    account: str = Field(sa_column=_text())
    union_id: UUID | None = Field(sa_column=Column(Uuid, nullable=True))
    what: str = Field(sa_column=_text())
    reason: str | None = Field(sa_column=_text(nullable=True))
    detail: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))


class SubmissionRow(Table, table=True):
    """A district's submission to the center. Heads and money are those of the lines that still stand."""

    __tablename__ = "submissions"
    __table_args__ = (Index("submissions_union", "union_id", "year"),)

    submission_no: str = Field(sa_column=Column(Text, primary_key=True))
    version: int = Field(sa_column=_count("1"))
    union_id: UUID = Field(sa_column=Column(Uuid, nullable=False))
    union_name: str = Field(sa_column=_text())
    year: int = Field(sa_column=_count())
    enrollment_type: str = Field(sa_column=_text())
    submitted_heads: int = Field(sa_column=_count())
    heads: int = Field(sa_column=_count())
    city_fen: int = Field(sa_column=_fen())
    district_fen: int = Field(sa_column=_fen())
    unit_fen: int = Field(sa_column=_fen())
    handler: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    state: str = Field(sa_column=_text())
    reason: str | None = Field(sa_column=_text(nullable=True))
    submitted_at: datetime = Field(sa_column=instant())
    submitted_by: str = Field(sa_column=_text())
    received_at: datetime | None = Field(sa_column=instant(nullable=True))
    decided_at: datetime | None = Field(sa_column=instant(nullable=True))
    feedback_at: datetime | None = Field(sa_column=instant(nullable=True))
    updated_at: datetime = Field(sa_column=instant())
    feedback_result: str | None = Field(sa_column=_text(nullable=True))
    feedback_text: str | None = Field(sa_column=_text(nullable=True))


class SubmissionLineRow(Table, table=True):
    """The lines of a submission as they were sent. States: in, rejected."""

    __tablename__ = "submission_lines"

    submission_no: str = Field(sa_column=Column(Text, ForeignKey("submissions.submission_no"), primary_key=True))
    line_id: UUID = Field(sa_column=Column(Uuid, primary_key=True))
    batch_no: str = Field(sa_column=_text())
    union_id: UUID = Field(sa_column=Column(Uuid, nullable=False))
    unit_id: UUID = Field(sa_column=Column(Uuid, nullable=False))
    heads: int = Field(sa_column=_count())
    city_fen: int = Field(sa_column=_fen())
    district_fen: int = Field(sa_column=_fen())
    unit_fen: int = Field(sa_column=_fen())
    state: str = Field(sa_column=Column(Text, nullable=False, server_default=sql("'in'")))


class VoucherRow(Table, table=True):
    """A submission that a voucher covers (`VoucherSubmitted`)."""

    __tablename__ = "vouchers"

    voucher_id: UUID = Field(sa_column=Column(Uuid, primary_key=True))
    submission_no: str = Field(sa_column=Column(Text, primary_key=True))


class SubmissionCounterRow(Table, table=True):
    """How many submissions a day has; locked last in the numbering transaction."""

    __tablename__ = "submission_counters"

    day: date = Field(sa_column=Column(Date, primary_key=True))
    last: int = Field(sa_column=_count())
