"""Sums that a trigger keeps. The sums are in one table, their changes since the last fold in another.

A trigger of the summed table adds a row of changes in the transaction of each write. To fold the changes means to add
them to the sums and delete them.
"""

from typing import TYPE_CHECKING

from chassis.sql.columns import columns_of
from chassis.sql.connection import Connection
from chassis.sql.statements import Statement

if TYPE_CHECKING:
    from sqlmodel import SQLModel

#: How often a periodic job folds the changes. Without folding, the reading of a sum would get slower with each change.
FOLD_EVERY_S = 600.0


class KeptSums:
    """The two tables as one. `sums`: the declared table of the sums. Its primary key has the columns in which all
    summed rows of one sum have the same values, and its other columns are the sums. `changes`: the table of the
    changes, with the same columns.

    `table`: all sums as SQL for FROM. Several rows can have the same primary key. The sum is the total of these rows.
    """

    def __init__(self, sums: "type[SQLModel]", changes: "type[SQLModel]") -> None:
        columns, changes_table = columns_of(sums), columns_of(changes).table
        key = [column.name for column in sums.__table__.primary_key.columns]  # type: ignore[attr-defined]
        measures = [name for name in columns.types if name not in key]
        self.table = Statement(
            "(SELECT {columns} FROM {sums} UNION ALL SELECT {columns} FROM {changes})",
            columns=columns,
            sums=columns.table,
            changes=changes_table,
        )
        self._fold = Statement(
            """WITH changes AS (DELETE FROM {changes} RETURNING *)
               INSERT INTO {sums} AS s ({columns}) SELECT {key}, {added} FROM changes GROUP BY {key} ORDER BY {key}
               ON CONFLICT ({key}) DO UPDATE SET {changed}""",
            changes=changes_table,
            sums=columns.table,
            columns=", ".join([*key, *measures]),
            key=", ".join(key),
            added=", ".join(f"sum({name})" for name in measures),
            changed=", ".join(f"{name} = s.{name} + excluded.{name}" for name in measures),
        )

    async def fold(self, connection: Connection) -> None:
        """Add all committed changes to the sums, and delete the changes. Readers see the same sums before and after."""
        await self._fold.execute(connection)
