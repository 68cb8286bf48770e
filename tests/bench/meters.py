"""Reads what the stack has used since its start: CPU time, WAL, bytes in databases and topics, rows, transactions."""

import asyncio
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import asyncpg

from bench.processes import tree_seconds
from chassis.files import MIB
from contracts.topics import TOPICS
from enrollctl.stack.databases import database_named
from enrollctl.stack.stack import Stack

WAL = "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint"
#: PostgreSQL's backends report their counts to the statistics that this statement reads at most once per second.
COUNTS = """
    SELECT datname AS name, pg_database_size(oid) AS bytes, xact_commit + xact_rollback AS transactions,
           tup_inserted + tup_updated + tup_deleted AS written, tup_fetched + tup_returned AS read
    FROM pg_stat_database JOIN pg_database USING (datname)
    WHERE datname NOT IN ('postgres', 'template0', 'template1', 'opponents')
"""
TABLES = """
    SELECT relname AS name, pg_total_relation_size(relid) AS bytes, n_tup_ins AS inserted, n_tup_upd AS updated,
           n_tup_hot_upd AS updated_in_place, n_tup_del AS deleted
    FROM pg_stat_user_tables
"""
#: The folder of a partition in Kafka's data: the name of its topic and its number.
PARTITION = re.compile(r"(.+)-\d+")


class Sql:
    """One connection of the superuser, for code that is not asynchronous."""

    def __init__(self, url: str) -> None:
        self._loop = asyncio.new_event_loop()
        self._connection = self._loop.run_until_complete(asyncpg.connect(url))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.run_until_complete(self._connection.close())
        self._loop.close()

    def rows(self, statement: str, *arguments: Any) -> list[asyncpg.Record]:
        return self._loop.run_until_complete(self._connection.fetch(statement, *arguments))

    def value(self, statement: str, *arguments: Any) -> Any:
        return self._loop.run_until_complete(self._connection.fetchval(statement, *arguments))

    def run(self, statement: str) -> None:
        self._loop.run_until_complete(self._connection.execute(statement))


#: This program. It sends the requests of the screens, and asks the services for their progress.
DRIVER = "driver"


@dataclass(frozen=True, slots=True)
class Reading:
    """`cpu`: CPU seconds of each component and of this program."""

    cpu: dict[str, float]
    wal: int


@dataclass(frozen=True, slots=True)
class Books:
    """What is stored: sums for each database, and the bytes of all records on the project's topics.

    `tables`: for each table, as `database.table`, its bytes with all indexes and the rows that statements wrote.
    """

    database_bytes: dict[str, int] = field(default_factory=dict)
    transactions: dict[str, int] = field(default_factory=dict)
    written: dict[str, int] = field(default_factory=dict)
    read: dict[str, int] = field(default_factory=dict)
    topic_bytes: int = 0
    tables: dict[str, dict[str, int]] = field(default_factory=dict)


class Meters:
    """Reads the stack's components. A reading costs a few milliseconds."""

    def __init__(self, stack: Stack, copies: Mapping[str, int] | None = None) -> None:
        """`copies`: name → process id of each further copy of a service. Each copy is a component of its own."""
        self._stack = stack
        self._copies = dict(copies or {})
        self._pids = {part.name: part.process.pid for part in stack.state().parts if part.process} | self._copies
        self._sql = Sql(stack.admin_database_url)
        self.log = stack.folders.log("postgres")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._sql.__exit__()

    @property
    def sql(self) -> Sql:
        """The superuser's connection to the database `postgres`."""
        return self._sql

    def sql_of(self, database: str) -> Sql:
        """A new connection of the superuser to `database`; the caller closes the connection."""
        return Sql(database_named(self._stack.admin_database_url, database))

    def read(self) -> Reading:
        return Reading(
            {name: tree_seconds(pid) for name, pid in self._pids.items()} | {DRIVER: time.process_time()},
            self._sql.value(WAL),
        )

    def books(self) -> Books:
        rows = self._sql.rows(COUNTS)
        return Books(
            {row["name"]: row["bytes"] for row in rows},
            {row["name"]: row["transactions"] for row in rows},
            {row["name"]: row["written"] for row in rows},
            {row["name"]: row["read"] for row in rows},
            topic_bytes(self._stack.folders.kafka / "data", {topic.name for topic in TOPICS}),
            {name: table for row in rows for name, table in self._tables(row["name"]).items()},
        )

    def _tables(self, database: str) -> dict[str, dict[str, int]]:
        with self.sql_of(database) as sql:
            rows = [dict(row) for row in sql.rows(TABLES)]
        return {f"{database}.{row.pop('name')}": row for row in rows}

    def peak_mib(self) -> dict[str, int]:
        """The most memory that each service's own process has had, in MiB. Only Linux has the figure."""
        services = [part.name for part in self._stack.state().parts if part.kind == "service"] + list(self._copies)
        found = {name: peak_bytes(Path(f"/proc/{self._pids[name]}/status")) for name in services}
        return {name: size // MIB for name, size in found.items() if size}

    def checkpoint(self) -> None:
        """Write all changed pages, so that the next run does not spend time on pages that the last run changed."""
        self._sql.run("CHECKPOINT")


def peak_bytes(status: Path) -> int:
    """The peak of the resident memory, from a process's status file; 0 if there is no such file."""
    try:
        found = re.search(r"^VmHWM:\s+(\d+) kB$", status.read_text(), re.MULTILINE)
    except OSError:
        return 0
    return int(found[1]) * 1024 if found else 0


def topic_bytes(data: Path, topics: set[str]) -> int:
    """The size of all log segments of the topics in `topics`, in a broker's data folder."""
    folders = [
        folder for folder in data.iterdir() if (found := PARTITION.fullmatch(folder.name)) and found[1] in topics
    ]
    return sum(segment.stat().st_size for folder in folders for segment in folder.glob("*.log"))
