"""A service's command line: run, `migrate`, `rebuild PLAN`."""

import asyncio
import contextlib
import sys
from pathlib import Path

import structlog

from chassis.domain import clock_from
from chassis.observability import tracing
from chassis.privacy import load_keys
from chassis.service.declaration import Service, build_runtime
from chassis.settings import ChassisSettings
from chassis.system import configure_logs, core_dumps, garbage, heap

log = structlog.get_logger()


def run(service: Service) -> None:
    """`python -m package [migrate | rebuild PLAN]`; exits 0 after SIGTERM, 70 after a fault of the process itself."""
    core_dumps.forbid()
    heap.allocate_large_blocks_outside_heap()
    settings = service.settings()  # values come from the environment
    configure_logs(service.name, settings.log_level)
    if sys.argv[1:2] == ["rebuild"]:
        rebuild_from(service, settings, Path(sys.argv[2]))
        return
    if sys.argv[1:] == ["migrate"]:
        # Imported only here, because a running service does not need Alembic.
        from chassis.schema import migrate_now

        migrate_now(settings.database_url, service.migration_packages, owner_url=settings.owner_database_url)
        log.info("migrated", packages=service.migration_packages)
        return
    from chassis.service.process import Process

    tracing.configure_tracing(service.name)
    with contextlib.suppress(ImportError):
        import uvloop

        asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    process = Process(service, settings)
    garbage.collect_rarely()
    sys.exit(asyncio.run(process.serve()))


def rebuild_from(service: Service, settings: ChassisSettings, plan: Path) -> None:
    """Rebuild a lost database from the topics. The last line of standard output is the report."""
    from chassis.recovery import RebuildPlan, rebuild_now

    runtime = build_runtime(service, settings, load_keys(settings.key_file), clock_from(settings.clock_file))
    rebuild_plan = RebuildPlan.model_validate_json(plan.read_bytes())
    report = rebuild_now(service.name, runtime.database, service.on, settings.kafka_bootstrap, rebuild_plan)
    sys.stdout.write(report.model_dump_json() + "\n")
