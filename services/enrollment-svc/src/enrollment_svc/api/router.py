"""The HTTP routes of enrollment-svc."""

from fastapi import APIRouter

from chassis.web import texts_router
from enrollment_svc.api import calendar
from enrollment_svc.api.batches import batches, enrollments, exports, proofs
from enrollment_svc.api.candidates import candidates, checks, confirmations, reasons, reveals, selections, summary
from enrollment_svc.api.overview import figures, progress, steps, stories
from enrollment_svc.api.rates import plans, rates, simulation, windows
from enrollment_svc.api.submissions import differences, submissions
from enrollment_svc.texts import TEXTS

router = APIRouter()
for part in (
    summary,
    candidates,
    reasons,
    reveals,
    selections,
    checks,
    confirmations,
    calendar,
    rates,
    plans,
    windows,
    simulation,
    steps,
    progress,
    submissions,
    differences,
    exports,
    batches,
    proofs,
    enrollments,
    figures,
    stories,
):
    router.include_router(part.router)
router.include_router(texts_router(TEXTS))
