"""status-checker: asks the city registries in bulk at a limited rate, and publishes their answers."""

from collections.abc import Sequence

from chassis.jobs import JobHandler
from chassis.runtime import Runtime
from chassis.service import Service, run
from contracts.unions import UnionChanged
from status_checker.api import stories
from status_checker.api.checks import router
from status_checker.gateways.breaker import Breaker
from status_checker.gateways.http import GuardedRegistry, HttpRegistry
from status_checker.gateways.pace import TokenBucket
from status_checker.jobs.checks import RegistryCheck
from status_checker.settings import Settings
from status_checker.subscribers import on


def guarded(runtime: Runtime, name: str) -> GuardedRegistry:
    """One registry, with the rate limit and the circuit breaker that all workers of this process share."""
    settings: Settings = runtime.settings
    return GuardedRegistry(
        HttpRegistry(runtime.http, settings.registry_url, name, timeout_s=settings.registry_timeout_s),
        TokenBucket(settings.registry_requests_per_second, settings.registry_burst),
        Breaker(settings.registry_failures, settings.registry_rest_s),
        patience_s=settings.registry_patience_s,
        notes=runtime.health.notes,
    )


def build_job_handlers(runtime: Runtime) -> Sequence[JobHandler]:
    card, employment = guarded(runtime, "card"), guarded(runtime, "employment")
    # The business clock sets `checked_at`, because this clock also measures the age of a status (A45).
    return [RegistryCheck(runtime.database, card, employment, runtime.clock.now)]


router.include_router(stories.router)
service = Service(
    name="status-checker",
    package="status_checker",
    settings=Settings,
    on=on,
    router=router,
    references=[UnionChanged],
    job_handlers=build_job_handlers,
)


def main() -> None:
    run(service)


if __name__ == "__main__":
    main()
