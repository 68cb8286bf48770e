"""The tables of status-checker."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Index, Integer, LargeBinary, Text, UniqueConstraint, Uuid
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import registry
from sqlmodel import SQLModel

from chassis.tables import column, key, moment


class Table(SQLModel, registry=registry()):
    """A base class with its own metadata, so that the tables of two services do not mix in one process."""


class CheckJobRow(Table, table=True):
    """A check of people of one union. The row never changes; its progress is computed from the rows of its parts."""

    __tablename__ = "check_jobs"
    __table_args__ = (
        Index("check_jobs_by_union", "union_id", "started_at"),
        Index("check_jobs_by_start", "started_at"),
    )

    job_id: UUID = key()
    union_id: UUID = column(Uuid)
    origin: str = column(Text)
    started_at: datetime = moment(now=True)


class CheckPartRow(Table, table=True):
    """Up to 500 people of one unit, stored before the first call to a registry.

    `people`: the JSON of ids and document types, and which registries are asked about each person. `numbers`: the
    sealed document numbers. `card_heard` and `employment_heard`: what each registry answered before the job had to be
    retried. These four columns are erased once the part is answered.

    `POST /people/story` finds the parts of a person by `person_hashes` (`parts.person_hash`). The story shows
    `asked_at` and `checked_at`. These two columns contain times of the business clock, because a test or a demo can set
    the business clock, but not the clock of the database.
    """

    __tablename__ = "check_parts"
    __table_args__ = (
        UniqueConstraint("job_id", "unit_id", "part_index", name="check_parts_place"),
        Index("check_parts_people", "person_hashes", postgresql_using="gin"),
    )

    part_id: UUID = key()
    job_id: UUID = column(Uuid)
    union_id: UUID = column(Uuid)
    unit_id: UUID = column(Uuid)
    part_index: int = column(Integer)
    part_count: int = column(Integer)
    heads: int = column(Integer)
    people: bytes | None = column(LargeBinary, optional=True)
    person_hashes: list[int] = column(ARRAY(BigInteger), default="'{}'")
    asked_at: datetime | None = moment(optional=True)
    checked_at: datetime | None = moment(optional=True)
    numbers: bytes | None = column(LargeBinary, optional=True)
    card_heard: dict[str, Any] | None = column(JSONB, optional=True)
    employment_heard: dict[str, Any] | None = column(JSONB, optional=True)
    tally: dict[str, Any] | None = column(JSONB, optional=True)
    stored_at: datetime = moment(now=True)
    answered_at: datetime | None = moment(optional=True)
    given_up_at: datetime | None = moment(optional=True)
