"""Columns of a declared table: writes their names into statements and makes records from rows."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from operator import attrgetter, itemgetter
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

import orjson

if TYPE_CHECKING:
    from asyncpg import Record
    from sqlmodel import SQLModel

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Columns(Generic[R]):
    """Chosen columns of one table, in order, and the record that is made from them.

    `types`: the PostgreSQL type of each chosen column. `declared`: all columns of the table. `kind`: the class of the
    record, None if no record is made; `fields`: the fields of this class. `expressions`: the SQL for each field that is
    no column.
    """

    table: str
    declared: frozenset[str]
    types: Mapping[str, str]
    expressions: Mapping[str, str]
    kind: Callable[..., R] | None
    fields: tuple[str, ...] = ()

    def listed(self, alias: str | None = None) -> str:
        """The columns as SQL, `a, b` or `m.a, m.b`. A field that is no column is written as `expression AS field`."""
        prefix = f"{alias}." if alias else ""
        plain = {name: f"{prefix}{name}" for name in self.types}
        return ", ".join((plain | {name: f"{sql} AS {name}" for name, sql in self.expressions.items()}).values())

    def without(self, *names: str) -> "Columns[R]":
        """All columns except `names`, without a record class, for a statement that writes.

        Raises ValueError for an unknown column.
        """
        _require(names, self.types, f"the columns of {self.table} listed here")
        return replace(self, types={name: kind for name, kind in self.types.items() if name not in names}, kind=None)

    def record(self, row: "Record") -> R:
        """The record of one row. Columns are found by name."""
        return self.records([row])[0]

    def records(self, rows: "Iterable[Record]") -> list[R]:
        """One record for each row."""
        if self.kind is None:
            raise TypeError(f"these columns of {self.table} have no record class: use columns_of(table, record)")
        if len(self.fields) == 1:
            return [self.kind(row[self.fields[0]]) for row in rows]
        values = itemgetter(*self.fields)
        return [self.kind(*values(row)) for row in rows]

    def values(self, records: Iterable[Any]) -> list[list[Any]]:
        """One list per column, from the records' attributes.

        If a record is a plain tuple, its values must have the order of the columns.
        """
        listed = list(records)  # A generator would be used up by the first column.
        if listed and type(listed[0]) is tuple:
            return [list(column) for column in zip(*listed, strict=True)]
        return [list(map(attrgetter(name), listed)) for name in self.types]


@overload
def columns_of(table: "type[SQLModel]", /, *names: str) -> Columns[Any]: ...
@overload
def columns_of(table: "type[SQLModel]", record: type[R], /, *more: str, **expressions: str) -> Columns[R]: ...
def columns_of(table: "type[SQLModel]", /, *names: Any, **expressions: str) -> Columns[Any]:
    """The columns that `names` chooses from a table, or all columns of the table if there are no `names`.

    A record class (a dataclass or NamedTuple) stands for the names of all its fields. For example,
    `columns_of(MemberRow, Member, "tag_key", removed="removed_at IS NOT NULL")` chooses the fields of `Member` and the
    column `tag_key`. `removed` is a field of `Member` but no column, so a SELECT computes it with the expression.
    `tag_key` is a property of `Member`, and an INSERT writes its value. Raises ValueError for a name that the table
    does not have.
    """
    kind, more_names = (names[0], names[1:]) if names and isinstance(names[0], type) else (None, names)
    of_record = _fields(kind) if kind else ()
    _require(
        expressions, of_record, f"the fields of {kind.__name__}" if kind else "the fields: no record class is given"
    )
    known = _types(table)
    selected_names = [name for name in (*of_record, *more_names) if name not in expressions] or (
        () if names else list(known)
    )
    _require(selected_names, known, f"the columns of {table.__name__}: declare it there, or give an expression for it")
    types = {name: known[name] for name in selected_names}
    return Columns(str(table.__tablename__), frozenset(known), types, dict(expressions), kind, of_record)


@dataclass(frozen=True, slots=True)
class Rows:
    """Records as a table within a statement: one array per column."""

    columns: Columns[Any]

    def source(self, name: str) -> str:
        """The subquery for `{name}`. JSON values are sent as texts, because asyncpg would take a JSON list inside the
        array as a second dimension of the array.
        """
        types = self.columns.types
        arrays = ", ".join(
            f":{name}.{column}::{'text' if kind == 'JSONB' else kind}[]" for column, kind in types.items()
        )
        selected = ", ".join(
            f"{column}::jsonb AS {column}" if kind == "JSONB" else column for column, kind in types.items()
        )
        return f"(SELECT {selected} FROM unnest({arrays}) AS r ({', '.join(types)}))"  # noqa: S608 - declared names

    def arrays(self, records: Iterable[Any]) -> list[list[Any]]:
        kinds = self.columns.types.values()
        values = self.columns.values(records) or [[] for _ in kinds]
        return [
            list(map(_json, array)) if kind == "JSONB" else array for array, kind in zip(values, kinds, strict=True)
        ]


def rows_of(columns: Columns[Any]) -> Rows:
    """Records as one parameter of a statement: `FROM {people} AS p`, called with `people=records`.

    Raises ValueError for a field that is no column. Also raises it for an array column, because `unnest` would split
    each array into rows.
    """
    if arrays := [name for name, kind in columns.types.items() if kind.endswith("[]")]:
        raise ValueError(f"{', '.join(arrays)} of {columns.table}: unnest takes arrays of arrays apart; use Copy")
    _require(columns.expressions, (), f"the columns of {columns.table}: an expression is read, never written")
    return Rows(columns)


def set_of(columns: Columns[Any], alias: str) -> str:
    """The list of `SET` in an UPDATE or `ON CONFLICT`: `a = p.a, b = p.b`."""
    return ", ".join(f"{name} = {alias}.{name}" for name in columns.types)


def _types(table: "type[SQLModel]") -> dict[str, str]:
    # Imported here, not at the top, because loading SQLAlchemy costs half a second. enrollctl and some tests import
    # this package but declare no tables.
    from sqlalchemy.dialects import postgresql

    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    return {column.name: column.type.compile(dialect) for column in table.__table__.columns}  # type: ignore[attr-defined]


def _fields(kind: type) -> tuple[str, ...]:
    if is_dataclass(kind):
        return tuple(field.name for field in fields(kind) if field.init)
    if not hasattr(kind, "_fields"):
        raise ValueError(f"{kind.__name__} is neither a dataclass nor a NamedTuple")
    return tuple(kind._fields)


def _require(names: Iterable[str], known: Iterable[str], known_as: str) -> None:
    if unknown := [name for name in names if name not in known]:
        raise ValueError(f"{', '.join(unknown)}: not among {known_as}")


def _json(value: Any) -> str | None:
    return None if value is None else orjson.dumps(value).decode()
