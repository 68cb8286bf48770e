"""The simulator's database: waits for PostgreSQL, creates the schema, gives connections."""

import asyncio
from contextlib import suppress
from importlib.resources import files
from typing import TypeAlias

import asyncpg
import structlog

from simulator.refusals import DatabaseAway

log = structlog.get_logger()

Connection: TypeAlias = "asyncpg.pool.PoolConnectionProxy[asyncpg.Record]"
Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"

_SESSION = {
    "application_name": "simulator",
    "idle_in_transaction_session_timeout": "10s",
    "lock_timeout": "10s",
    # PostgreSQL could reuse a plan that it made while a table was empty. That plan scans the whole table, which is
    # slow once the table is full. So each execution gets a new plan.
    "plan_cache_mode": "force_custom_plan",
    "tcp_keepalives_idle": "30",
}
_MIGRATION_LOCK = 7_310_044
_UNREACHABLE = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError)


class Database:
    def __init__(self, url: str) -> None:
        self._url = url
        self._pool: Pool | None = None
        #: Why there is no pool yet, as a sentence for an operator; None = there is a pool.
        self.unready_reason: str | None = "PostgreSQL was not reached yet"

    @property
    def pool(self) -> Pool:
        if self._pool is None:
            raise DatabaseAway(self.unready_reason)
        return self._pool

    async def wait(self) -> None:
        """Return once PostgreSQL answers and has the schema. Until then, log why it waits."""
        logged = None
        while self._pool is None:
            await self._try()
            if self._pool is None:
                if self.unready_reason != logged:
                    log.warning("waiting_for_database", reason=self.unready_reason)
                    logged = self.unready_reason
                await asyncio.sleep(0.5)
        log.info("database_ready")

    async def _try(self) -> None:
        pool: Pool | None = None
        try:
            pool = await asyncpg.create_pool(
                self._url, min_size=1, max_size=8, timeout=5, command_timeout=120, server_settings=_SESSION,
                reset=_keep_session,
            )  # fmt: skip
            if await pool.fetchval("SELECT to_regclass('callbacks') IS NOT NULL"):
                self._pool, self.unready_reason = pool, None
                return
            self.unready_reason = "the schema is missing: run `python -m simulator migrate`"
        except _UNREACHABLE as error:
            self.unready_reason = f"PostgreSQL does not answer ({type(error).__name__})"
        if pool is not None:
            with suppress(*_UNREACHABLE):
                await pool.close()

    async def ping(self) -> bool:
        try:
            async with asyncio.timeout(2):
                return bool(await self.pool.fetchval("SELECT true"))
        except (DatabaseAway, *_UNREACHABLE):
            return False

    async def close(self) -> None:
        if self._pool is not None:
            await self._pool.close()
            self._pool = None


async def _keep_session(connection: object) -> None:
    """Reset nothing when a connection goes back to the pool, because no statement leaves anything in its session."""


async def migrate(url: str, *, patience_s: float = 60) -> None:
    """Create the missing tables and indexes.

    If PostgreSQL does not answer for `patience_s` seconds, raises the error of the last attempt to connect.
    """
    deadline = asyncio.get_running_loop().time() + patience_s
    while True:
        try:
            connection = await asyncpg.connect(url, timeout=5)
            break
        except _UNREACHABLE as error:
            if asyncio.get_running_loop().time() > deadline:
                raise
            log.warning("waiting_for_database", reason=type(error).__name__)
            await asyncio.sleep(0.5)
    try:
        async with connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock($1)", _MIGRATION_LOCK)
            await connection.execute(files("simulator").joinpath("schema.sql").read_text())
    finally:
        await connection.close()
    log.info("schema_created")
