"""The tables of review-svc."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Date,
    Index,
    Integer,
    LargeBinary,
    Text,
    Uuid,
)
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import registry
from sqlmodel import SQLModel

from chassis.tables import column, counter, key, moment, reference, serial


class Table(SQLModel, registry=registry()):
    """The base class. It has its own metadata, because tables of two services in one process can have the same name."""


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
        # For lists of the whole city, latest first (`store/lists.py`). With this index, PostgreSQL counts lines by day
        # and by unit name, and finds a page, without reading the wide rows.
        Index("lines_latest", sql("submitted_at DESC"), "line_id", postgresql_include=["state", "unit_name_key"]),
        # For pages of the whole city that are sorted by heads (`store/lists.py`).
        Index("lines_by_heads", sql("heads DESC"), "line_id", postgresql_include=["state", "channel"]),
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


class LineSumRow(Table, table=True):
    """Heads and money of the lines that have the same values in the columns of the primary key.

    Lines that are still arriving do not count. The current sum is this row plus the rows of `line_sum_changes` with
    the same values in the columns of the primary key.
    """

    __tablename__ = "line_sums"

    reviewer_id: UUID = key()
    state: str = key(Text)
    year: int = key(Integer)
    plan: str = key(Text)
    plan_name: str = key(Text)
    enrollment_type: str = key(Text)
    channel: str = key(Text)
    chain: list[UUID] = key(ARRAY(Uuid))
    chain_names: list[str] = key(ARRAY(Text))
    lines: int = counter()
    heads: int = counter(BigInteger)
    city_fen: int = counter(BigInteger)
    district_fen: int = counter(BigInteger)
    unit_fen: int = counter(BigInteger)


class LineSumChangeRow(Table, table=True):
    """A change of one sum of `line_sums`, caused by one statement that changed the table `lines`.

    A trigger of `lines` writes the row in the same transaction, so no writer can forget it. Transactions only add rows
    to this table. A periodic job adds them to the sums in `line_sums`, and deletes them. So two transactions that
    change lines of the same reviewer do not wait for each other.
    """

    __tablename__ = "line_sum_changes"

    id: int | None = serial()
    reviewer_id: UUID = column(Uuid)
    state: str = column(Text)
    year: int = column(Integer)
    plan: str = column(Text)
    plan_name: str = column(Text)
    enrollment_type: str = column(Text)
    channel: str = column(Text)
    chain: list[UUID] = column(ARRAY(Uuid))
    chain_names: list[str] = column(ARRAY(Text))
    lines: int = column(Integer)
    heads: int = column(BigInteger)
    city_fen: int = column(BigInteger)
    district_fen: int = column(BigInteger)
    unit_fen: int = column(BigInteger)


class LinePartRow(Table, table=True):
    """The people of one part of a line, as they were submitted (D17). Each array has one entry for each person.

    No part is changed after it was stored. `number`: the index that the event gives the part. A migration turned the
    rows of an older release into parts. These parts have negative numbers.

    `sealed`: names, document numbers and mobiles, encrypted in one block. The people have the same order in the block
    as in the arrays. Parts of an older release have `sealed_people` instead: one block for each person.
    """

    __tablename__ = "line_parts"
    __table_args__ = (
        # For the story of a person.
        Index("line_parts_people", "person_keys", postgresql_using="gin"),
        CheckConstraint(
            "people = ALL (ARRAY[cardinality(member_ids), cardinality(member_nos), cardinality(person_keys), "
            "cardinality(document_types), cardinality(masked_names), cardinality(masked_numbers), "
            "cardinality(confirmed_by_hand)])",
            name="line_parts_aligned",
        ),
        CheckConstraint("num_nonnulls(sealed, sealed_people) = 1", name="line_parts_sealed"),
    )

    line_id: UUID = key()
    number: int = key(Integer)
    people: int = column(Integer)
    member_ids: list[UUID] = column(ARRAY(Uuid))
    member_nos: list[str] = column(ARRAY(Text))
    person_keys: list[str] = column(ARRAY(Text))
    document_types: list[str] = column(ARRAY(Text))
    masked_names: list[str] = column(ARRAY(Text))
    masked_numbers: list[str] = column(ARRAY(Text))
    confirmed_by_hand: list[bool] = column(ARRAY(Boolean))
    sealed: bytes | None = column(LargeBinary, optional=True)
    sealed_people: list[bytes] | None = column(ARRAY(LargeBinary), optional=True)


class MarkedPersonRow(Table, table=True):
    """A person of a line who was returned or flagged. `state` is one of: in, returned.

    A person without a row here is in the line and has no flag. When a whole line is returned or withdrawn, nobody is
    marked, because the state of the line shows it.
    """

    __tablename__ = "marked_people"

    line_id: UUID = key()
    member_id: UUID = key()
    state: str = column(Text, default="'in'")
    flag: str | None = column(Text, optional=True)


class HistoryRow(Table, table=True):
    """An entry in the history of a line. Entries are only added. Triggers refuse to change or delete an entry.

    `cause_id`: the id of the command, job or event that the entry follows from; None in entries of an older release.
    If it is a command, the audit log contains the same id.
    """

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
    cause_id: UUID | None = column(Uuid, optional=True)


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
    """A line of a submission as it was sent. `state` is one of: in, rejected."""

    __tablename__ = "submission_lines"
    # For searches by the start of a batch number (`store/submission_lists.py`).
    __table_args__ = (Index("submission_lines_batch", "batch_no", postgresql_ops={"batch_no": "text_pattern_ops"}),)

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
    """One row for each submission that a voucher pays. The rows come from the event `VoucherSubmitted`."""

    __tablename__ = "vouchers"

    voucher_id: UUID = key()
    submission_no: str = key(Text)


class SubmissionCounterRow(Table, table=True):
    """How many submissions a day has. A transaction that submits locks this row after all other locks. So the other
    submissions of the day wait only briefly.
    """

    __tablename__ = "submission_counters"

    day: date = key(Date)
    last: int = column(Integer)
