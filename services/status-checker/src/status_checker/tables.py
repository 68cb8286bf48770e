"""The tables of status-checker."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Index, Integer, LargeBinary, Text, UniqueConstraint, Uuid
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from chassis.schema import instant


class Table(SQLModel, registry=registry()):
    """A base with metadata of its own, so that two services' tables never meet in one process."""


class CheckJobRow(Table, table=True):
    """A check of people of one union. Written once: what it counts is read from its parts."""

    __tablename__ = "check_jobs"
    __table_args__ = (
        Index("check_jobs_by_union", "union_id", "started_at"),
        Index("check_jobs_by_start", "started_at"),
    )

    job_id: UUID = Field(sa_column=Column(Uuid, primary_key=True))
    union_id: UUID = Field(sa_column=Column(Uuid, nullable=False))
    origin: str = Field(sa_column=Column(Text, nullable=False))
    started_at: datetime = Field(sa_column=instant(now=True))


class CheckPartRow(Table, table=True):
    """Up to 500 people of one unit, fixed before the first outside call.

    `person_keys` are theirs, for their stories, as are `asked_at` and `checked_at`, which are of the business clock.

    `people` are ids and what is asked of whom; `numbers` is their document numbers, sealed, erased once answered.
    `card_heard` and `employment_heard` are what a registry answered before the part was interrupted.
    """

    __tablename__ = "check_parts"
    __table_args__ = (
        UniqueConstraint("job_id", "unit_id", "part_index", name="check_parts_place"),
        Index("check_parts_people", "person_keys", postgresql_using="gin"),
    )

    part_id: UUID = Field(sa_column=Column(Uuid, primary_key=True))
    job_id: UUID = Field(sa_column=Column(Uuid, nullable=False))
    union_id: UUID = Field(sa_column=Column(Uuid, nullable=False))
    unit_id: UUID = Field(sa_column=Column(Uuid, nullable=False))
    part_index: int = Field(sa_column=Column(Integer, nullable=False))
    part_count: int = Field(sa_column=Column(Integer, nullable=False))
    heads: int = Field(sa_column=Column(Integer, nullable=False))
    people: list[Any] = Field(sa_column=Column(JSONB, nullable=False))
    person_keys: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False, server_default=sql("'{}'")))
    asked_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    checked_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    numbers: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    card_heard: dict[str, Any] | None = Field(default=None, sa_column=Column(JSONB))
    employment_heard: dict[str, Any] | None = Field(default=None, sa_column=Column(JSONB))
    tally: dict[str, Any] | None = Field(default=None, sa_column=Column(JSONB))
    stored_at: datetime = Field(sa_column=instant(now=True))
    answered_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    given_up_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
