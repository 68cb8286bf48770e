"""The tables of sample-svc."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Column, Index, Text, Uuid
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from chassis.schema import instant


class Table(SQLModel, registry=registry()):
    """A base with metadata of its own, so that two services' tables never meet in one process."""


class SampleRow(Table, table=True):
    """One row for each event; a second delivery adds none."""

    __tablename__ = "samples"
    __table_args__ = (Index("samples_by_time", "published_at"),)

    event_id: UUID = Field(sa_column=Column(Uuid, primary_key=True))
    event_key: str = Field(sa_column=Column(Text, nullable=False))
    published_at: datetime = Field(sa_column=instant())
