"""sample-svc: stores a sample for each VoucherAccepted event."""

from chassis.service import Service, run
from contracts.unions import UnionChanged
from sample_svc.api import router
from sample_svc.settings import Settings
from sample_svc.subscribers import on

service = Service(
    name="sample-svc",
    package="sample_svc",
    settings=Settings,
    on=on,
    router=router,
    references=[UnionChanged],
)


def main() -> None:
    run(service)


if __name__ == "__main__":
    main()
