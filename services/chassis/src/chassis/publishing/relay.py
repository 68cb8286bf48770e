"""The relay: a loop that publishes the rows of the outbox in id order. Only the replica with the lease publishes.

The relay sleeps until a commit of its process wakes it. If another replica holds the lease, the relay that was woken
does not publish. It sends a notification of PostgreSQL, which wakes the relay of that replica. Because a notification
can be lost, the relay also reads the outbox once a second.
"""

import asyncio
import time

import structlog

from chassis.database import Database, Lease, Listener, notify
from chassis.health import HealthState
from chassis.observability import metrics
from chassis.publishing.producers import Producers, Publication
from chassis.resilience import backoff_s, describe, wait_up_to, within
from chassis.sql import Connection
from chassis.system import crash_points

log = structlog.get_logger()

LOOP = "relay"
ROWS = 200
#: The relay reads no further row once it has this many bytes. The last row can exceed this limit by up to 900 KiB.
#: Memory holds the bytes up to four times: in the rows, the producer's batches, its requests and the socket's buffer.
BYTES = 1024 * 1024
STANDBY_S = 1.0
#: A relay without the lease sends at most one notification in this time.
NOTIFY_EVERY_S = 0.01
CHANNEL = "outbox"
GAUGES_EVERY_S = 5.0
RELEASE_LEASE_AFTER = 5


class Relay:
    def __init__(
        self,
        database: Database,
        producers: Producers,
        health: HealthState,
        *,
        interval_s: float = 1.0,
        publish_timeout_s: float = 30.0,
    ) -> None:
        self._database = database
        self._producers = producers
        self._health = health
        self._interval_s = interval_s
        self._publish_timeout_s = publish_timeout_s
        self._lease = Lease(database, LOOP)
        self._wake = asyncio.Event()
        self._stopping = False
        self._leading = False
        self._gauged_at = 0.0
        self._listener = Listener(database, CHANNEL, self._wake.set)
        database.on_events.append(self._wake.set)

    async def run(self) -> None:
        """Publish until `stop` is called. After an error the loop waits and tries again; no error ends it."""
        try:
            await self._publish_until_stopped()
        finally:
            self._listener.close()

    async def _publish_until_stopped(self) -> None:
        failures = 0
        self._health.tick(LOOP)
        while not self._stopping:
            try:
                published = await self._publish_once()
                failures = 0
                self._health.tick(LOOP)
                self._health.has(LOOP)
            except Exception as error:
                failures += 1
                await self._on_error(error, failures)
                continue
            if self._leading:
                await self._listen()
                if not published:
                    await self._wait(self._interval_s)
            elif await self._wait(STANDBY_S):
                await self._notify_leader()
        await self._finish()

    def stop(self) -> None:
        self._stopping = True
        self._wake.set()

    async def _publish_once(self) -> int:
        """Read the outbox once and publish the rows; returns the number of events."""
        self._leading = await self._lease.held()
        metrics.relay_leading.set(1 if self._leading else 0)
        if not self._leading:
            return 0
        async with self._database.connection() as connection:
            await self._update_gauges(connection)
            rows = await unpublished(connection)
            if not rows:
                return 0
            # Check the lease again. If the process was frozen while it waited for the connection, the lease is possibly
            # lost.
            if not await self._lease.held():
                return 0
            crash_points.reach(crash_points.RELAY_BEFORE_PUBLISH)
            await within(self._publish_timeout_s, self._producers.publish(rows))
            crash_points.reach(crash_points.RELAY_AFTER_ACK)
            await connection.execute("DELETE FROM outbox WHERE id = ANY($1)", [row.id for row in rows])
        return len(rows)

    async def _wait(self, seconds: float) -> bool:
        """Wait until something wakes this relay, at most `seconds`. Returns whether something woke it."""
        woken = await wait_up_to(seconds, self._wake)
        self._wake.clear()
        return woken

    async def _listen(self) -> None:
        """Let commits of other replicas wake this relay, so that it publishes the events of these commits at once."""
        try:
            await self._listener.ensure()
        except Exception as error:
            log.info("relay_does_not_listen", message=describe(error))

    async def _notify_leader(self) -> None:
        """Wake the relay that holds the lease, because this process has committed events."""
        try:
            async with self._database.connection() as connection:
                await notify(connection, CHANNEL)
        except Exception as error:
            log.info("relay_did_not_notify", message=describe(error))
        await asyncio.sleep(NOTIFY_EVERY_S)

    async def _on_error(self, error: Exception, failures: int) -> None:
        metrics.publish_errors.labels(type(error).__name__).inc()
        self._health.waits_for(LOOP, f"nothing is published: {describe(error)}")
        log.warning("relay_backed_off", cause=type(error).__name__, message=describe(error), failures=failures)
        await self._producers.discard()
        if failures % RELEASE_LEASE_AFTER == 0:
            await self._release_lease()
        await asyncio.sleep(backoff_s(failures, most_s=5.0))

    async def _release_lease(self) -> None:
        """Release the lease, because another replica is possibly able to publish.

        If no other replica acquires the lease, this replica acquires it again.
        """
        try:
            await self._lease.release()
        except Exception as error:
            log.warning("relay_kept_lease", message=describe(error))

    async def _finish(self) -> None:
        """Publish the remaining rows of the outbox, then release the lease, so that another replica can publish."""
        self._health.ended(LOOP)
        try:
            while await self._publish_once():
                pass
            await self._lease.release()
        except Exception as error:
            log.warning("relay_left_rows", message=describe(error))
        await self._producers.discard()

    async def _update_gauges(self, connection: Connection) -> None:
        if time.monotonic() - self._gauged_at < GAUGES_EVERY_S:
            return
        self._gauged_at = time.monotonic()
        row = await connection.fetchrow(
            "SELECT count(*) AS pending, coalesce(extract(epoch FROM now() - min(written_at)), 0)::float AS oldest"
            " FROM outbox"
        )
        assert row is not None
        metrics.outbox_pending.set(row["pending"])
        metrics.outbox_oldest_seconds.set(row["oldest"])


async def unpublished(connection: Connection, rows: int = ROWS) -> list[Publication]:
    """The first unpublished rows in id order. Each call must start at the lowest id, not after the last id that was
    read. The reason: row 7 can be committed after row 8 was read.

    Rows of one key have ids in the order of their sequences, because the key's row of `outbox_sequences` is locked
    until commit.
    """
    outbox_rows = await connection.fetch(
        """SELECT id, topic, key, headers, payload FROM (
               SELECT o.*, sum(octet_length(payload)) OVER (ORDER BY id) - octet_length(payload) AS before
               FROM (SELECT * FROM outbox ORDER BY id LIMIT $1) o) AS o
           WHERE before < $2 ORDER BY id""",
        rows,
        BYTES,
    )
    return [
        Publication(
            r["id"],
            r["topic"],
            r["key"],
            [(name, value.encode()) for name, value in r["headers"].items()],
            r["payload"],
        )
        for r in outbox_rows
    ]
