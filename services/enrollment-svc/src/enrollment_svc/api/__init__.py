"""HTTP for screens and operators."""

from fastapi import APIRouter

from chassis.web import texts_router
from enrollment_svc.api import (
    batches,
    calendar,
    candidates,
    checks,
    confirmations,
    differences,
    enrollments,
    exports,
    figures,
    plans,
    progress,
    proofs,
    rates,
    reasons,
    reveals,
    selections,
    simulation,
    steps,
    stories,
    submissions,
    summary,
    windows,
)
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
