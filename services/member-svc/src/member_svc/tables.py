"""The tables of member-svc as SQLModel classes. Full names and numbers are stored in encrypted columns only."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Boolean, Date, Index, Integer, LargeBinary, Text, UniqueConstraint, Uuid
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import registry
from sqlmodel import SQLModel

from chassis.tables import column, counter, key, moment, serial


class MemberServiceTable(SQLModel, registry=registry()):
    """The base class. It has its own metadata, so that tables of two services do not conflict in one process."""


class UnionRow(MemberServiceTable, table=True):
    """A union. `path`: the ids from the root to the union itself.

    `units_version`: the version of the union's list of units. It grows with every change of the list.
    `units_in_parts`: True if the units were once too many for one event. Since then they are published in parts (ADR
    0014).
    """

    __tablename__ = "unions"
    __table_args__ = (Index("unions_parent", "parent_id"),)

    union_id: UUID = key()
    name: str = column(Text)
    union_type: str = column(Text)
    parent_id: UUID | None = column(Uuid, optional=True)
    path: list[UUID] = column(ARRAY(Uuid))
    active: bool = column(Boolean)
    has_reviewer: bool = column(Boolean)
    version: int = column(Integer)
    changed_at: datetime = moment()
    name_key: str = column(Text)
    units_version: int = counter(BigInteger)
    units_in_parts: bool = column(Boolean, default="false")


class UnitRow(MemberServiceTable, table=True):
    """An enterprise of a union. Only a unit move changes its union (A56)."""

    __tablename__ = "units"
    __table_args__ = (Index("units_union", "union_id"),)

    unit_id: UUID = key()
    union_id: UUID = column(Uuid)
    position: int = column(Integer)
    name: str = column(Text)
    organization_code: str | None = column(Text, optional=True)
    credit_code: str | None = column(Text, optional=True)


class MemberRow(MemberServiceTable, table=True):
    """A member: one person in one unit (a *membership*).

    If `removed_at` is set, the member is not in the member list, but an import can put the member back (A57).
    `removal_id`: the removal request that enrollment-svc has not decided yet.
    """

    __tablename__ = "members"
    #: Every new member is written to every index, so there are only indexes that a statement reads.
    __table_args__ = (
        # The filter of the member list by member number (`store/member_lists.py`).
        UniqueConstraint("member_no", name="members_member_no"),
        # Finds people in all units, or in one unit: `MEMBERSHIPS_OF` and `LOCK_PEOPLE` (`store/members.py`), the plan
        # of an import (`store/import_parts.py`), searches by document number, stories.
        UniqueConstraint("person_key", "unit_id", name="members_person_unit"),
        # The members of a unit: `UNITS_WITH_MEMBERS` (`store/members.py`), `MOVE_MEMBERS` (`store/unit_moves.py`), the
        # filter of the member list.
        Index("members_unit", "unit_id"),
        # Searches by name (`store/member_lists.py`).
        Index("members_name", "name_key"),
        # The member lists of unions, sorted without reading the wide rows (`store/member_lists.py`), and `NEXT_MEMBERS`
        # (`store/unit_moves.py`).
        Index(
            "members_listed",
            "union_id",
            "member_no",
            postgresql_include=["document_type", "joined_on", "card_key"],
            postgresql_where=sql("removed_at IS NULL"),
        ),
        # The member list of the whole city by date (`store/member_lists.py`).
        Index("members_joined", sql("joined_on DESC"), "member_no", postgresql_where=sql("removed_at IS NULL")),
        # Searches by card number (`store/member_lists.py`).
        Index("members_card", "card_key", postgresql_where=sql("card_key IS NOT NULL")),
    )

    member_id: UUID = key()
    member_no: str = column(Text)
    union_id: UUID = column(Uuid)
    unit_id: UUID = column(Uuid)
    person_key: str = column(Text)
    document_type: str = column(Text)
    masked_name: str = column(Text)
    masked_number: str = column(Text)
    name_key: str = column(Text)
    mobile_key: str | None = column(Text, optional=True)
    card_key: str | None = column(Text, optional=True)
    sealed: bytes = column(LargeBinary)
    card_sealed: bytes | None = column(LargeBinary, optional=True)
    tag: str | None = column(Text, optional=True)
    joined_on: date | None = column(Date, optional=True)
    #: The key of the name as written, if it differs from `name_key`.
    name_written_key: str | None = column(Text, optional=True)
    tag_key: str | None = column(Text, optional=True)
    created_at: datetime = moment()
    changed_at: datetime = moment()
    removed_at: datetime | None = moment(optional=True)
    removal_id: UUID | None = column(Uuid, optional=True)
    removal_requested_at: datetime | None = moment(optional=True)


class MemberCountRow(MemberServiceTable, table=True):
    """Two counts for one union and one document type. `people`: the listed members of the union whose document has this
    type. `with_card`: how many of these members have a service card.

    The current numbers are the sums of this row and of the rows in `member_count_changes` with the same union and type.
    """

    __tablename__ = "member_counts"

    union_id: UUID = key()
    document_type: str = key(Text)
    people: int = counter()
    with_card: int = counter()


class MemberCountChangeRow(MemberServiceTable, table=True):
    """A change of the numbers in a row of `member_counts`, caused by one statement that wrote `members`.

    A trigger of `members` writes this row in the same transaction, so no writer can forget it. Transactions only add
    rows to this table, so two transactions that add members to a union do not wait for each other. A periodic job adds
    the rows to `member_counts` and deletes them.
    """

    __tablename__ = "member_count_changes"

    id: int | None = serial()
    union_id: UUID = column(Uuid)
    document_type: str = column(Text)
    people: int = column(Integer)
    with_card: int = column(Integer)


class ImportRow(MemberServiceTable, table=True):
    """An import and its counts.

    `planned` says which parts of the import are stored in `import_parts` so far. It is one of: None for no parts,
    "created" for the parts with new people, and "changed" for all parts: those with new people, and those with changed
    people.

    `sheet`: until the check ends, the sheet that the upload names, or None. After the check, the sheet that was read.
    `reading`: the sealed description of the workbook.
    `originals_until`: the time when the original cells of rejected rows are deleted.
    """

    __tablename__ = "imports"
    __table_args__ = (
        Index("imports_union", "union_id", "created_at"),
        # Imports whose rows are no members yet, for a person's story (`store/stories.py`).
        Index(
            "imports_open",
            "import_id",
            postgresql_where=sql("state IN ('checking', 'checked', 'applying', 'interrupted')"),
        ),
        Index("imports_originals_until", "originals_until", postgresql_where=sql("originals_until IS NOT NULL")),
    )

    import_id: UUID = key()
    union_id: UUID = column(Uuid)
    unit_id: UUID = column(Uuid)
    state: str = column(Text)
    check_on_import: bool = column(Boolean)
    created_by: str = column(Text)
    inflated_bytes: int = column(BigInteger)
    attempt: int = counter()
    planned: str | None = column(Text, optional=True)
    sheet: str | None = column(Text, optional=True)
    reading: bytes | None = column(LargeBinary, optional=True)
    failure: dict[str, Any] | None = column(JSONB, optional=True)
    total: int = counter()
    done: int = counter()
    row_count: int = counter()
    created: int = counter()
    updated: int = counter()
    unchanged: int = counter()
    rejected: int = counter()
    warnings: int = counter()
    created_at: datetime = moment()
    checked_at: datetime | None = moment(optional=True)
    confirmed_at: datetime | None = moment(optional=True)
    applied_at: datetime | None = moment(optional=True)
    originals_until: datetime | None = moment(optional=True)


class ImportFileRow(MemberServiceTable, table=True):
    """A sealed piece of the uploaded file. It is deleted when the import ends."""

    __tablename__ = "import_files"

    import_id: UUID = key()
    piece: int = key(Integer)
    sealed: bytes = column(LargeBinary)


class ImportedRow(MemberServiceTable, table=True):
    """A row of an import's report: a rejected row, or a row with a warning. It stays after the import.

    Imports of former releases have all their rows here. `number_key` is None if the document number could not be read.
    """

    __tablename__ = "import_rows"
    __table_args__ = (Index("import_rows_number", "number_key", postgresql_where=sql("number_key IS NOT NULL")),)

    import_id: UUID = key()
    row_no: int = key(Integer)
    outcome: str = column(Text)
    warned: bool = column(Boolean)
    unit_id: UUID | None = column(Uuid, optional=True)
    masked_name: str = column(Text)
    masked_number: str = column(Text)
    faults: list[Any] | None = column(JSONB, optional=True)
    number_key: str | None = column(Text, optional=True)


class ImportedPortionRow(MemberServiceTable, table=True):
    """A portion of an import's report: up to 500 valid rows of one unit without a warning, in the order of the sheet.

    Each list has one value for each row. The portion stays after the import. Rejected rows and rows with a warning are
    in `import_rows`. `last_row`: the last value of `row_no`.
    """

    __tablename__ = "import_row_portions"
    # A person's story: the portions of the units in which the person is or was a member (`store/stories.py`).
    __table_args__ = (Index("import_row_portions_unit", "unit_id"),)

    import_id: UUID = key()
    unit_id: UUID = key()
    last_row: int = key(Integer)
    row_no: list[int] = column(ARRAY(Integer))
    outcome: list[str] = column(ARRAY(Text))
    masked_name: list[str] = column(ARRAY(Text))
    masked_number: list[str] = column(ARRAY(Text))
    person_key: list[UUID] = column(ARRAY(Uuid))


class StagedPeopleRow(MemberServiceTable, table=True):
    """A portion of an import's valid rows: rows of one unit, in the order of the sheet.

    Each list has one value for each row. The portion is deleted when the import ends. `last_row`: the last value
    of `row_no`. `outcome`: the outcome that the check expects.
    """

    __tablename__ = "import_people"

    import_id: UUID = key()
    unit_id: UUID = key()
    last_row: int = key(Integer)
    row_no: list[int] = column(ARRAY(Integer))
    outcome: list[str | None] = column(ARRAY(Text))
    person_key: list[str] = column(ARRAY(Text))
    member_id: list[UUID] = column(ARRAY(Uuid))
    document_type: list[str] = column(ARRAY(Text))
    name_key: list[str] = column(ARRAY(Text))
    mobile_key: list[str | None] = column(ARRAY(Text))
    card_key: list[str | None] = column(ARRAY(Text))
    sealed: list[bytes] = column(ARRAY(LargeBinary))
    card_sealed: list[bytes | None] = column(ARRAY(LargeBinary))
    tag: list[str | None] = column(ARRAY(Text))
    joined_on: list[date | None] = column(ARRAY(Date))
    name_written_key: list[str | None] = column(ARRAY(Text))


class ImportPartRow(MemberServiceTable, table=True):
    """A part of an import: the rows whose people one event reports. `purpose` is "created" for new people, and
    "changed" for changed people.

    All parts of a purpose are stored before the first of them is published, so that a job that runs again publishes the
    same parts. `applied_at`: when the part was applied, in the transaction that writes the members and the event.
    `left_out`: the rows of a "created" part whose people were members already when the part was applied.
    """

    __tablename__ = "import_parts"

    import_id: UUID = key()
    purpose: str = key(Text)
    unit_id: UUID = key()
    part_index: int = key(Integer)
    part_count: int = column(Integer)
    row_nos: list[int] = column(ARRAY(Integer))
    applied_at: datetime | None = moment(optional=True)
    left_out: list[int] = column(ARRAY(Integer), default="{}")


class BatchLineRow(MemberServiceTable, table=True):
    """The state of a batch line: under_review, completed or ended. Only a line under review prevents removals."""

    __tablename__ = "batch_lines"
    __table_args__ = (Index("batch_lines_submission", "submission_no"),)

    line_id: UUID = key()
    state: str = column(Text)
    submission_no: str | None = column(Text, optional=True)


class LinePartRow(MemberServiceTable, table=True):
    """Members of a batch line: at most 100 of one part of the line.

    PostgreSQL stores an array of 100 ids within the row. It would store a longer array outside the row (TOAST), and a
    search would have to read it from there. `part_index` is the index of the part in its event. It is -1 for members
    whom a former release had stored one by one.
    """

    __tablename__ = "line_parts"
    # Finds the lines of a member. With `fastupdate`, PostgreSQL collects changes in a list, and every search reads this
    # list.
    __table_args__ = (
        Index("line_parts_members", "member_ids", postgresql_using="gin", postgresql_with={"fastupdate": "off"}),
    )

    line_id: UUID = key()
    part_index: int = key(Integer)
    number: int = key(Integer)
    member_ids: list[UUID] = column(ARRAY(Uuid))


class ReturnedMemberRow(MemberServiceTable, table=True):
    """A member who was returned from a batch line, while the line itself was not returned.

    The event about the return can arrive before the line.
    """

    __tablename__ = "returned_members"

    line_id: UUID = key()
    member_id: UUID = key()


class RejectedLineRow(MemberServiceTable, table=True):
    """The center has rejected a line of a submission (A53). If `line_id` is all zeros: all lines of the submission."""

    __tablename__ = "rejected_lines"

    submission_no: str = key(Text)
    line_id: UUID = key()


class OriginalRow(MemberServiceTable, table=True):
    """The original cells of a rejected row, for the error workbook. Row 0 holds the headings."""

    __tablename__ = "import_originals"

    import_id: UUID = key()
    row_no: int = key(Integer)
    sealed: bytes = column(LargeBinary)


class CardBatchRow(MemberServiceTable, table=True):
    """A card batch: members of one union whose service cards are being made (F032)."""

    __tablename__ = "card_batches"
    __table_args__ = (
        UniqueConstraint("batch_no", name="card_batches_batch_no"),
        Index("card_batches_union", "union_id", "created_at"),
    )

    batch_id: UUID = key()
    batch_no: str = column(Text)
    union_id: UUID = column(Uuid)
    state: str = column(Text)
    heads: int = column(Integer)
    version: int = column(Integer)
    created_by: str = column(Text)
    created_at: datetime = moment()
    changed_at: datetime = moment()


class CardBatchMemberRow(MemberServiceTable, table=True):
    """A member of a card batch. `open`: True until the batch ends. Until then, no other batch can have the member."""

    __tablename__ = "card_batch_members"
    __table_args__ = (Index("card_batch_members_open", "member_id", unique=True, postgresql_where=sql("open")),)

    batch_id: UUID = key()
    member_id: UUID = key()
    open: bool = column(Boolean)


class CardCancellationRow(MemberServiceTable, table=True):
    """A request to cancel a card batch, and the decision of the superior union (F042)."""

    __tablename__ = "card_cancellations"
    __table_args__ = (Index("card_cancellations_batch", "batch_id", "requested_at"),)

    cancellation_id: UUID = key()
    batch_id: UUID = column(Uuid)
    state: str = column(Text)
    reason: str = column(Text)
    requested_by: str = column(Text)
    requested_by_union_id: UUID | None = column(Uuid, optional=True)
    requested_at: datetime = moment()
    decided_by: str | None = column(Text, optional=True)
    decided_at: datetime | None = moment(optional=True)
    decision_reason: str | None = column(Text, optional=True)


class UnitMoveRow(MemberServiceTable, table=True):
    """The move of a unit to another union. Members with member numbers up to `told_up_to` are published already.

    `stopped`: True if the job was given up before all members were published.
    """

    __tablename__ = "unit_moves"
    __table_args__ = (Index("unit_moves_running", "unit_id", unique=True, postgresql_where=sql("done_at IS NULL")),)

    move_id: UUID = key()
    unit_id: UUID = column(Uuid)
    from_union_id: UUID = column(Uuid)
    to_union_id: UUID = column(Uuid)
    reason: str = column(Text)
    parts: int = column(Integer)
    told_up_to: str = column(Text)
    moved_at: datetime = moment()
    done_at: datetime | None = moment(optional=True)
    stopped: bool = column(Boolean, default="false")
