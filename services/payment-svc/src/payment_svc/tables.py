"""The tables of payment-svc."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Column, Date, Index, Integer, LargeBinary, Text, Uuid
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from chassis.schema import instant

#: A rejected voucher gives its file and its bank reference back: the same real payment may be entered again.
LIVE = sql("state <> 'rejected'")


class Table(SQLModel, registry=registry()):
    """A base with metadata of its own, so that two services' tables never meet in one process."""


class DueRow(Table, table=True):
    """What one submission owes. `submitted`, `confirmed`, `rejected` are the facts; the rest is reckoned from them."""

    __tablename__ = "dues"
    __table_args__ = (
        Index("dues_by_union", "union_id", "confirmed_at"),
        Index("dues_by_state", "state", "confirmed_at"),
        Index("dues_open", "due_on", postgresql_where=sql("open_fen > 0")),
    )

    submission_no: str = Field(sa_column=Column(Text, primary_key=True))
    union_id: UUID = Field(sa_column=Column(Uuid, nullable=False))
    union_name: str | None = Field(default=None, sa_column=Column(Text))
    year: int = Field(sa_column=Column(Integer, nullable=False))
    enrollment_type: str = Field(sa_column=Column(Text, nullable=False))
    submitted: dict[str, Any] | None = Field(default=None, sa_column=Column(JSONB))
    confirmed: dict[str, Any] | None = Field(default=None, sa_column=Column(JSONB))
    rejected: dict[str, Any] | None = Field(default=None, sa_column=Column(JSONB))
    version: int = Field(sa_column=Column(Integer, nullable=False, server_default=sql("0")))
    heads: int = Field(sa_column=Column(Integer, nullable=False, server_default=sql("0")))
    city_fen: int = Field(sa_column=Column(BigInteger, nullable=False, server_default=sql("0")))
    district_fen: int = Field(sa_column=Column(BigInteger, nullable=False, server_default=sql("0")))
    unit_fen: int = Field(sa_column=Column(BigInteger, nullable=False, server_default=sql("0")))
    due_fen: int = Field(sa_column=Column(BigInteger, nullable=False, server_default=sql("0")))
    paid_fen: int = Field(sa_column=Column(BigInteger, nullable=False, server_default=sql("0")))
    pending_fen: int = Field(sa_column=Column(BigInteger, nullable=False, server_default=sql("0")))
    open_fen: int = Field(sa_column=Column(BigInteger, nullable=False, server_default=sql("0")))
    state: str = Field(sa_column=Column(Text, nullable=False, server_default=sql("'awaiting_confirmation'")))
    submitted_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    confirmed_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    due_on: date | None = Field(default=None, sa_column=Column(Date))
    voucher_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    feedback_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    due_soon_told_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    overdue_told_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    updated_at: datetime = Field(sa_column=instant(now=True))


class DueLineRow(Table, table=True):
    """A batch line of a submission's latest version, so that a unit's batch number finds its submission (A12, A23)."""

    __tablename__ = "due_lines"
    __table_args__ = (Index("due_lines_by_batch", "batch_no", postgresql_ops={"batch_no": "text_pattern_ops"}),)

    submission_no: str = Field(sa_column=Column(Text, primary_key=True))
    version: int = Field(sa_column=Column(Integer, primary_key=True))
    line_id: UUID = Field(sa_column=Column(Uuid, primary_key=True))
    batch_no: str = Field(sa_column=Column(Text, nullable=False))
    union_id: UUID | None = Field(default=None, sa_column=Column(Uuid))
    unit_id: UUID | None = Field(default=None, sa_column=Column(Uuid))
    heads: int = Field(sa_column=Column(Integer, nullable=False))
    city_fen: int = Field(sa_column=Column(BigInteger, nullable=False, server_default=sql("0")))
    district_fen: int = Field(sa_column=Column(BigInteger, nullable=False))
    unit_fen: int = Field(sa_column=Column(BigInteger, nullable=False))


class VoucherRow(Table, table=True):
    """A payment voucher. `sealed` holds bank reference and payer; `reference_key` finds a reference used twice."""

    __tablename__ = "vouchers"
    __table_args__ = (
        Index("vouchers_file", "file_sha256", unique=True, postgresql_where=LIVE),
        Index("vouchers_reference", "reference_key", unique=True, postgresql_where=LIVE),
        Index("vouchers_by_union", "union_id", "uploaded_at"),
    )

    voucher_id: UUID = Field(sa_column=Column(Uuid, primary_key=True))
    union_id: UUID = Field(sa_column=Column(Uuid, nullable=False))
    amount_fen: int = Field(sa_column=Column(BigInteger, nullable=False))
    due_fen: int = Field(sa_column=Column(BigInteger, nullable=False))
    filled_fen: int = Field(sa_column=Column(BigInteger, nullable=False))
    result: str = Field(sa_column=Column(Text, nullable=False))
    reason: str | None = Field(default=None, sa_column=Column(Text))
    paid_on: date = Field(sa_column=Column(Date, nullable=False))
    sealed: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    reference_key: str = Field(sa_column=Column(Text, nullable=False))
    file_id: UUID = Field(sa_column=Column(Uuid, nullable=False))
    file_sha256: str = Field(sa_column=Column(Text, nullable=False))
    file_name: str = Field(sa_column=Column(Text, nullable=False))
    file_type: str = Field(sa_column=Column(Text, nullable=False))
    file_bytes: int = Field(sa_column=Column(Integer, nullable=False))
    state: str = Field(sa_column=Column(Text, nullable=False))
    uploaded_by: str = Field(sa_column=Column(Text, nullable=False))
    uploaded_at: datetime = Field(sa_column=instant())
    decided_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    decision_reason: str | None = Field(default=None, sa_column=Column(Text))
    file_name_key: str = Field(sa_column=Column(Text, nullable=False))


class VoucherFillRow(Table, table=True):
    """What a voucher puts on a submission; `due_fen` was open there before."""

    __tablename__ = "voucher_fills"
    __table_args__ = (Index("voucher_fills_by_submission", "submission_no"),)

    voucher_id: UUID = Field(sa_column=Column(Uuid, primary_key=True))
    submission_no: str = Field(sa_column=Column(Text, primary_key=True))
    version: int = Field(sa_column=Column(Integer, nullable=False))
    due_fen: int = Field(sa_column=Column(BigInteger, nullable=False))
    amount_fen: int = Field(sa_column=Column(BigInteger, nullable=False))


class PayeeRow(Table, table=True):
    """A version of the association's bank account; the last one counts, none is overwritten (F249)."""

    __tablename__ = "payees"

    version: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    name: str = Field(sa_column=Column(Text, nullable=False))
    bank: str = Field(sa_column=Column(Text, nullable=False))
    account: str = Field(sa_column=Column(Text, nullable=False))
    set_by: str = Field(sa_column=Column(Text, nullable=False))
    set_at: datetime = Field(sa_column=instant())
