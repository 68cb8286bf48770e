"""What a service declares, and what is built of it before any connection is there."""

import asyncio
import contextlib
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import structlog
from fastapi import APIRouter

from chassis import core_dumps, garbage, references, tracing
from chassis.blind_index import BlindIndex
from chassis.clock import Clock, clock_from
from chassis.database import Database
from chassis.keys import Keys, load_keys
from chassis.letter_runs import LetterRuns
from chassis.life import Life
from chassis.logs import configure_logs
from chassis.outbound import Outbound
from chassis.periodic import Periodic
from chassis.poll import PollHandler
from chassis.principal import TokenVerifier
from chassis.release_guard import ReleaseGuard
from chassis.retention import Retention
from chassis.runtime import Runtime
from chassis.sealing import Sealer
from chassis.settings import ChassisSettings
from chassis.subscriptions import Subscriptions
from chassis.vault import Vault
from chassis.work import Tools
from contracts.event import Event

log = structlog.get_logger()

DATABASE = "database"
WATCH_EVERY_S = 1.0
#: How often the chassis's own requests are looked for: an operator waits a second, an idle service asks little.
RARE_S = 1.0


def _no_outbound(_: Runtime) -> Sequence[Outbound]:
    return ()


def _no_periodic(_: Runtime) -> Sequence[Periodic]:
    return ()


def own_outbound(runtime: Runtime) -> Sequence[Outbound]:
    """What every service carries out for its operators."""
    return [LetterRuns(runtime.database, runtime.handler)]


def own_periodic(runtime: Runtime) -> Sequence[Periodic]:
    """What comes round in every service."""
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
    """What a service's `__main__` declares."""

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


def run(service: Service) -> None:
    """`python -m package [migrate | rebuild PLAN]`; exits 0 after SIGTERM, 70 where the process found itself broken."""
    core_dumps.forbid()
    settings = service.settings()  # values come from the environment
    configure_logs(service.name, settings.log_level)
    if sys.argv[1:2] == ["rebuild"]:
        rebuild_from(service, settings, Path(sys.argv[2]))
        return
    if sys.argv[1:] == ["migrate"]:
        # Loaded only here: a running service has no use for Alembic and SQLAlchemy.
        from chassis.migrations import migrate_now

        migrate_now(settings.database_url, service.migration_packages, owner_url=settings.owner_database_url)
        log.info("migrated", packages=service.migration_packages)
        return
    from chassis.process import Process

    tracing.configure_tracing(service.name)
    with contextlib.suppress(ImportError):
        import uvloop

        asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    process = Process(service, settings)
    garbage.collect_rarely()
    sys.exit(asyncio.run(process.serve()))


def rebuild_from(service: Service, settings: ChassisSettings, plan: Path) -> None:
    """Learn again from topics what a lost database knew; the report is the last line on standard output."""
    from chassis.rebuild import Plan, rebuild_now

    runtime = build_runtime(service, settings, load_keys(settings.key_file), clock_from(settings.clock_file))
    wanted = Plan.model_validate_json(plan.read_bytes())
    report = rebuild_now(service.name, runtime.database, service.on, settings.kafka_bootstrap, wanted)
    sys.stdout.write(report.model_dump_json() + "\n")


def build_runtime(service: Service, settings: ChassisSettings, keys: Keys, clock: Clock) -> Runtime:
    """Everything that needs no connection yet."""
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
