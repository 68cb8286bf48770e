"""The connection pool of a service's database, and its transactions: `read` and `work`."""

from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import asyncpg
import orjson

from chassis.database import maintenance_gate, outbox
from chassis.database.unit_of_work import Tools, UnitOfWork
from chassis.domain import Clock
from chassis.sql import Connection
from chassis.system import crash_points

if TYPE_CHECKING:
    from chassis.identity import Principal

#: With these time-outs PostgreSQL ends the transaction of a frozen process, and the statement of a process that has
#: died. Query plans are never cached, because a plan that was made for an empty table is slow on a full table.
SERVER_SETTINGS = {
    "idle_in_transaction_session_timeout": "10s",
    "lock_timeout": "8s",
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
    "client_connection_check_interval": "5s",
    "plan_cache_mode": "force_custom_plan",
    "timezone": "UTC",
    "jit": "off",
}


#: A rollback or a cancellation takes milliseconds. If it takes longer than this, the connection is dead.
ROLLBACK_S = 5.0


class DatabaseAway(ConnectionError):
    """The server answers, but it refuses the connection."""


class PooledConnection(Connection):
    """Gives a rollback a short time-out of its own.

    A connection is half open if the server is gone but this process has not noticed it. A query on such a connection
    waits for the whole time-out (`command_timeout_s`). Then the rollback would wait for this time once more.
    """

    def get_reset_query(self) -> str:
        """Reset nothing when a connection goes back to the pool. This saves one round trip for each use of a
        connection.

        A reset is not needed, because no statement of a service changes its session for longer than a transaction:
        settings, advisory locks and cursors end with their transaction. LISTEN would last longer, but `Listener` has a
        connection of its own.
        """
        return ""

    async def execute(self, query: str, *args: Any, timeout: float | None = None) -> str:
        """As in asyncpg, but a rollback has the time-out ROLLBACK_S. If PostgreSQL does not answer the rollback within
        this time, the connection is closed.
        """
        return await super().execute(query, *args, timeout=ROLLBACK_S if query.startswith("ROLLBACK") else timeout)


class Database:
    """One PostgreSQL database. A commit wakes the relay of this process through the callbacks in `on_events`. For each
    kind of job that it added, a commit also wakes the job workers of this kind, through the callbacks in `on_jobs`.
    """

    def __init__(
        self, url: str, *, tools: Tools, clock: Clock, name: str, size: int = 10, command_timeout_s: float = 45.0
    ) -> None:
        self._url = url
        self._command_timeout_s = command_timeout_s
        self._size = size
        self._name = name
        self._pool: asyncpg.Pool[Any] | None = None
        self.tools = tools
        self.clock = clock
        self.on_events: list[Callable[[], None]] = []
        self.on_jobs: defaultdict[str, list[Callable[[], None]]] = defaultdict(list)

    async def open(self) -> None:
        """Open the pool. Raises OSError or asyncpg errors while the server does not answer; the caller retries."""
        if self._pool is None:
            self._pool = await asyncpg.create_pool(
                self._url,
                min_size=1,
                max_size=self._size,
                timeout=5,
                command_timeout=self._command_timeout_s,
                connection_class=PooledConnection,
                init=set_codecs,
                server_settings=SERVER_SETTINGS | {"application_name": self._name},
            )

    async def close(self) -> None:
        if self._pool is not None:
            pool, self._pool = self._pool, None
            try:
                await pool.close()
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                pool.terminate()

    async def dedicated(self) -> "asyncpg.Connection[Any]":
        """A new connection outside the pool. Raises OSError or asyncpg errors; the caller closes it."""
        return await asyncpg.connect(
            self._url,
            timeout=5,
            command_timeout=ROLLBACK_S,
            server_settings=SERVER_SETTINGS | {"application_name": self._name},
        )

    @property
    def pool(self) -> "asyncpg.Pool[Any]":
        if self._pool is None:
            raise ConnectionError("the database is not open")
        return self._pool

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """A pooled connection without a transaction."""
        try:
            connection = await self.pool.acquire(timeout=10)
        except asyncpg.PostgresError as error:
            # The server refuses the connection. DatabaseAway counts as an outage (`is_infrastructure`), so the record
            # that is being handled is read again and does not become a dead letter.
            raise DatabaseAway(type(error).__name__) from error
        try:
            yield connection  # type: ignore[misc]
        finally:
            await self._give_back(connection)

    async def _give_back(self, connection: Any) -> None:
        """Release the connection.

        If it was half open, replace all connections of the pool at once, because usually they are all half open then.
        """
        half_open = connection.is_closed()
        try:
            await self.pool.release(connection, timeout=ROLLBACK_S)
        except TimeoutError:
            # Raise no error, because the caller's statements have already succeeded or failed. asyncpg has closed the
            # connection.
            half_open = True
        if half_open:
            await self.pool.expire_connections()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Connection]:
        """A read-only transaction."""
        async with self.connection() as connection, connection.transaction(readonly=True):
            yield connection

    @asynccontextmanager
    async def work(
        self,
        cause_id: UUID,
        now: datetime | None = None,
        actor: "Principal | None" = None,
        correlation_id: str | None = None,
    ) -> AsyncIterator[UnitOfWork]:
        """One transaction. Before its commit, the emitted events are written to the outbox in this transaction.

        If `actor` is given, the transaction is a command. Then UnderMaintenance is raised while the service accepts no
        commands.
        """
        async with self.connection() as connection:
            async with connection.transaction():
                if actor is not None:
                    await maintenance_gate.admit_act(connection)
                work = UnitOfWork(connection, self.tools, now or self.clock.now(), cause_id, correlation_id, actor)
                yield work
                await outbox.write(connection, work.pop_events())
                crash_points.reach(crash_points.WORK_BEFORE_COMMIT)
            crash_points.reach(crash_points.WORK_AFTER_COMMIT)
            self.committed(kinds=work.enqueued)

    def committed(self, *, events: bool = True, kinds: Iterable[str] = ()) -> None:
        """Wake the relay if `events` is true, and wake the workers of these kinds of jobs."""
        of_jobs = (wake for kind in kinds for wake in self.on_jobs.get(kind, ()))
        for wake in (*(self.on_events if events else ()), *of_jobs):
            wake()


async def set_codecs(connection: Connection) -> None:
    """Read and write json and jsonb as Python objects."""
    for name in ("json", "jsonb"):
        await connection.set_type_codec(
            name,
            encoder=lambda value: orjson.dumps(value).decode(),
            decoder=orjson.loads,
            schema="pg_catalog",
            format="text",
        )
