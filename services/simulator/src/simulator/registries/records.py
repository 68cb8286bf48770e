"""The records of the registries, with every SQL statement about them."""

from collections.abc import AsyncIterator, Sequence

from simulator.database import Database
from simulator.registries.uploads import Row

#: A table for the rows of one upload. PostgreSQL drops it at the end of the transaction.
_STAGE = "CREATE TEMP TABLE incoming (number bytea, card text, employment text, place bigint) ON COMMIT DROP"
#: Add or overwrite records. If a number comes twice in an upload, its last row counts. Every upload writes in the order
#: of the numbers, so that two uploads cannot deadlock.
_MERGE = """
    INSERT INTO registry_records (number, card, employment)
    SELECT DISTINCT ON (number) number, card, employment FROM incoming ORDER BY number, place DESC
    ON CONFLICT (number) DO UPDATE SET card = excluded.card, employment = excluded.employment
"""
#: One row for each of the given numbers that was loaded. Numbers can be loaded with the answer "no record"; then the
#: code is null.
_LOOK_UP = {
    "card": "SELECT number, card AS code FROM registry_records WHERE number = ANY($1)",
    "employment": "SELECT number, employment AS code FROM registry_records WHERE number = ANY($1)",
}


class Records:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def merge(self, rows: AsyncIterator[Row]) -> dict[str, int]:
        """Store all rows or none. Returns how many numbers this upload stored, and how many are stored in all."""
        async with self._database.pool.acquire() as connection, connection.transaction():
            await connection.execute(_STAGE)
            await connection.copy_records_to_table("incoming", records=rows)
            await connection.execute("ANALYZE incoming")
            merged = await connection.execute(_MERGE)
            total = await connection.fetchval("SELECT count(*) FROM registry_records")
        await self._database.pool.execute("ANALYZE registry_records")
        return {"stored": int(merged.rsplit(" ", 1)[1]), "total": int(total or 0)}

    async def clear(self) -> dict[str, int]:
        async with self._database.pool.acquire() as connection, connection.transaction():
            known = await connection.fetchval("SELECT count(*) FROM registry_records")
            await connection.execute("TRUNCATE registry_records")
        return {"cleared": int(known or 0)}

    async def codes(self, registry: str, numbers: Sequence[bytes]) -> dict[bytes, str | None]:
        """The code of each of `numbers` that was loaded; None = it was loaded with the answer "no record"."""
        found = await self._database.pool.fetch(_LOOK_UP[registry], numbers)
        return {row["number"]: row["code"] for row in found}
