"""The sums of lines. A trigger of the table `lines` adds each change of a sum to `line_sum_changes`.

A sum is its row in `line_sums` plus its changes. To fold the changes means to add them to the row and delete them.
"""

from chassis.sql import Connection, Statement, columns_of
from review_svc.tables import LineSumRow

#: How often a periodic job folds the changes. Without folding, the reading of a sum would get slower with each change.
FOLD_EVERY_S = 600.0

#: `MEASURES`: the columns that are summed. `COMMON`: the columns in which all lines of one sum have the same values.
MEASURES = ("lines", "heads", "city_fen", "district_fen", "unit_fen")
COLUMNS = columns_of(LineSumRow)
COMMON = COLUMNS.without(*MEASURES)
#: All sums as a table. Several rows can have the same values in the `COMMON` columns. The sum is then the total of
#: these rows.
SUMS = Statement("(SELECT {columns} FROM line_sums UNION ALL SELECT {columns} FROM line_sum_changes)", columns=COLUMNS)
#: All lines as a table of the same form, for conditions for which `line_sums` has no columns.
SUMMED_LINES = "(SELECT *, 1 AS lines FROM lines)"
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
