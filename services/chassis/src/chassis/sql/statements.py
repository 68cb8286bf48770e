"""Statements: SQL with named parameters, declared at the top of a module and compiled when the module is imported."""

from collections.abc import AsyncIterator, Iterable
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from chassis.sql.columns import Columns, Rows
from chassis.sql.connection import Connection
from chassis.sql.cursors import in_batches
from chassis.sql.placeholders import StatementInvalid, expand, number

if TYPE_CHECKING:
    from asyncpg import Record


class Sorting(Protocol):
    """Makes the terms of an ORDER BY from the sort order in a page request.

    The sort order can name only declared columns.
    """

    def by(self, page: Any) -> str: ...


class Bound(NamedTuple):
    """The text and the arguments for asyncpg."""

    text: str
    arguments: list[Any]


class Statement:
    """SQL with `:name` for a value and `{name}` for a fragment.

    A fragment is one of these: SQL text, which can contain parameters and fragments; another statement; Columns, Rows
    or a Sorting. For Columns, `{m.columns}` writes `m.` before each name. For Rows, the call passes the records. For a
    Sorting, the call passes the page request.

    A call passes values by name, or objects (`sources`) with attributes of these names. If a value is not passed by
    name, the first object that has the attribute gives the value. Raises StatementInvalid for an unknown or unused
    fragment. A call raises TypeError for a missing or unknown name.
    """

    def __init__(self, sql: str, /, **fragments: "str | Statement | Columns[Any] | Rows | Sorting") -> None:
        self._sortings: dict[str, Sorting] = {}
        self._rows: dict[str, Rows] = {}
        used: set[str] = set()

        def fragment(name: str, alias: str | None) -> str:
            if name not in fragments:
                raise StatementInvalid(sql, f"{{{name}}} is not given: add {name}=… to the statement")
            used.add(name)
            return self._expanded(name, fragments[name], alias, fragment)

        self.source = expand(sql, fragment)
        if unused := fragments.keys() - used:
            raise StatementInvalid(sql, f"{', '.join(sorted(unused))} is not used: write {{name}} or remove it")
        self.text, names = number(self.source)
        self.parameters = list(dict.fromkeys(name.partition(".")[0] for name in names))
        #: The names that a call can pass.
        self.known = {*self.parameters, *self._sortings}

    @property
    def __refuses__(self) -> tuple[Any, ...]:
        """The refusals of the sortings, so that the OpenAPI document lists them for a route that uses the statement."""
        return tuple(one for sorting in self._sortings.values() for one in getattr(sorting, "__refuses__", ()))

    def bind(self, *sources: object, **values: Any) -> Bound:
        """The text and the arguments in order, for a cursor or `executemany`."""
        if unknown := values.keys() - self.known:
            raise TypeError(f"{self}: unknown {', '.join(sorted(unknown))}; it has {', '.join(sorted(self.known))}")
        text = self.text
        arguments: list[Any] = []
        for name, sorting in self._sortings.items():
            text = text.replace(_slot(name), sorting.by(self._value(name, (), values)))
        for name in self.parameters:
            value = self._value(name, sources, values)
            arguments += self._rows[name].arrays(value) if name in self._rows else [value]
        return Bound(text, arguments)

    async def fetch(self, connection: Connection, /, *sources: object, **values: Any) -> "list[Record]":
        text, arguments = self.bind(*sources, **values)
        return await connection.fetch(text, *arguments)

    async def fetchrow(self, connection: Connection, /, *sources: object, **values: Any) -> "Record | None":
        text, arguments = self.bind(*sources, **values)
        row: Record | None = await connection.fetchrow(text, *arguments)
        return row

    async def fetchval(self, connection: Connection, /, *sources: object, **values: Any) -> Any:
        text, arguments = self.bind(*sources, **values)
        return await connection.fetchval(text, *arguments)

    async def execute(self, connection: Connection, /, *sources: object, **values: Any) -> str:
        text, arguments = self.bind(*sources, **values)
        return await connection.execute(text, *arguments)

    def batches(self, connection: Connection, /, *sources: object, **values: Any) -> "AsyncIterator[list[Record]]":
        """The rows in batches. Call this inside a transaction."""
        text, arguments = self.bind(*sources, **values)
        return in_batches(connection, text, *arguments)

    def __str__(self) -> str:
        return " ".join(self.source.split())[:120]

    def _expanded(self, name: str, value: Any, alias: str | None, fragment: Any) -> str:
        if alias and not isinstance(value, Columns):
            raise StatementInvalid(f"{{{alias}.{name}}}", "only columns take an alias")
        if isinstance(value, Columns):
            return value.listed(alias)
        if isinstance(value, Rows):
            self._rows[name] = value
            return value.source(name)
        if isinstance(value, Statement):
            if value._rows.keys() & self._rows:
                raise StatementInvalid(value.source, "two fragments have rows of the same name: rename one")
            self._rows |= value._rows
            self._sortings |= value._sortings
            return value.source
        if isinstance(value, str):
            return expand(value, fragment)
        self._sortings[name] = value
        return _slot(name)

    def _value(self, name: str, sources: Iterable[object], values: dict[str, Any]) -> Any:
        if name in values:
            return values[name]
        for source in sources:
            if hasattr(source, name):
                return getattr(source, name)
        raise TypeError(f"{self}: {name} is missing; it needs {', '.join(sorted(self.known))}")


def _slot(name: str) -> str:
    """The placeholder for the terms of a sorting. It contains U+0000, which never occurs in SQL text."""
    return f"\0{name}\0"
