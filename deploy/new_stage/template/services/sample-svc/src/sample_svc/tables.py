"""The tables of sample-svc."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, Text
from sqlalchemy.orm import registry
from sqlmodel import SQLModel

from chassis.tables import column, key, moment


class Table(SQLModel, registry=registry()):
    """A base class with its own metadata, so that the tables of two services do not mix in one process."""


class SampleRow(Table, table=True):
    """One row for each event. A second delivery of the same event adds no row."""

    __tablename__ = "samples"
    __table_args__ = (Index("samples_by_time", "published_at"),)

    event_id: UUID = key()
    event_key: str = column(Text)
    published_at: datetime = moment()
