"""The tables of review-svc."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Date,
    Index,
    Integer,
    LargeBinary,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import registry
from sqlmodel import SQLModel

from chassis.tables import column, counter, key, moment, reference, serial


class Table(SQLModel, registry=registry()):
    """The base class. It has its own metadata, because tables of two services in one process may have the same name."""


class LineRow(Table, table=True):
    """A batch line, stored when its first `BatchSubmitted` arrives.

    Names, codes, dates, rate and chain stay as they were at the submission (D17), with two exceptions. With the start
    rule `approve_next_day`, dates, term and rate are a forecast until `settled_at` is set (A01). When a reviewing union
    is closed, another union can take its place in the chain (A56).
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

    line_id: UUID = key()
    batch_no: str = column(Text)
    union_id: UUID = column(Uuid)
    union_name: str = column(Text)
    unit_id: UUID = column(Uuid)
    unit_name: str = column(Text)
    organization_code: str | None = column(Text, optional=True)
    credit_code: str | None = column(Text, optional=True)
    year: int = column(Integer)
    plan: str = column(Text)
    plan_name: str = column(Text)
    enrollment_type: str = column(Text)
    channel: str = column(Text)
    term: str = column(Text)
    start_on: date = column(Date)
    end_on: date = column(Date)
    rate_city_fen: int = column(BigInteger)
    rate_district_fen: int = column(BigInteger)
    rate_unit_fen: int = column(BigInteger)
    submitted_heads: int = column(Integer)
    heads: int = column(Integer)
    city_fen: int = column(BigInteger)
    district_fen: int = column(BigInteger)
    unit_fen: int = column(BigInteger)
    chain: list[UUID] = column(ARRAY(Uuid))
    chain_names: list[str] = column(ARRAY(Text))
    step: int = counter()
    reviewer_id: UUID = column(Uuid)
    state: str = column(Text)
    version: int = column(Integer, default="1")
    passed_up: bool = column(Boolean, default="false")
    parts_expected: int = column(Integer)
    parts_arrived: int = counter()
    people_arrived: int = counter()
    replaces: str | None = column(Text, optional=True)
    round: int = column(Integer, default="1")
    submission_no: str | None = column(Text, optional=True)
    submitted_at: datetime = moment()
    submitted_by: str = column(Text)
    submitted_by_union_id: UUID | None = column(Uuid, optional=True)
    updated_at: datetime = moment()
    start_rule: str = column(Text, default="'submit_next_day'")
    half_year_from: str | None = column(Text, optional=True)
    half_year_city_fen: int | None = column(BigInteger, optional=True)
    half_year_district_fen: int | None = column(BigInteger, optional=True)
    half_year_unit_fen: int | None = column(BigInteger, optional=True)
    settled_at: datetime | None = moment(optional=True)
    flagged: int = counter()
    unit_name_key: str = column(Text)


class LinePersonRow(Table, table=True):
    """A person of a line. States: in, returned.

    There is no foreign key to `lines`, because the database would check it for each inserted person.
    """

    __tablename__ = "line_people"
    __table_args__ = (Index("line_people_person", "person_key"),)

    line_id: UUID = key()
    member_id: UUID = key()
    member_no: str = column(Text)
    person_key: str = column(Text)
    document_type: str = column(Text)
    masked_name: str = column(Text)
    masked_number: str = column(Text)
    confirmed_by_hand: bool = column(Boolean)
    sealed: bytes = column(LargeBinary)
    state: str = column(Text, default="'in'")
    flag: str | None = column(Text, optional=True)


class HistoryRow(Table, table=True):
    """An entry in the history of a line. Entries are only added. Triggers refuse to change or delete an entry."""

    __tablename__ = "line_history"
    __table_args__ = (Index("line_history_line", "line_id", "id"),)

    id: int | None = serial()
    line_id: UUID = column(Uuid)
    at: datetime = moment()
    account: str = column(Text)
    union_id: UUID | None = column(Uuid, optional=True)
    what: str = column(Text)
    reason: str | None = column(Text, optional=True)
    detail: dict[str, Any] = column(JSONB)


class SubmissionRow(Table, table=True):
    """A district's submission to the center. Heads and money are the sums of the lines that are not rejected."""

    __tablename__ = "submissions"
    __table_args__ = (Index("submissions_union", "union_id", "year"),)

    submission_no: str = key(Text)
    version: int = column(Integer, default="1")
    union_id: UUID = column(Uuid)
    union_name: str = column(Text)
    year: int = column(Integer)
    enrollment_type: str = column(Text)
    submitted_heads: int = column(Integer)
    heads: int = column(Integer)
    city_fen: int = column(BigInteger)
    district_fen: int = column(BigInteger)
    unit_fen: int = column(BigInteger)
    handler: bytes = column(LargeBinary)
    state: str = column(Text)
    reason: str | None = column(Text, optional=True)
    submitted_at: datetime = moment()
    submitted_by: str = column(Text)
    received_at: datetime | None = moment(optional=True)
    decided_at: datetime | None = moment(optional=True)
    feedback_at: datetime | None = moment(optional=True)
    updated_at: datetime = moment()
    feedback_result: str | None = column(Text, optional=True)
    feedback_text: str | None = column(Text, optional=True)


class SubmissionLineRow(Table, table=True):
    """A line of a submission as it was sent. States: in, rejected."""

    __tablename__ = "submission_lines"

    submission_no: str = reference("submissions.submission_no", Text, key=True)
    line_id: UUID = key()
    batch_no: str = column(Text)
    union_id: UUID = column(Uuid)
    unit_id: UUID = column(Uuid)
    heads: int = column(Integer)
    city_fen: int = column(BigInteger)
    district_fen: int = column(BigInteger)
    unit_fen: int = column(BigInteger)
    state: str = column(Text, default="'in'")


class VoucherRow(Table, table=True):
    """One row for each submission that a voucher pays, from `VoucherSubmitted`."""

    __tablename__ = "vouchers"

    voucher_id: UUID = key()
    submission_no: str = key(Text)


class SubmissionCounterRow(Table, table=True):
    """How many submissions a day has. A submission locks this row last, so that the next one waits only briefly."""

    __tablename__ = "submission_counters"

    day: date = key(Date)
    last: int = column(Integer)
