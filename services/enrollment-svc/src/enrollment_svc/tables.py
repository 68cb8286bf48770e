"""The tables of enrollment-svc."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Boolean, Date, Index, Integer, LargeBinary, Text, Uuid
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import registry
from sqlmodel import SQLModel

from chassis.tables import column, counter, key, moment, serial


class Table(SQLModel, registry=registry()):
    """A base class with its own metadata, so that the tables of two services do not mix in one process."""


class CandidateRow(Table, table=True):
    """A candidate for enrollment: one person in one unit. A person who is in several units has a row in each (A59).

    The registries' answers are in `candidate_statuses`. So an answer does not rewrite this row, which is wide because
    of `sealed`. `confirmed_raw` is the employment registry's answer at the time of the last confirmation. `promised_at`
    is the due time of a check of this candidate. A later check changes it only if the card is 正常 (F119).
    """

    __tablename__ = "candidates"
    __table_args__ = (
        Index("candidates_by_union", "union_id", "member_no"),
        Index("candidates_person", "person_key"),
        Index("candidates_confirmed", "union_id", "person_key", postgresql_where=sql("confirmed_years <> '{}'")),
    )

    member_id: UUID = key()
    union_id: UUID = column(Uuid)
    unit_id: UUID = column(Uuid)
    person_key: str = column(Text)
    member_no: str = column(Text)
    document_type: str = column(Text)
    masked_name: str = column(Text)
    masked_number: str = column(Text)
    sealed: bytes = column(LargeBinary)
    name_key: str = column(Text)
    tag: str | None = column(Text, optional=True)
    has_service_card: bool = column(Boolean)
    channel: str | None = column(Text, optional=True)
    confirmed_years: list[int] = column(ARRAY(Integer), default="'{}'")
    renamed_at: datetime | None = moment(optional=True)
    removed_at: datetime | None = moment(optional=True)
    promised_at: datetime | None = moment(optional=True)
    confirmed_raw: str | None = column(Text, optional=True)
    confirmed_at: datetime | None = moment(optional=True)
    confirmed_by: str | None = column(Text, optional=True)


class CandidateStatusRow(Table, table=True):
    """The registries' answers about a member. A member without an answer has no row.

    An answer can arrive before its member. Then this row is stored, and it counts as soon as the member arrives.
    """

    __tablename__ = "candidate_statuses"

    member_id: UUID = key()
    card_status: str | None = column(Text, optional=True)
    card_raw: str | None = column(Text, optional=True)
    card_checked_at: datetime | None = moment(optional=True)
    employment_status: str | None = column(Text, optional=True)
    employment_raw: str | None = column(Text, optional=True)
    employment_checked_at: datetime | None = moment(optional=True)
    card_source: str | None = column(Text, optional=True)
    employment_source: str | None = column(Text, optional=True)


class CheckSetRow(Table, table=True):
    """A check of the people of one unit. It runs from the request until the registries have answered about every part
    of these people (F101).

    MembersImported starts the check after an import. If the answers arrive before this event, they create the row, and
    `requested_at` is None until MembersImported arrives.
    """

    __tablename__ = "check_sets"
    __table_args__ = (
        Index("check_sets_open", "union_id", postgresql_where=sql("completed_at IS NULL")),
        # For the latest check of a union, which the header of its lists shows (`store/candidates/checks.py`).
        Index("check_sets_union", "union_id"),
    )

    job_id: UUID = key()
    unit_id: UUID = key()
    union_id: UUID = column(Uuid)
    origin: str | None = column(Text, optional=True)
    requested_at: datetime | None = moment(optional=True)
    due_at: datetime | None = moment(optional=True)
    part_count: int = column(Integer)
    people: int = counter()
    answered_parts: int = counter()
    answered_people: int = counter()
    completed_at: datetime | None = moment(optional=True)


class WorkingDayRow(Table, table=True):
    """A day of the Chinese working calendar. `origin`: `published` by the State Council, or `entered` by hand (A61)."""

    __tablename__ = "working_days"

    day: date = key(Date)
    working: bool = column(Boolean)
    origin: str = column(Text)
    version: int = column(Integer, default="1")
    reason: str | None = column(Text, optional=True)


class RateRow(Table, table=True):
    """The fee of a year, plan and term. `scope` is `city`, or the id of the district that splits the fee (A60).

    `second_level_fen` is a part of the district share (A33). `half_year_from` (MM-DD) is set on the city's half-year
    row only. If it is None, the setting `half_year_from` applies (A03). `sealed_at`: when the first submission used the
    rate and so locked it. This column, the API's field `sealed` and the code RATE_SEALED use an older word for locked.
    """

    __tablename__ = "rates"

    year: int = key(Integer)
    plan: str = key(Text)
    term: str = key(Text)
    scope: str = key(Text)
    plan_name: str = column(Text)
    city_fen: int = column(BigInteger)
    district_fen: int = column(BigInteger)
    unit_fen: int = column(BigInteger)
    enabled: bool = column(Boolean)
    sample: bool = column(Boolean)
    version: int = column(Integer)
    set_at: datetime = moment()
    sealed_at: datetime | None = moment(optional=True)
    second_level_fen: int = counter(BigInteger)
    half_year_from: str | None = column(Text, optional=True)


class RateUseRow(Table, table=True):
    """A union of the district `union_id` has submitted people with this plan and year.

    So the district's split of the fee is locked (A60).
    """

    __tablename__ = "rate_uses"

    year: int = key(Integer)
    plan: str = key(Text)
    union_id: UUID = key()
    first_at: datetime = moment()


class WindowRow(Table, table=True):
    """The days on which a year is open for an enrollment type. Without a row the default window applies (A55)."""

    __tablename__ = "enrollment_windows"

    year: int = key(Integer)
    enrollment_type: str = key(Text)
    opens_on: date = column(Date)
    closes_on: date = column(Date)
    version: int = column(Integer)
    set_at: datetime = moment()


class PlanLockRow(Table, table=True):
    """The one plan of a union and year (A10). It is locked while the union has a live enrollment in the year (A49)."""

    __tablename__ = "plan_locks"

    union_id: UUID = key()
    year: int = key(Integer)
    plan: str = column(Text)


class BatchCounterRow(Table, table=True):
    """The sequence number of the day's last batch in the whole city (A47)."""

    __tablename__ = "batch_counters"

    day: date = key(Date)
    last: int = column(Integer)


class BatchRow(Table, table=True):
    """A batch. All its lines have the same union, year, plan and enrollment type (A13)."""

    __tablename__ = "batches"
    __table_args__ = (Index("batches_by_union", "union_id", "submitted_at"),)

    batch_no: str = key(Text)
    union_id: UUID = column(Uuid)
    union_name: str = column(Text)
    year: int = column(Integer)
    plan: str = column(Text)
    plan_name: str = column(Text)
    enrollment_type: str = column(Text)
    numbered_on: date = column(Date)
    submitted_at: datetime = moment()


class LineRow(Table, table=True):
    """A batch line: the people of one unit and channel in a batch, as submitted (A13, A46, D17).

    `heads` and the shares leave out returned people. `submitted_heads` never changes.
    """

    __tablename__ = "lines"
    __table_args__ = (
        Index("lines_of_batch", "batch_no", "unit_id", "channel", unique=True),
        Index("lines_by_union", "union_id", "year"),
        Index("lines_by_submission", "submission_no", postgresql_where=sql("submission_no IS NOT NULL")),
        # For the first pages of 参保信息查询 in a large subtree, and for the number of enrollments in batches of the
        # whole city. The index has all columns for both, so that the wide rows are not read
        # (`store/batches/enrollments.py`). The index is not sorted by the year. If it were, PostgreSQL would search by
        # the year even for the lines of one union, as long as the table has no statistics.
        Index(
            "lines_latest",
            sql("submitted_at DESC"),
            "line_id",
            postgresql_include=["year", "channel", "state", "heads", "submitted_heads"],
        ),
    )

    line_id: UUID = key()
    batch_no: str = column(Text)
    union_id: UUID = column(Uuid)
    unit_id: UUID = column(Uuid)
    unit_name: str = column(Text)
    organization_code: str | None = column(Text, optional=True)
    credit_code: str | None = column(Text, optional=True)
    year: int = column(Integer)
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
    chain: list[Any] = column(JSONB)
    round: int = column(Integer)
    replaces: str | None = column(Text, optional=True)
    state: str = column(Text)
    withdrawal: str | None = column(Text, optional=True)
    submission_no: str | None = column(Text, optional=True)
    submitted_at: datetime = moment()
    submitted_by: str = column(Text)
    decided_at: datetime | None = moment(optional=True)
    updated_at: datetime = moment()
    version: int = column(Integer, default="1")
    start_rule: str = column(Text, default="'submit_next_day'")


class LineSumRow(Table, table=True):
    """The people of the lines that have the same values in the key columns.

    The sum is this row plus the rows of `line_sum_changes` with the same values in these columns.
    """

    __tablename__ = "line_sums"

    year: int = key(Integer)
    channel: str = key(Text)
    state: str = key(Text)
    heads: int = counter(BigInteger)
    submitted_heads: int = counter(BigInteger)


class LineSumChangeRow(Table, table=True):
    """A change of one sum of `line_sums`, caused by one statement that changed the table `lines`.

    A trigger of `lines` writes the row in the same transaction, so no writer can forget it. Transactions only add rows
    here, and a periodic job moves the rows to `line_sums`. So two transactions that change lines of the same year do
    not wait for each other.
    """

    __tablename__ = "line_sum_changes"

    id: int | None = serial()
    year: int = column(Integer)
    channel: str = column(Text)
    state: str = column(Text)
    heads: int = column(BigInteger)
    submitted_heads: int = column(BigInteger)


class EnrollmentRow(Table, table=True):
    """A person of a line, as submitted (D17). In the state `held` the row has a city key: it is in the unique index of
    `person_key` and `year` (D16).

    `flagged`: the status retired or deceased, if it was known while the line was under review (A54).
    """

    __tablename__ = "enrollments"
    __table_args__ = (
        Index("enrollments_city_key", "person_key", "year", unique=True, postgresql_where=sql("state = 'held'")),
        Index("enrollments_gone_back", "person_key", postgresql_where=sql("state <> 'held'")),
    )

    line_id: UUID = key()
    member_id: UUID = key()
    year: int = column(Integer)
    person_key: str = column(Text)
    member_no: str = column(Text)
    document_type: str = column(Text)
    masked_name: str = column(Text)
    masked_number: str = column(Text)
    sealed: bytes = column(LargeBinary)
    card_status: str | None = column(Text, optional=True)
    employment_status: str | None = column(Text, optional=True)
    confirmed_by_hand: bool = column(Boolean)
    round: int = column(Integer)
    state: str = column(Text)
    reason: str | None = column(Text, optional=True)
    flagged: str | None = column(Text, optional=True)


class LineHistoryRow(Table, table=True):
    """An entry in the history of a line. `id` gives the order of arrival (F200, D18)."""

    __tablename__ = "line_history"
    __table_args__ = (Index("line_history_of_line", "line_id", "id"),)

    id: int | None = serial()
    line_id: UUID = column(Uuid)
    at: datetime = moment()
    what: str = column(Text)
    by: str = column(Text)
    heads: int = column(Integer)
    reason: str | None = column(Text, optional=True)


class CenterAnswerRow(Table, table=True):
    """The center's decision about a line of a district's submission. It can arrive before the line's BatchCompleted.

    `line_id` is the nil UUID if the decision is about all lines of the submission.
    """

    __tablename__ = "center_answers"

    submission_no: str = key(Text)
    line_id: UUID = key()
    answer: str = column(Text)
    reason: str | None = column(Text, optional=True)
    answered_at: datetime = moment()


class SettledSubmissionRow(Table, table=True):
    """A submission to the center that is paid in full. VoucherAccepted, which reports the payment, can arrive before
    the BatchCompleted of the lines.
    """

    __tablename__ = "settled_submissions"

    submission_no: str = key(Text)
    settled_at: datetime = moment()


class PublishedNoticeRow(Table, table=True):
    """The id of a published notice, so that several events about the same fact publish only one notice (D06)."""

    __tablename__ = "notices_told"

    notice_id: UUID = key()
