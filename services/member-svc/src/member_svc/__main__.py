"""Stage 1: import."""

from collections.abc import Sequence

from chassis.jobs import Outbound
from chassis.runtime import Runtime
from chassis.service import Service, run
from member_svc.api.router import router
from member_svc.jobs.applying import ImportApply
from member_svc.jobs.checking import ImportCheck
from member_svc.jobs.moving import UnitMove
from member_svc.settings import Settings
from member_svc.subscribers import on


def build_outbound(runtime: Runtime) -> Sequence[Outbound]:
    database = runtime.database
    return [ImportCheck(database), ImportApply(database), UnitMove(database)]


service = Service(
    name="member-svc",
    package="member_svc",
    settings=Settings,
    router=router,
    on=on,
    outbound=build_outbound,
)

if __name__ == "__main__":
    run(service)
