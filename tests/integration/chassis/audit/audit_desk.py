"""Adds rows to the audit log of a sample service and puts them into the hash chain. Changes rows as only the owner of
the tables could.
"""

from uuid import uuid4

import asyncpg

from chassis.audit_chain import AuditSealer, Head, Verdict, head, verify
from chassis.identity import Principal, audit
from chassis.jobs import PeriodicLoop
from chassis.sql import Connection
from chassis.testing import Bench

#: The name under which the sample service runs.
SERVICE = "member-svc"
CHANGE = """ALTER TABLE {0} DISABLE TRIGGER USER;
{1};
ALTER TABLE {0} ENABLE ALWAYS TRIGGER {0}_append_only;
ALTER TABLE {0} ENABLE ALWAYS TRIGGER {0}_never_emptied"""
#: Adds a row. The first parameter is the account of the row.
INSERT = """INSERT INTO audit_log (account, role, command_id, name, subject, detail)
            VALUES ($1, 'handler', gen_random_uuid(), 'submitted', '', '{}')"""


class AuditDesk:
    """`url`: the DSN with which the owner of the tables connects."""

    def __init__(self, bench: Bench, url: str) -> None:
        self.bench = bench
        self._url = url

    async def add(self, *accounts: str, name: str | None = "李明") -> None:
        """Add and commit one audit row for each account. The rows look like rows that commands have written."""
        async with self.bench.database.connection() as connection:
            for account in accounts:
                await self.add_on(connection, account, name)

    async def add_on(self, connection: Connection, account: str, name: str | None = "李明") -> None:
        await audit.record(
            connection,
            Principal(account, "handler", uuid4(), name),
            command_id=uuid4(),
            name="submitted",
            subject="20240510-000001",
            detail={"people": 3, "人": ["甲", None, 1.50]},
            address="10.0.0.9",
            row_cipher=self.bench.runtime.row_cipher,
            index=self.bench.runtime.index,
        )

    async def seal(self) -> AuditSealer:
        job = AuditSealer()
        await PeriodicLoop(self.bench.database, job, self.bench.runtime.health).turn()
        return job

    async def as_owner(self, table: str, *statements: str) -> None:
        """Run statements as the owner of the table, while the table's triggers are disabled."""
        connection = await asyncpg.connect(self._url)
        try:
            await connection.execute(CHANGE.format(table, "; ".join(statements)))
        finally:
            await connection.close()

    async def findings_after(self, table: str, change: str, *, keys: bool = True) -> list[str]:
        """Change rows of the table, check the chain, undo the change, and return the findings of the check."""
        await self.as_owner(table, f"CREATE TABLE kept AS SELECT * FROM {table}", change)
        verdict = await self.verdict(keys=keys)
        await self.as_owner(table, f"DELETE FROM {table}", f"INSERT INTO {table} SELECT * FROM kept", "DROP TABLE kept")
        return verdict.findings

    async def verdict(self, *anchors: Head, keys: bool = True) -> Verdict:
        async with self.bench.database.connection() as connection:
            return await verify(connection, SERVICE, self.bench.runtime.keys if keys else None, anchors)

    async def head(self) -> Head:
        async with self.bench.database.connection() as connection:
            found = await head(connection, SERVICE)
        assert found is not None
        return found

    async def blocks(self) -> list[list[int]]:
        """The ids of the audit rows in each block."""
        async with self.bench.database.read() as connection:
            rows = await connection.fetch("SELECT row_ids FROM audit_chain ORDER BY position")
        return [row["row_ids"] for row in rows]
