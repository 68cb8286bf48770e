"""The tables of payment-svc."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Date, Index, Integer, LargeBinary, Text, Uuid
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import registry
from sqlmodel import SQLModel

from chassis.tables import column, counter, key, moment

#: The unique indexes of `vouchers` contain only vouchers that are not rejected, because after a rejection the district
#: is allowed to enter the same payment again, with the same file and the same bank reference.
LIVE = sql("state <> 'rejected'")


class Table(SQLModel, registry=registry()):
    """The base class. It has its own metadata, because tables of two services in one process can have the same name."""


class DueRow(Table, table=True):
    """The money that one submission owes.

    `submitted`, `confirmed` and `rejected` are copied from events. `paid_fen`: the money of accepted vouchers.
    `pending_fen`: the money of vouchers that the center has not decided yet. State, sums and `due_on` are computed from
    these five columns (`domain/dues.py`).
    """

    __tablename__ = "dues"
    __table_args__ = (
        Index("dues_by_union", "union_id", "confirmed_at"),
        Index("dues_by_state", "state", "confirmed_at"),
        Index("dues_open", "due_on", postgresql_where=sql("open_fen > 0")),
    )

    submission_no: str = key(Text)
    union_id: UUID = column(Uuid)
    union_name: str | None = column(Text, optional=True)
    year: int = column(Integer)
    enrollment_type: str = column(Text)
    submitted: dict[str, Any] | None = column(JSONB, optional=True)
    confirmed: dict[str, Any] | None = column(JSONB, optional=True)
    rejected: dict[str, Any] | None = column(JSONB, optional=True)
    version: int = counter()
    heads: int = counter()
    city_fen: int = counter(BigInteger)
    district_fen: int = counter(BigInteger)
    unit_fen: int = counter(BigInteger)
    due_fen: int = counter(BigInteger)
    paid_fen: int = counter(BigInteger)
    pending_fen: int = counter(BigInteger)
    open_fen: int = counter(BigInteger)
    state: str = column(Text, default="'awaiting_confirmation'")
    submitted_at: datetime | None = moment(optional=True)
    confirmed_at: datetime | None = moment(optional=True)
    due_on: date | None = column(Date, optional=True)
    voucher_at: datetime | None = moment(optional=True)
    feedback_at: datetime | None = moment(optional=True)
    due_soon_told_at: datetime | None = moment(optional=True)
    overdue_told_at: datetime | None = moment(optional=True)
    updated_at: datetime = moment(now=True)


class DueLineRow(Table, table=True):
    """A batch line of a submission. A search for its batch number finds the submission (A12, A23)."""

    __tablename__ = "due_lines"
    __table_args__ = (Index("due_lines_by_batch", "batch_no", postgresql_ops={"batch_no": "text_pattern_ops"}),)

    submission_no: str = key(Text)
    version: int = key(Integer)
    line_id: UUID = key()
    batch_no: str = column(Text)
    union_id: UUID | None = column(Uuid, optional=True)
    unit_id: UUID | None = column(Uuid, optional=True)
    heads: int = column(Integer)
    city_fen: int = counter(BigInteger)
    district_fen: int = column(BigInteger)
    unit_fen: int = column(BigInteger)


class VoucherRow(Table, table=True):
    """A voucher. `sealed`: bank reference and payer, encrypted. `reference_key`: the bank reference's blind index."""

    __tablename__ = "vouchers"
    __table_args__ = (
        Index("vouchers_file", "file_sha256", unique=True, postgresql_where=LIVE),
        Index("vouchers_reference", "reference_key", unique=True, postgresql_where=LIVE),
        Index("vouchers_by_union", "union_id", "uploaded_at"),
    )

    voucher_id: UUID = key()
    union_id: UUID = column(Uuid)
    amount_fen: int = column(BigInteger)
    due_fen: int = column(BigInteger)
    filled_fen: int = column(BigInteger)
    result: str = column(Text)
    reason: str | None = column(Text, optional=True)
    paid_on: date = column(Date)
    sealed: bytes = column(LargeBinary)
    reference_key: str = column(Text)
    file_id: UUID = column(Uuid)
    file_sha256: str = column(Text)
    file_name: str = column(Text)
    file_type: str = column(Text)
    file_bytes: int = column(Integer)
    state: str = column(Text)
    uploaded_by: str = column(Text)
    uploaded_at: datetime = moment()
    decided_at: datetime | None = moment(optional=True)
    decision_reason: str | None = column(Text, optional=True)
    file_name_key: str = column(Text)


class VoucherFillRow(Table, table=True):
    """The money of a voucher that pays one submission: `amount_fen`.

    `due_fen`: the submission's `open_fen` before the voucher is counted.
    """

    __tablename__ = "voucher_fills"
    __table_args__ = (Index("voucher_fills_by_submission", "submission_no"),)

    voucher_id: UUID = key()
    submission_no: str = key(Text)
    version: int = column(Integer)
    due_fen: int = column(BigInteger)
    amount_fen: int = column(BigInteger)


class PayeeRow(Table, table=True):
    """One version of the center's bank account. The highest version is valid. No version is overwritten (F249)."""

    __tablename__ = "payees"

    version: int = key(Integer)
    name: str = column(Text)
    bank: str = column(Text)
    account: str = column(Text)
    set_by: str = column(Text)
    set_at: datetime = moment()
