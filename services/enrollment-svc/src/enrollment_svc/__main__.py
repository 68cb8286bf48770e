"""Entry point of enrollment-svc: candidates, confirmation, plans and rates, submission to the superior union."""

from collections.abc import Sequence

from chassis.jobs import PeriodicJob, PeriodicStatement
from chassis.runtime import Runtime
from chassis.service import Service, run
from chassis.sql import FOLD_EVERY_S
from contracts.unions import UnionChanged, UnitsListed
from enrollment_svc.api.router import router
from enrollment_svc.settings import Settings
from enrollment_svc.store.batches.line_sums import LINE_SUMS
from enrollment_svc.subscribers import on


def build_periodic(_: Runtime) -> Sequence[PeriodicJob]:
    return [PeriodicStatement("line-sums", FOLD_EVERY_S, LINE_SUMS.fold)]


service = Service(
    name="enrollment-svc",
    package="enrollment_svc",
    settings=Settings,
    on=on,
    router=router,
    references=[UnionChanged, UnitsListed],
    periodic=build_periodic,
)


def main() -> None:
    run(service)


if __name__ == "__main__":
    main()
