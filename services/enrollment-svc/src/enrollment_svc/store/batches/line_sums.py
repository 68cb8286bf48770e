"""The sums of the lines' people. A trigger of the table `lines` keeps them up to date (`LineSumChangeRow`)."""

from chassis.sql import Connection, Statement, columns_of
from enrollment_svc.tables import LineSumRow

#: How often a periodic job folds the changes, so that a sum never reads many of them.
FOLD_EVERY_S = 600.0

#: `MEASURES`: the columns that are summed. `COMMON`: the columns in which all lines of one sum have the same values.
MEASURES = ("heads", "submitted_heads")
COLUMNS = columns_of(LineSumRow)
COMMON = COLUMNS.without(*MEASURES)
#: All sums as a table. Several rows can have the same values in the `COMMON` columns. The sum is then the total of
#: these rows.
SUMS = Statement("(SELECT {columns} FROM line_sums UNION ALL SELECT {columns} FROM line_sum_changes)", columns=COLUMNS)
FOLD = Statement(
    """WITH changes AS (DELETE FROM line_sum_changes RETURNING *)
       INSERT INTO line_sums AS s ({columns}) SELECT {common}, {added} FROM changes GROUP BY {common} ORDER BY {common}
       ON CONFLICT ({common}) DO UPDATE SET {changed}""",
    columns=COLUMNS,
    common=COMMON,
    added=", ".join(f"sum({name})" for name in MEASURES),
    changed=", ".join(f"{name} = s.{name} + excluded.{name}" for name in MEASURES),
)


async def fold(connection: Connection) -> None:
    """Add all committed changes to the sums, and delete the changes. Readers see the same sums before and after."""
    await FOLD.execute(connection)
