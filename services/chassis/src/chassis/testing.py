"""For tests of services: runs a service's routes, subscribers and jobs on a real database, without Kafka."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import httpx

from chassis.app import create_app
from chassis.database import Database
from chassis.domain import SHANGHAI, FixedClock
from chassis.identity import issue_token
from chassis.jobs import JobWorker, PeriodicLoop
from chassis.messaging import Record
from chassis.privacy import Keys, new_key_file, read_keys
from chassis.runtime import Runtime
from chassis.schema import migrate, script_of
from chassis.service import Service, build_runtime, own_job_handlers, own_periodic_jobs
from chassis.sql import pending
from contracts.catalog import BY_TYPE
from contracts.envelope import Envelope, derived_id
from contracts.event import Event
from contracts.fields import Personal, SealedBlock

_KEYS = read_keys(new_key_file())
#: The role of the service in all test databases of a server. The tables belong to the user of the test's DSN.
SERVICE_ROLE = "ue_running_service"
MAY_READ = "SELECT has_table_privilege(rolname, 'audit_log', 'SELECT') FROM pg_roles WHERE rolname = $1"
NOON = datetime(2024, 5, 10, 12, 0, tzinfo=SHANGHAI)


def bench_keys() -> Keys:
    """One set of random keys per process."""
    return _KEYS


@dataclass
class Bench:
    """A service on a test's database. Its methods send requests and events to the service and run its jobs."""

    service: Service
    runtime: Runtime
    clock: FixedClock
    client: httpx.AsyncClient
    _sequences: dict[tuple[str, str], int] = field(default_factory=dict)
    _offset: int = 0

    @property
    def database(self) -> Database:
        return self.runtime.database

    def token(self, role: str, scope_id: UUID | None, account: str = "a", name: str | None = None) -> dict[str, str]:
        """The headers of a request: a token of this account, and a new Idempotency-Key."""
        token = issue_token(self.runtime.keys, account=account, role=role, scope_id=scope_id, name=name)
        return {"Authorization": f"Bearer {token}", "Idempotency-Key": str(uuid4())}

    def sealed(
        self, kind: type[Event], subject: str, part: int, people: Sequence[Personal], cause: UUID
    ) -> SealedBlock:
        """The sealed block of an event that `deliver(event, cause=cause)` will deliver."""
        return self.runtime.sealer.seal(people, derived_id(cause, kind.ce_type, subject, part), kind.ce_type)

    def record(self, event: Event, cause: UUID | None = None) -> Record:
        """The record that a topic would hold, with the next sequence number of its topic and key."""
        cause = cause or uuid4()
        topic_key = (event.topic.name, event.key())
        self._sequences[topic_key] = self._sequences.get(topic_key, 0) + 1
        self._offset += 1
        envelope = Envelope(
            id=derived_id(cause, event.ce_type, event.subject(), event.part_index()),
            type=event.ce_type,
            source=event.topic.source,
            time=datetime.now(UTC),
            subject=event.subject(),
            sequence=self._sequences[topic_key],
            causation_id=str(cause),
            correlation_id=str(cause),
        )
        value = event.model_dump_json().encode()
        return Record(topic_key[0], 0, self._offset, topic_key[1], envelope.to_headers(), value)

    async def deliver(self, *events: Event, cause: UUID | None = None) -> list[Record]:
        """Handle one poll with these events, including inbox, savepoints and dead letters; returns the records."""
        records = [self.record(event, cause) for event in events]
        await self.redeliver(records)
        return records

    async def redeliver(self, records: Sequence[Record]) -> None:
        """Deliver the records again, as Kafka does if the process crashes before it commits the offsets."""
        await self.runtime.handler.handle(records)

    async def published(self) -> list[tuple[Envelope, Event]]:
        """The events in the outbox, in the relay's order."""
        async with self.runtime.database.read() as connection:
            rows = await connection.fetch("SELECT headers, payload FROM outbox ORDER BY id")
        found = []
        for row in rows:
            envelope = Envelope.from_headers([(name, value.encode()) for name, value in row["headers"].items()])
            found.append((envelope, BY_TYPE[envelope.type].model_validate_json(row["payload"])))
        return found

    async def dead_letters(self) -> list[str]:
        """The cause and the message of each open dead letter."""
        async with self.runtime.database.read() as connection:
            rows = await connection.fetch(
                "SELECT cause, message FROM dead_letters WHERE state NOT IN ('replayed', 'discarded') ORDER BY id"
            )
        return [f"{row['cause']} | {row['message']}" for row in rows]

    async def run_jobs(self) -> int:
        """Run the due jobs, and the jobs that they create, until no job is due. Returns how many were run."""
        total = 0
        while count := await self.run_jobs_once():
            total += count
        return total

    async def run_jobs_once(self) -> int:
        """Run the due jobs of each kind once.

        Use this instead of `run_jobs` if a job asks to be retried at once, because `run_jobs` would then never end.
        """
        kinds = [*self.service.job_handlers(self.runtime), *own_job_handlers(self.runtime)]
        workers = [JobWorker(self.runtime.database, one, self.runtime.health) for one in kinds]
        return sum([await worker.run_due() for worker in workers])

    async def run_periodic(self) -> None:
        """Run each periodic job once."""
        for job in [*self.service.periodic(self.runtime), *own_periodic_jobs(self.runtime)]:
            await PeriodicLoop(self.runtime.database, job, self.runtime.health).turn()


@cache
def _script(packages: tuple[str, ...]) -> str:
    return script_of(list(packages))


async def bring_to_head(database_url: str, packages: list[str]) -> str:
    """Migrate the database as `migrate` does, and return a DSN with the role of a running service.

    An empty database gets the SQL of all migrations as one script, which saves time. The DSN does not have the owner's
    role, because with this role tests would not notice a missing grant.
    """
    missing = await pending(database_url, packages)
    if missing or not await _has_rights(database_url):
        await _make_service_role(database_url)
        if missing == packages:
            await _execute(database_url, _script(tuple(packages)))
        await migrate(database_url, packages, service_role=SERVICE_ROLE)
    return f"{database_url}{'&' if '?' in database_url else '?'}role={SERVICE_ROLE}"


async def _has_rights(database_url: str) -> bool:
    """Whether a migration has granted the service's role its rights.

    The migration grants all rights in one transaction, so it is enough to check one of them.
    """
    connection = await asyncpg.connect(database_url)
    try:
        return bool(await connection.fetchval(MAY_READ, SERVICE_ROLE))
    finally:
        await connection.close()


async def _execute(database_url: str, script: str) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute(script)
    finally:
        await connection.close()


async def _make_service_role(database_url: str) -> None:
    # Another test can create the role at the same time.
    with suppress(asyncpg.DuplicateObjectError, asyncpg.UniqueViolationError):
        await _execute(database_url, f"CREATE ROLE {SERVICE_ROLE}")


@asynccontextmanager
async def service_under_test(
    service: Service,
    database_url: str,
    *,
    clock: FixedClock | None = None,
    keys: Keys | None = None,
    **settings: object,
) -> AsyncIterator[Bench]:
    """Migrate the database and build the service on it. `settings`: values for fields of the service's settings class,
    such as `registry_url=…`.
    """
    clock = clock or FixedClock(NOON)
    database_url = await bring_to_head(database_url, service.migration_packages)
    values = service.settings(database_url=database_url, key_file=Path("unused"), **settings)  # type: ignore[arg-type]
    runtime = build_runtime(service, values, keys or bench_keys(), clock)
    await runtime.database.open()
    app = create_app(service.name, [service.router], runtime)
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
        try:
            yield Bench(service, runtime, clock, client)
        finally:
            await runtime.http.aclose()
            await runtime.database.close()
