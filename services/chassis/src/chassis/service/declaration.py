"""The declaration of a service, and the objects that are built from it before any connection is open."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import httpx
from fastapi import APIRouter

from chassis.database import Database, Tools
from chassis.domain import Clock
from chassis.health import Life
from chassis.identity import TokenVerifier
from chassis.jobs import Outbound, Periodic, Retention
from chassis.messaging import Subscriptions, references
from chassis.polls import PollHandler, ReleaseGuard
from chassis.privacy import BlindIndex, Keys, Sealer, Vault
from chassis.replay import LetterRuns
from chassis.runtime import Runtime
from chassis.settings import ChassisSettings
from contracts.event import Event

DATABASE = "database"
WATCH_EVERY_S = 1.0
#: How often the chassis's own jobs are looked for: an operator waits a second at most, and an idle service asks rarely.
RARE_S = 1.0


def _no_outbound(_: Runtime) -> Sequence[Outbound]:
    return ()


def _no_periodic(_: Runtime) -> Sequence[Periodic]:
    return ()


def own_outbound(runtime: Runtime) -> Sequence[Outbound]:
    """The job handlers that every service has."""
    return [LetterRuns(runtime.database, runtime.handler)]


def own_periodic(runtime: Runtime) -> Sequence[Periodic]:
    """The periodic jobs that every service has."""
    settings: ChassisSettings = runtime.settings
    return [
        Retention(
            answers_days=settings.keep_answers_days,
            ended_days=settings.keep_ended_days,
            notices_days=settings.keep_notices_days,
        )
    ]


@dataclass
class Service:
    """The declaration of a service, made in its `__main__`."""

    name: str
    package: str
    settings: type[ChassisSettings]
    router: APIRouter
    on: Subscriptions = field(default_factory=Subscriptions)
    references: Sequence[type[Event]] = ()
    outbound: Callable[[Runtime], Sequence[Outbound]] = _no_outbound
    periodic: Callable[[Runtime], Sequence[Periodic]] = _no_periodic
    uses_kafka: bool = True

    def __post_init__(self) -> None:
        references.subscribe(self.on, self.references)

    @property
    def migration_packages(self) -> list[str]:
        return list(dict.fromkeys(["chassis", self.package]))


def build_runtime(service: Service, settings: ChassisSettings, keys: Keys, clock: Clock) -> Runtime:
    """Build the objects of a service that need no connection yet."""
    tools = Tools(service.name, Sealer(keys), Vault(keys), BlindIndex(keys))
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
        http=httpx.AsyncClient(timeout=httpx.Timeout(30.0, connect=5.0)),
        life=Life(stuck_after_s=settings.stuck_after_s),
        verifier=TokenVerifier(keys),
        handler=PollHandler(database, service.on, ReleaseGuard()),
        pending_migrations=[],
    )
    kinds = [*service.outbound(runtime), *own_outbound(runtime)]
    runtime.outbound = {one.kind: one for one in kinds}
    return runtime
