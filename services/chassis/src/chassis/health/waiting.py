"""Waits at the start of a process until PostgreSQL and Kafka answer. Meanwhile readiness shows the last error."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from chassis.health.health_state import HealthState
from chassis.resilience import backoff_s, describe

log = structlog.get_logger()


async def retry_until_available(health: HealthState, part: str, attempt: Callable[[], Awaitable[None]]) -> None:
    failures = 0
    while True:
        try:
            await attempt()
            health.has(part)
            return
        except Exception as error:
            failures += 1
            health.waits_for(part, describe(error))
            log.warning("waiting", part=part, message=describe(error), failures=failures)
            await asyncio.sleep(backoff_s(failures, most_s=5.0))
