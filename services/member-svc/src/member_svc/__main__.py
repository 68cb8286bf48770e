"""The composition of member-svc: its routes, subscriptions and jobs."""

from collections.abc import Sequence

from chassis.jobs import JobHandler, PeriodicJob, PeriodicStatement
from chassis.runtime import Runtime
from chassis.service import Service, run
from chassis.sql import FOLD_EVERY_S
from member_svc.api.router import router
from member_svc.jobs.applying import ImportApply
from member_svc.jobs.checking import ImportCheck
from member_svc.jobs.moving import UnitMove
from member_svc.settings import Settings
from member_svc.store.member_counts import MEMBER_COUNTS
from member_svc.subscribers import on


def build_job_handlers(runtime: Runtime) -> Sequence[JobHandler]:
    database = runtime.database
    return [ImportCheck(database), ImportApply(database), UnitMove(database)]


def build_periodic(_: Runtime) -> Sequence[PeriodicJob]:
    return [PeriodicStatement("member-counts", FOLD_EVERY_S, MEMBER_COUNTS.fold)]


service = Service(
    name="member-svc",
    package="member_svc",
    settings=Settings,
    router=router,
    on=on,
    job_handlers=build_job_handlers,
    periodic=build_periodic,
)

if __name__ == "__main__":
    run(service)
