"""review-svc: stage 5, superior review and submission to the protection center."""

from collections.abc import Sequence

from fastapi import APIRouter

from chassis.jobs import JobHandler, PeriodicJob, PeriodicStatement
from chassis.runtime import Runtime
from chassis.service import Service, run
from chassis.sql import FOLD_EVERY_S
from chassis.web import texts_router
from contracts.unions import UnionChanged
from review_svc.api import center_calls, line_details, lines, reports, stories, submissions
from review_svc.gateways.center import Center, HttpCenter
from review_svc.jobs.center_requests import AskCenter, SendSubmission
from review_svc.settings import Settings
from review_svc.store.sums import LINE_SUMS
from review_svc.subscribers import on
from review_svc.texts.screens import TEXTS


def build_periodic(_: Runtime) -> Sequence[PeriodicJob]:
    return [PeriodicStatement("line-sums", FOLD_EVERY_S, LINE_SUMS.fold)]


def build_service(center: Center | None = None) -> Service:
    """Build the service. Tests pass their own center. If `center` is None, the service calls the center over HTTP."""
    router = APIRouter()
    for part in (lines, line_details, submissions, center_calls, reports, stories):
        router.include_router(part.router)
    router.include_router(texts_router(TEXTS))

    def job_handlers(runtime: Runtime) -> Sequence[JobHandler]:
        settings: Settings = runtime.settings
        port = center or HttpCenter(runtime.http, settings.center_url)
        return [
            SendSubmission(runtime.database, port, settings.public_url, settings.silence_s),
            AskCenter(runtime.database, port, settings.silence_s),
        ]

    return Service(
        name="review-svc",
        package="review_svc",
        settings=Settings,
        router=router,
        on=on,
        references=[UnionChanged],
        job_handlers=job_handlers,
        periodic=build_periodic,
    )


if __name__ == "__main__":
    run(build_service())
