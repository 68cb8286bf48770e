"""COPY of records: the fastest way to add many rows.

COPY has no `ON CONFLICT`, so it fails if one of the rows exists already.
"""

from collections.abc import Iterable
from itertools import repeat
from typing import Any

from chassis.sql.columns import Columns
from chassis.sql.connection import Connection


class Copy:
    """COPY into the table of these columns. `constants`: the columns that have the same value in all rows.

    Raises ValueError for a name that is no column of the table. Also raises it for a JSON column, because COPY is
    binary, but our connections send jsonb as text.
    """

    def __init__(self, columns: Columns[Any], *constants: str) -> None:
        if json := [name for name, kind in columns.types.items() if kind == "JSONB"]:
            raise ValueError(f"{', '.join(json)} of {columns.table}: COPY takes no JSON; insert with rows_of")
        if unknown := [name for name in (*constants, *columns.expressions) if name not in columns.declared]:
            raise ValueError(f"{', '.join(unknown)}: no column of {columns.table}; COPY cannot write an expression")
        self._columns = columns
        self._constants = constants
        self.names = [*constants, *columns.types]

    async def execute(self, connection: Connection, records: Iterable[Any], /, **constants: Any) -> str:
        """Copy the records; returns the status. Raises TypeError for a missing or unknown constant."""
        if constants.keys() != set(self._constants):
            raise TypeError(f"COPY {self._columns.table}: give {', '.join(self._constants) or 'no values'} by name")
        repeated = [repeat(constants[name]) for name in self._constants]
        rows = zip(*repeated, *self._columns.values(records), strict=False)
        return await connection.copy_records_to_table(self._columns.table, records=rows, columns=self.names)
