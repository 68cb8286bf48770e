"""Fills a key column of a table. The key column holds the normalized forms of the texts in another column. Rows without
a key get one, and keys that an older normalizer has made are replaced.
"""

from collections.abc import Callable

from alembic import op
from sqlalchemy import text as sql


def fill(table: str, column: str, key_column: str, key: Callable[[str], str]) -> None:
    """Call this function in a migration. One statement updates all rows except the rows whose key is right already.

    If Alembic only writes a SQL script, nothing is filled, because the script is for an empty database.
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
