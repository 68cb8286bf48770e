"""payment-svc: the money that districts owe the center, and the vouchers that pay it."""

from collections.abc import Sequence

from chassis.jobs import JobHandler, PeriodicJob
from chassis.runtime import Runtime
from chassis.service import Service, run
from contracts.unions import UnionChanged, UnitsListed
from payment_svc.api.router import router
from payment_svc.gateways.center import HttpCenter
from payment_svc.jobs.center_requests import AskCenter, SendVoucher
from payment_svc.jobs.reminding import Reminding
from payment_svc.settings import Settings
from payment_svc.subscribers import on


def build_job_handlers(runtime: Runtime) -> Sequence[JobHandler]:
    settings: Settings = runtime.settings
    center = HttpCenter(runtime.http, settings.center_url, timeout_s=settings.center_timeout_s)
    return [
        SendVoucher(runtime.database, center, settings.public_url, settings.silence_s),
        AskCenter(runtime.database, center, settings.silence_s),
    ]


def build_periodic(runtime: Runtime) -> Sequence[PeriodicJob]:
    return [Reminding(runtime.settings.reminder_interval_s)]


service = Service(
    name="payment-svc",
    package="payment_svc",
    settings=Settings,
    on=on,
    router=router,
    references=[UnionChanged, UnitsListed],
    job_handlers=build_job_handlers,
    periodic=build_periodic,
)


def main() -> None:
    run(service)


if __name__ == "__main__":
    main()
