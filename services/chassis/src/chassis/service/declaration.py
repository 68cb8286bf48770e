"""The declaration of a service, and the objects that are built from it before any connection is open."""

import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import httpx
from fastapi import APIRouter

from chassis.audit_chain import AuditSealer
from chassis.database import Database, Tools
from chassis.domain import Clock
from chassis.health import HealthState
from chassis.identity import PublishedKeys, TokenVerifier
from chassis.jobs import JobHandler, PeriodicJob, Retention
from chassis.messaging import Subscriptions, references
from chassis.poll_handling import FailureBreaker, PollHandler
from chassis.privacy import BlindIndex, Keys, RowCipher, Sealer
from chassis.replay import BulkReplay
from chassis.runtime import Runtime
from chassis.settings import ChassisSettings
from contracts.event import Event

#: The HTTP client closes an idle connection after this time. Otherwise the server (uvicorn) would close it after 5 s,
#: and a request that is sent at that very moment would fail.
KEEP_ALIVE_S = 2.0
#: A request with an unknown key id waits at most this long for the console.
KEY_SET_TIMEOUT_S = 3.0


def _no_job_handlers(_: Runtime) -> Sequence[JobHandler]:
    return ()


def _no_periodic(_: Runtime) -> Sequence[PeriodicJob]:
    return ()


def own_job_handlers(runtime: Runtime) -> Sequence[JobHandler]:
    """The job handlers that every service has."""
    return [BulkReplay(runtime.database, runtime.handler)]


def own_periodic_jobs(runtime: Runtime) -> Sequence[PeriodicJob]:
    """The periodic jobs that every service has."""
    settings: ChassisSettings = runtime.settings
    return [
        Retention(
            answers_days=settings.keep_answers_days,
            ended_days=settings.keep_ended_days,
            notices_days=settings.keep_notices_days,
        ),
        AuditSealer(),
    ]


@dataclass
class Service:
    """The declaration of a service, made in its `__main__`.

    `on`: the subscriber function of each event. `references`: the events of compacted topics that the service copies.
    """

    name: str
    package: str
    settings: type[ChassisSettings]
    router: APIRouter
    on: Subscriptions = field(default_factory=Subscriptions)
    references: Sequence[type[Event]] = ()
    job_handlers: Callable[[Runtime], Sequence[JobHandler]] = _no_job_handlers
    periodic: Callable[[Runtime], Sequence[PeriodicJob]] = _no_periodic
    uses_kafka: bool = True

    def __post_init__(self) -> None:
        references.subscribe(self.on, self.references)

    @property
    def migration_packages(self) -> list[str]:
        return list(dict.fromkeys(["chassis", self.package]))


@cache
def _certificates() -> ssl.SSLContext:
    """The certificates that the HTTP clients of a process trust.

    The certificates are read only once, because a test run builds a thousand runtimes, and the reading takes longer
    than all other steps.
    """
    return httpx.create_ssl_context()


def build_runtime(service: Service, settings: ChassisSettings, keys: Keys, clock: Clock) -> Runtime:
    """Build the objects of a service that need no connection yet."""
    tools = Tools(service.name, Sealer(keys), RowCipher(keys), BlindIndex(keys))
    database = Database(
        settings.database_url,
        tools=tools,
        clock=clock,
        name=service.name,
        size=settings.pool_size,
        command_timeout_s=settings.command_timeout_s,
    )
    runtime = Runtime(
        settings=settings,
        keys=keys,
        clock=clock,
        database=database,
        http=httpx.AsyncClient(
            timeout=httpx.Timeout(30.0, connect=5.0),
            limits=httpx.Limits(keepalive_expiry=KEEP_ALIVE_S),
            verify=_certificates(),
        ),
        health=HealthState(stuck_after_s=settings.stuck_after_s),
        verifier=TokenVerifier(keys, audience=service.name, key_file_tokens=settings.key_file_tokens),
        handler=PollHandler(database, service.on, FailureBreaker()),
    )
    if settings.jwks_url:
        runtime.verifier.published = PublishedKeys(lambda: _key_set(runtime.http, settings.jwks_url))
    handlers = [*service.job_handlers(runtime), *own_job_handlers(runtime)]
    runtime.job_handlers = {one.kind: one for one in handlers}
    return runtime


async def _key_set(http: httpx.AsyncClient, url: str) -> dict[str, Any]:
    """The key set that the console publishes. Raises httpx.HTTPError, or ValueError if the answer is no JSON."""
    answer = await http.get(url, timeout=KEY_SET_TIMEOUT_S)
    answer.raise_for_status()
    found: dict[str, Any] = answer.json()
    return found
