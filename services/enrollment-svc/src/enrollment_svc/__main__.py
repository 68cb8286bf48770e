"""Entry point of enrollment-svc: candidates, confirmation, plans and rates, submission to the superior union."""

from chassis.service import Service, run
from contracts.unions import UnionChanged, UnitsListed
from enrollment_svc.api.router import router
from enrollment_svc.settings import Settings
from enrollment_svc.subscribers import on

service = Service(
    name="enrollment-svc",
    package="enrollment_svc",
    settings=Settings,
    on=on,
    router=router,
    references=[UnionChanged, UnitsListed],
)


def main() -> None:
    run(service)


if __name__ == "__main__":
    main()
