"""The tables that every service has, as SQLModel classes. Each package has its own base class with its own registry."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    Date,
    Double,
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
from sqlmodel import SQLModel

from chassis.tables.columns import column, counter, key, moment, reference, serial


class ChassisTable(SQLModel, registry=registry()):
    """A base class with its own metadata, so that the tables of two services do not mix in one process."""


class OutboxRow(ChassisTable, table=True):
    """An event, written in the transaction of the change that it reports.

    The relay publishes the event and deletes the row.
    """

    __tablename__ = "outbox"

    id: int | None = serial()
    topic: str = column(Text)
    key: str = column(Text)
    sequence: int = column(BigInteger)
    ce_id: UUID = column(Uuid)
    ce_type: str = column(Text)
    headers: dict[str, Any] = column(JSONB)
    payload: bytes = column(LargeBinary)
    written_at: datetime = moment(now=True)


class OutboxSequenceRow(ChassisTable, table=True):
    """The last sequence number used for a topic and key.

    A transaction that writes an event locks the row, so that numbers follow the order of the commits.
    """

    __tablename__ = "outbox_sequences"

    topic: str = key(Text)
    key: str = key(Text)
    last: int = column(BigInteger)


class InboxPositionRow(ChassisTable, table=True):
    """The last record that was handled for a topic and key. The inbox consists of these rows.

    In some cases a service goes on although sequence numbers are missing (ADR 0002). `gap_first` to `gap_last` are the
    numbers that it skipped last. `gaps` counts only numbers that were skipped because an operator replayed a held
    letter. `regressions` counts records that were handled although their number was lower than `last`. There are two
    kinds of them: letters that an operator replayed, and records of compacted topics whose number lay between
    `gap_first` and `gap_last`.
    """

    __tablename__ = "inbox_positions"

    topic: str = key(Text)
    key: str = key(Text)
    last: int = column(BigInteger)
    gaps: int = counter(BigInteger)
    regressions: int = counter(BigInteger)
    last_id: UUID | None = column(Uuid, optional=True)
    partition: int | None = column(Integer, optional=True)
    record_offset: int | None = column(BigInteger, optional=True)
    gap_first: int | None = column(BigInteger, optional=True)
    gap_last: int | None = column(BigInteger, optional=True)


class DeadLetterRow(ChassisTable, table=True):
    """A dead letter; `chassis.dead_letters` explains the states.

    Headers and payload stay as they arrived. `fingerprint` is the payload's sha256. The offset alone does not identify
    a record, because offsets start from 0 again if a topic is deleted and created again. `set_aside_at` is the time
    when the record became a dead letter, `failed_at` the time of its last failure.
    """

    __tablename__ = "dead_letters"
    __table_args__ = (
        UniqueConstraint("topic", "partition", "record_offset", "fingerprint", name="dead_letters_record"),
        Index("dead_letters_open", "topic", "key", "id", postgresql_where=sql("state in ('failed', 'parked')")),
        Index("dead_letters_apart", "id", postgresql_where=sql("state in ('refused', 'held', 'unknown')")),
        Index("dead_letters_ended", "ended_at", postgresql_where=sql("state in ('replayed', 'discarded')")),
    )

    id: int | None = serial()
    topic: str = column(Text)
    partition: int = column(Integer)
    record_offset: int = column(BigInteger)
    fingerprint: str = column(Text)
    key: str = column(Text)
    ce_type: str | None = column(Text, optional=True)
    ce_id: str | None = column(Text, optional=True)
    headers: list[Any] = column(JSONB)
    payload: bytes | None = column(LargeBinary, optional=True)
    shape: str = column(Text, default="''")
    state: str = column(Text)
    cause: str = column(Text)
    message: str = column(Text)
    attempts: int = column(Integer, default="1")
    set_aside_at: datetime = moment(now=True)
    failed_at: datetime = moment(now=True)
    ended_at: datetime | None = moment(optional=True)


class DeadLetterEditRow(ChassisTable, table=True):
    """An operator's edit of a dead letter, with the complete new headers and payload. A replay uses the last edit.

    A trigger refuses every change of a row. It also refuses to delete an edit until its letter has been closed for 400
    days. After that, retention deletes the edit together with the letter.
    """

    __tablename__ = "dead_letter_edits"
    __table_args__ = (Index("dead_letter_edits_letter", "letter_id", "id"),)

    id: int | None = serial()
    letter_id: int = reference("dead_letters.id", BigInteger)
    at: datetime = moment(now=True)
    account: str = column(Text)
    reason: str = column(Text)
    before_hash: str = column(Text)
    after_hash: str = column(Text)
    headers: list[Any] = column(JSONB)
    payload: bytes | None = column(LargeBinary, optional=True)


class DeadLetterRunRow(ChassisTable, table=True):
    """A bulk replay: a worker replays or discards many letters at a limited rate and counts the results here."""

    __tablename__ = "dead_letter_runs"

    id: UUID = key()
    group_id: str | None = column(Text, optional=True)
    discard_reason: str | None = column(Text, optional=True)
    per_second: float = column(Double)
    account: str = column(Text)
    role: str = column(Text)
    asked_at: datetime = moment(now=True)
    letters: int = column(Integer)
    handled: int = counter()
    failed: int = counter()
    ended_at: datetime | None = moment(optional=True)


class LeaseRow(ChassisTable, table=True):
    """A named lease: the replica that holds it, and its expiry by the database's clock."""

    __tablename__ = "leases"

    name: str = key(Text)
    holder: str = column(Text)
    until: datetime = moment()


class JobRow(ChassisTable, table=True):
    """A job: work outside a transaction. The row is committed before the work begins.

    `state` is one of: due, done, failed (given up by its worker), abandoned (given up by an operator), held. Only a
    rebuild holds jobs: the job was possibly run before the database was lost, so an operator decides. `unended`: how
    many of the latest attempts in a row did not end, for example because the process died.
    """

    __tablename__ = "jobs"
    __table_args__ = (
        Index("jobs_given_up", "state", "created_at", postgresql_where=sql("state in ('failed', 'held')")),
        Index("jobs_due", "kind", "next_at", postgresql_where=sql("state = 'due'")),
        Index(
            "jobs_suspects",
            "kind",
            "next_at",
            postgresql_where=sql("state = 'due' and (unended > 0 or leased_by is not null)"),
        ),
        Index("jobs_ended", "ended_at", postgresql_where=sql("state in ('done', 'abandoned')")),
        UniqueConstraint("kind", "key", name="jobs_kind_key"),
    )

    id: UUID = key()
    kind: str = column(Text)
    key: str = column(Text)
    body: dict[str, Any] = column(JSONB)
    state: str = column(Text, default="'due'")
    attempts: int = counter()
    unended: int = counter()
    next_at: datetime = moment(now=True)
    leased_by: str | None = column(Text, optional=True)
    last_error: str | None = column(Text, optional=True)
    correlation_id: str = column(Text)
    traceparent: str | None = column(Text, optional=True)
    created_at: datetime = moment(now=True)
    ended_at: datetime | None = moment(optional=True)


class IdempotencyRow(ChassisTable, table=True):
    """The stored answer to an account's Idempotency-Key. `given_to`: the role and union of the account at that time."""

    __tablename__ = "idempotency_keys"
    __table_args__ = (Index("idempotency_keys_created", "created_at"),)

    account: str = key(Text)
    key: str = key(Text)
    fingerprint: str = column(Text)
    status: int | None = column(Integer, optional=True)
    answer: bytes | None = column(LargeBinary, optional=True)
    created_at: datetime = moment(now=True)
    given_to: str | None = column(Text, optional=True)


class AuditLogRow(ChassisTable, table=True):
    """A row of the audit log: who did what. Rows are only added, and a trigger refuses changes."""

    __tablename__ = "audit_log"
    __table_args__ = (Index("audit_log_subscriber_resumed", "id", postgresql_where=sql("name = 'subscriber_resumed'")),)

    id: int | None = serial()
    at: datetime = moment(now=True)
    account: str = column(Text)
    role: str = column(Text)
    scope_id: UUID | None = column(Uuid, optional=True)
    command_id: UUID = column(Uuid)
    name: str = column(Text)
    subject: str = column(Text)
    detail: dict[str, Any] = column(JSONB)
    address: str | None = column(Text, optional=True)
    actor_sealed: bytes | None = column(LargeBinary, optional=True)


class AuditChainRow(ChassisTable, table=True):
    """A block of the hash chain over the audit log (ADR 0018). Blocks are only added, and a trigger refuses changes.

    The block covers the rows of the audit log whose id is above `after_id` and not above `up_to_id`. `row_hashes` and
    `name_digests` have the order of `row_ids`; a row without a name has no digest. `hash` covers the block and
    `previous_hash`. `seal` is a digest of `hash`, made with the key of the blind indexes; it shows that the service
    wrote the block.
    """

    __tablename__ = "audit_chain"

    position: int = key(BigInteger)
    after_id: int = column(BigInteger)
    up_to_id: int = column(BigInteger)
    row_ids: list[int] = column(ARRAY(BigInteger))
    row_hashes: list[bytes] = column(ARRAY(LargeBinary))
    name_digests: list[str | None] = column(ARRAY(Text))
    sealed_at: datetime = moment()
    previous_hash: bytes = column(LargeBinary)
    hash: bytes = column(LargeBinary)
    seal: str = column(Text)


class ActorRow(ChassisTable, table=True):
    """An account, as its last token stated it; `sealed` holds the encrypted name."""

    __tablename__ = "actors"

    account: str = key(Text)
    sealed: bytes | None = column(LargeBinary, optional=True)
    name_key: str | None = column(Text, optional=True)
    scope_id: UUID | None = column(Uuid, optional=True)
    seen_at: datetime = moment(now=True)


class NumberSearchRow(ChassisTable, table=True):
    """A number or name that an account searched for on a day.

    `number_key` is a digest of the blind indexes of this number or name.
    """

    __tablename__ = "number_searches"

    account: str = key(Text)
    on_day: date = key(Date)
    number_key: str = key(Text)
    found: bool = column(Boolean, default="false")


class ReferenceRow(ChassisTable, table=True):
    """The last record of each key of a compacted topic."""

    __tablename__ = "reference_entries"

    topic: str = key(Text)
    key: str = key(Text)
    body: dict[str, Any] = column(JSONB)


class ScopeNodeRow(ChassisTable, table=True):
    """A node (union) of the tree that decides which data a caller can see.

    `path`: the nodes from the root to this node.
    """

    __tablename__ = "scope_nodes"
    __table_args__ = (Index("scope_nodes_path", "path", postgresql_using="gin"),)

    node_id: UUID = key()
    path: list[UUID] = column(ARRAY(Uuid))


class TreeUnitRow(ChassisTable, table=True):
    """A unit of a union (node), in a service that keeps a copy of the units. `part` is computed from the unit's id."""

    __tablename__ = "tree_units"

    node_id: UUID = key()
    unit_id: UUID = key()
    part: int = column(Integer)
    name: str = column(Text)
    organization_code: str | None = column(Text, optional=True)
    credit_code: str | None = column(Text, optional=True)


class TreeUnitPartRow(ChassisTable, table=True):
    """The version of the last event about one part of a union's units. Part -1 is for events with the whole list."""

    __tablename__ = "tree_unit_parts"

    node_id: UUID = key()
    part: int = key(Integer)
    version: int = column(BigInteger)


class NoticeRow(ChassisTable, table=True):
    """A notice to the accounts of one role in one union (node), stored in the same transaction as its event."""

    __tablename__ = "notices"
    __table_args__ = (
        Index("notices_of_recipient", "node_id", "role", "at", "notice_id"),
        Index("notices_kept", "kept_at"),
    )

    notice_id: UUID = key()
    node_id: UUID = column(Uuid)
    role: str = column(Text)
    kind: str = column(Text)
    about: str = column(Text)
    text: str = column(Text)
    at: datetime = moment()
    kept_at: datetime = moment(now=True)


class NoticeReadRow(ChassisTable, table=True):
    """The time at which an account first read a notice."""

    __tablename__ = "notice_reads"

    notice_id: UUID = reference("notices.notice_id", key=True, ondelete="CASCADE")
    account: str = key(Text)
    read_at: datetime = moment(now=True)


class MaintenanceRow(ChassisTable, table=True):
    """The maintenance state, in a single row: open, draining (no commands), stopped (no commands and no records)."""

    __tablename__ = "maintenance"

    id: int = key(Integer)
    state: str = column(Text)
    account: str = column(Text)
    reason: str = column(Text)
    since: datetime = moment(now=True)


class SkippedRangeRow(ChassisTable, table=True):
    """A skipped range: records of a topic that were published after the backup from which the databases were restored.

    Readers skip these records. `last_at` is the broker's time of the last record in the range. A record with a later
    time is not skipped, because it belongs to a topic that was created again under the same name.
    """

    __tablename__ = "abandoned_records"

    topic: str = key(Text)
    partition: int = key(Integer)
    first_offset: int = key(BigInteger)
    end_offset: int = column(BigInteger)
    last_at: datetime | None = moment(optional=True)
