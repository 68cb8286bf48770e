"""The sums of lines, which a trigger of `lines` keeps (`LineSumChangeRow`)."""

from chassis.sql import Connection, Statement, columns_of
from review_svc.tables import LineSumRow

#: What the lines of one sum have in common, and what is summed.
MEASURES = ("lines", "heads", "city_fen", "district_fen", "unit_fen")
COLUMNS = columns_of(LineSumRow)
COMMON = COLUMNS.without(*MEASURES)
#: All sums as a table. Several rows may have the same `COMMON` columns, and only their sum counts.
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
    """Add all committed changes to the sums, and delete them. Readers see the same sums before and after."""
    await FOLD.execute(connection)
