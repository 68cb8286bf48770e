"""Functions that declare a column in one line of a SQLModel class. A column is NOT NULL unless it is `optional`."""

from typing import Any

from sqlalchemy import BigInteger, Column, DateTime, ForeignKey, Identity, Integer, Uuid
from sqlalchemy import text as sql
from sqlmodel import Field


def key(kind: Any = Uuid) -> Any:
    """A column of the primary key. The INSERT has to give its value."""
    return Field(sa_column=Column(kind, primary_key=True, autoincrement=False))


def serial() -> Any:
    """A primary key that the database numbers."""
    return Field(default=None, sa_column=Column(BigInteger, Identity(), primary_key=True))


def column(kind: Any, *, optional: bool = False, default: str | None = None) -> Any:
    """A column that is no key; `default` is SQL."""
    return Field(default=None, sa_column=Column(kind, nullable=optional, server_default=_sql(default)))


def reference(target: str, kind: Any = Uuid, *, key: bool = False, ondelete: str | None = None) -> Any:
    """A foreign key to `table.column`."""
    return Field(
        default=None,
        sa_column=Column(kind, ForeignKey(target, ondelete=ondelete), nullable=False, primary_key=key),
    )


def counter(kind: Any = Integer) -> Any:
    """A number whose default is 0."""
    return Field(default=0, sa_column=Column(kind, nullable=False, server_default=sql("0")))


def moment(*, optional: bool = False, now: bool = False) -> Any:
    """A `timestamptz` column; `now` sets the database's clock as default."""
    return column(DateTime(timezone=True), optional=optional, default="now()" if now else None)


def _sql(text: str | None) -> Any:
    return None if text is None else sql(text)
