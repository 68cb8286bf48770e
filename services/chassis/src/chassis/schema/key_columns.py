"""Columns that hold the normalized key of another column, filled for rows from before them or an older normalizer."""

from collections.abc import Callable

from alembic import op
from sqlalchemy import text as sql


def fill(table: str, column: str, key_column: str, key: Callable[[str], str]) -> None:
    """Within a migration: one statement for all distinct texts; rows that have their key already are left alone.

    A script for an empty database has nothing to fill.
    """
    if op.get_context().as_sql:
        return
    bind = op.get_bind()
    found = bind.execute(sql(f"SELECT DISTINCT {column} FROM {table} WHERE {column} IS NOT NULL"))  # noqa: S608
    texts = [row[0] for row in found]
    bind.execute(
        sql(
            f"""UPDATE {table} AS t SET {key_column} = f.key
                FROM unnest(CAST(:texts AS text[]), CAST(:keys AS text[])) AS f (text, key)
                WHERE t.{column} = f.text AND t.{key_column} IS DISTINCT FROM f.key"""  # noqa: S608
        ),
        {"texts": texts, "keys": [key(one) for one in texts]},
    )
