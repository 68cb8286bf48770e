"""The tables that every service has, as SQLModel declares them. Each package has a base with a registry of its own."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Text,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel


def instant(*, nullable: bool = False, now: bool = False) -> Any:
    """A `timestamptz` column; `now` sets the database's clock as default."""
    return Column(DateTime(timezone=True), nullable=nullable, server_default=sql("now()") if now else None)


class ChassisTable(SQLModel, registry=registry()):
    """A base with metadata of its own, so that two services' tables never meet in one process."""


class OutboxRow(ChassisTable, table=True):
    """An event written with the state that it tells of, until the relay has published it."""

    __tablename__ = "outbox"

    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(), primary_key=True))
    topic: str = Field(sa_column=Column(Text, nullable=False))
    key: str = Field(sa_column=Column(Text, nullable=False))
    sequence: int = Field(sa_column=Column(BigInteger, nullable=False))
    ce_id: UUID = Field(sa_column=Column(Uuid, nullable=False))
    ce_type: str = Field(sa_column=Column(Text, nullable=False))
    headers: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    payload: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    written_at: datetime = Field(sa_column=instant(now=True))


class OutboxSequenceRow(ChassisTable, table=True):
    """The last sequence given out per topic and key; locked by the writing transaction."""

    __tablename__ = "outbox_sequences"

    topic: str = Field(sa_column=Column(Text, primary_key=True))
    key: str = Field(sa_column=Column(Text, primary_key=True))
    last: int = Field(sa_column=Column(BigInteger, nullable=False))


class InboxPositionRow(ChassisTable, table=True):
    """The last record taken per topic and key: the whole inbox.

    `gap_first` to `gap_last` is what the last accepted jump passed over; ADR 0002 has the rules.
    """

    __tablename__ = "inbox_positions"

    topic: str = Field(sa_column=Column(Text, primary_key=True))
    key: str = Field(sa_column=Column(Text, primary_key=True))
    last: int = Field(sa_column=Column(BigInteger, nullable=False))
    gaps: int = Field(sa_column=Column(BigInteger, nullable=False, server_default=sql("0")))
    regressions: int = Field(sa_column=Column(BigInteger, nullable=False, server_default=sql("0")))
    last_id: UUID | None = Field(default=None, sa_column=Column(Uuid))
    partition: int | None = Field(default=None, sa_column=Column(Integer))
    record_offset: int | None = Field(default=None, sa_column=Column(BigInteger))
    gap_first: int | None = Field(default=None, sa_column=Column(BigInteger))
    gap_last: int | None = Field(default=None, sa_column=Column(BigInteger))


class DeadLetterRow(ChassisTable, table=True):
    """A record set aside; `chassis.dead_letters` tells the states.

    Headers and payload stay as they arrived; `fingerprint` is the payload's sha256, because a topic that was made anew
    counts its offsets from 0 again. `failed_at` is the last failure, `set_aside_at` the arrival.
    """

    __tablename__ = "dead_letters"
    __table_args__ = (
        UniqueConstraint("topic", "partition", "record_offset", "fingerprint", name="dead_letters_record"),
        Index("dead_letters_open", "topic", "key", "id", postgresql_where=sql("state in ('failed', 'parked')")),
        Index("dead_letters_apart", "id", postgresql_where=sql("state in ('refused', 'held', 'unknown')")),
        Index("dead_letters_ended", "ended_at", postgresql_where=sql("state in ('replayed', 'discarded')")),
    )

    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(), primary_key=True))
    topic: str = Field(sa_column=Column(Text, nullable=False))
    partition: int = Field(sa_column=Column(Integer, nullable=False))
    record_offset: int = Field(sa_column=Column(BigInteger, nullable=False))
    fingerprint: str = Field(sa_column=Column(Text, nullable=False))
    key: str = Field(sa_column=Column(Text, nullable=False))
    ce_type: str | None = Field(default=None, sa_column=Column(Text))
    ce_id: str | None = Field(default=None, sa_column=Column(Text))
    headers: list[Any] = Field(sa_column=Column(JSONB, nullable=False))
    payload: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    shape: str = Field(sa_column=Column(Text, nullable=False, server_default=sql("''")))
    state: str = Field(sa_column=Column(Text, nullable=False))
    cause: str = Field(sa_column=Column(Text, nullable=False))
    message: str = Field(sa_column=Column(Text, nullable=False))
    attempts: int = Field(sa_column=Column(Integer, nullable=False, server_default=sql("1")))
    set_aside_at: datetime = Field(sa_column=instant(now=True))
    failed_at: datetime = Field(sa_column=instant(now=True))
    ended_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))


class DeadLetterEditRow(ChassisTable, table=True):
    """What an operator changed in a letter, whole; the last edit is what a replay handles.

    Append-only: an edit goes with its letter alone, and not before that has been closed for 400 days.
    """

    __tablename__ = "dead_letter_edits"
    __table_args__ = (Index("dead_letter_edits_letter", "letter_id", "id"),)

    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(), primary_key=True))
    letter_id: int = Field(sa_column=Column(BigInteger, ForeignKey("dead_letters.id"), nullable=False))
    at: datetime = Field(sa_column=instant(now=True))
    account: str = Field(sa_column=Column(Text, nullable=False))
    reason: str = Field(sa_column=Column(Text, nullable=False))
    before_hash: str = Field(sa_column=Column(Text, nullable=False))
    after_hash: str = Field(sa_column=Column(Text, nullable=False))
    headers: list[Any] = Field(sa_column=Column(JSONB, nullable=False))
    payload: bytes | None = Field(default=None, sa_column=Column(LargeBinary))


class DeadLetterRunRow(ChassisTable, table=True):
    """A replay or discard of many letters, carried out by a worker at a capped rate, with what came of it."""

    __tablename__ = "dead_letter_runs"

    id: UUID = Field(sa_column=Column(Uuid, primary_key=True))
    group_id: str | None = Field(default=None, sa_column=Column(Text))
    discard_reason: str | None = Field(default=None, sa_column=Column(Text))
    per_second: float = Field(sa_column=Column(Double, nullable=False))
    account: str = Field(sa_column=Column(Text, nullable=False))
    role: str = Field(sa_column=Column(Text, nullable=False))
    asked_at: datetime = Field(sa_column=instant(now=True))
    letters: int = Field(sa_column=Column(Integer, nullable=False))
    handled: int = Field(sa_column=Column(Integer, nullable=False, server_default=sql("0")))
    failed: int = Field(sa_column=Column(Integer, nullable=False, server_default=sql("0")))
    ended_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))


class LeaseRow(ChassisTable, table=True):
    """Who may do what only one replica does, by the database's clock."""

    __tablename__ = "leases"

    name: str = Field(sa_column=Column(Text, primary_key=True))
    holder: str = Field(sa_column=Column(Text, nullable=False))
    until: datetime = Field(sa_column=instant())


class OutboundRequestRow(ChassisTable, table=True):
    """Work outside a transaction, committed before it is done.

    States: due, done, failed (given up by its worker), abandoned (given up by an operator), held (after a rebuild:
    it may have been carried out, an operator decides). `unended` counts the last attempts in a row that never ended.
    """

    __tablename__ = "outbound_requests"
    __table_args__ = (
        Index("outbound_requests_given_up", "state", "created_at", postgresql_where=sql("state in ('failed', 'held')")),
        Index("outbound_requests_due", "kind", "next_at", postgresql_where=sql("state = 'due'")),
        Index(
            "outbound_requests_suspects",
            "kind",
            "next_at",
            postgresql_where=sql("state = 'due' and (unended > 0 or leased_by is not null)"),
        ),
        Index("outbound_requests_ended", "ended_at", postgresql_where=sql("state in ('done', 'abandoned')")),
        UniqueConstraint("kind", "key", name="outbound_requests_kind_key"),
    )

    id: UUID = Field(sa_column=Column(Uuid, primary_key=True))
    kind: str = Field(sa_column=Column(Text, nullable=False))
    key: str = Field(sa_column=Column(Text, nullable=False))
    body: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    state: str = Field(sa_column=Column(Text, nullable=False, server_default=sql("'due'")))
    attempts: int = Field(sa_column=Column(Integer, nullable=False, server_default=sql("0")))
    unended: int = Field(sa_column=Column(Integer, nullable=False, server_default=sql("0")))
    next_at: datetime = Field(sa_column=instant(now=True))
    leased_by: str | None = Field(default=None, sa_column=Column(Text))
    last_error: str | None = Field(default=None, sa_column=Column(Text))
    correlation_id: str = Field(sa_column=Column(Text, nullable=False))
    traceparent: str | None = Field(default=None, sa_column=Column(Text))
    created_at: datetime = Field(sa_column=instant(now=True))
    ended_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))


class IdempotencyRow(ChassisTable, table=True):
    """The answer once given to an account's Idempotency-Key."""

    __tablename__ = "idempotency_keys"
    __table_args__ = (Index("idempotency_keys_created", "created_at"),)

    account: str = Field(sa_column=Column(Text, primary_key=True))
    key: str = Field(sa_column=Column(Text, primary_key=True))
    fingerprint: str = Field(sa_column=Column(Text, nullable=False))
    status: int | None = Field(default=None, sa_column=Column(Integer))
    answer: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    created_at: datetime = Field(sa_column=instant(now=True))
    given_to: str | None = Field(default=None, sa_column=Column(Text))


class ActRow(ChassisTable, table=True):
    """Who did what: append-only, a trigger refuses changes."""

    __tablename__ = "acts"
    __table_args__ = (Index("acts_subscriber_resumed", "id", postgresql_where=sql("name = 'subscriber_resumed'")),)

    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(), primary_key=True))
    at: datetime = Field(sa_column=instant(now=True))
    account: str = Field(sa_column=Column(Text, nullable=False))
    role: str = Field(sa_column=Column(Text, nullable=False))
    scope_id: UUID | None = Field(default=None, sa_column=Column(Uuid))
    act_id: UUID = Field(sa_column=Column(Uuid, nullable=False))
    name: str = Field(sa_column=Column(Text, nullable=False))
    subject: str = Field(sa_column=Column(Text, nullable=False))
    detail: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    address: str | None = Field(default=None, sa_column=Column(Text))
    actor_sealed: bytes | None = Field(default=None, sa_column=Column(LargeBinary))


class ActorRow(ChassisTable, table=True):
    """An account as its last token named it; `sealed` holds the name."""

    __tablename__ = "actors"

    account: str = Field(sa_column=Column(Text, primary_key=True))
    sealed: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    name_key: str | None = Field(default=None, sa_column=Column(Text))
    scope_id: UUID | None = Field(default=None, sa_column=Column(Uuid))
    seen_at: datetime = Field(sa_column=instant(now=True))


class NumberSearchRow(ChassisTable, table=True):
    """A number or name that an account searched for on a day; `number_key` is a digest of its blind indexes."""

    __tablename__ = "number_searches"

    account: str = Field(sa_column=Column(Text, primary_key=True))
    on_day: date = Field(sa_column=Column(Date, primary_key=True))
    number_key: str = Field(sa_column=Column(Text, primary_key=True))
    found: bool = Field(sa_column=Column(Boolean, nullable=False, server_default=sql("false")))


class ReferenceRow(ChassisTable, table=True):
    """The last entry per key of a compacted topic."""

    __tablename__ = "reference_entries"

    topic: str = Field(sa_column=Column(Text, primary_key=True))
    key: str = Field(sa_column=Column(Text, primary_key=True))
    body: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))


class ScopeNodeRow(ChassisTable, table=True):
    """The tree that scopes are judged by: each node's path from the root, itself included."""

    __tablename__ = "scope_nodes"
    __table_args__ = (Index("scope_nodes_path", "path", postgresql_using="gin"),)

    node_id: UUID = Field(sa_column=Column(Uuid, primary_key=True))
    path: list[UUID] = Field(sa_column=Column(ARRAY(Uuid), nullable=False))


class TreeUnitRow(ChassisTable, table=True):
    """A unit of a node of the tree, in a service that reads units; `part` follows from its id."""

    __tablename__ = "tree_units"

    node_id: UUID = Field(sa_column=Column(Uuid, primary_key=True))
    unit_id: UUID = Field(sa_column=Column(Uuid, primary_key=True))
    part: int = Field(sa_column=Column(Integer, nullable=False))
    name: str = Field(sa_column=Column(Text, nullable=False))
    organization_code: str | None = Field(default=None, sa_column=Column(Text))
    credit_code: str | None = Field(default=None, sa_column=Column(Text))


class TreeUnitPartRow(ChassisTable, table=True):
    """The version under which a part of a node's units was told last; part -1 is the whole list in one event."""

    __tablename__ = "tree_unit_parts"

    node_id: UUID = Field(sa_column=Column(Uuid, primary_key=True))
    part: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    version: int = Field(sa_column=Column(BigInteger, nullable=False))


class NoticeRow(ChassisTable, table=True):
    """A notice to the accounts of one role at one place in the tree, kept with the event that tells it."""

    __tablename__ = "notices"
    __table_args__ = (
        Index("notices_of_recipient", "node_id", "role", "at", "notice_id"),
        Index("notices_kept", "kept_at"),
    )

    notice_id: UUID = Field(sa_column=Column(Uuid, primary_key=True))
    node_id: UUID = Field(sa_column=Column(Uuid, nullable=False))
    role: str = Field(sa_column=Column(Text, nullable=False))
    kind: str = Field(sa_column=Column(Text, nullable=False))
    about: str = Field(sa_column=Column(Text, nullable=False))
    text: str = Field(sa_column=Column(Text, nullable=False))
    at: datetime = Field(sa_column=instant())
    kept_at: datetime = Field(sa_column=instant(now=True))


class NoticeReadRow(ChassisTable, table=True):
    """Which account has read which notice, and when first."""

    __tablename__ = "notice_reads"

    notice_id: UUID = Field(
        sa_column=Column(Uuid, ForeignKey("notices.notice_id", ondelete="CASCADE"), primary_key=True)
    )
    account: str = Field(sa_column=Column(Text, primary_key=True))
    read_at: datetime = Field(sa_column=instant(now=True))


class MaintenanceRow(ChassisTable, table=True):
    """The one row that says whether the service takes anything in: open, draining or stopped."""

    __tablename__ = "maintenance"

    id: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    state: str = Field(sa_column=Column(Text, nullable=False))
    account: str = Field(sa_column=Column(Text, nullable=False))
    reason: str = Field(sa_column=Column(Text, nullable=False))
    since: datetime = Field(sa_column=instant(now=True))


class AbandonedRecordsRow(ChassisTable, table=True):
    """A range of a topic that a restore has left behind; readers skip it.

    `last_at` is the broker's time of its last record. A later record is one of a topic made anew under the same name.
    """

    __tablename__ = "abandoned_records"

    topic: str = Field(sa_column=Column(Text, primary_key=True))
    partition: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    first_offset: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    end_offset: int = Field(sa_column=Column(BigInteger, nullable=False))
    last_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
