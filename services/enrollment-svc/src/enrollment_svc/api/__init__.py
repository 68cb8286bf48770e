"""HTTP for screens and operators."""

from fastapi import APIRouter

from chassis.texts import texts_router
from enrollment_svc.api import (
    batches,
    calendar,
    candidates,
    checks,
    confirmations,
    figures,
    rates,
    reasons,
    reveals,
    selections,
    submissions,
    summary,
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
    submissions,
    batches,
    figures,
):
    router.include_router(part.router)
router.include_router(texts_router(TEXTS))
