"""HTTP for screens and operators."""

from fastapi import APIRouter

from enrollment_svc.api import batches, candidates, checks, confirmations, figures, rates, reasons, submissions, summary

router = APIRouter()
for part in (summary, candidates, reasons, checks, confirmations, rates, submissions, batches, figures):
    router.include_router(part.router)
