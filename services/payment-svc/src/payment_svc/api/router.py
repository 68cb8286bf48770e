"""The HTTP routes for screens, for operators and for the center."""

from fastapi import APIRouter

from chassis.web import texts_router
from payment_svc.api import center, dues, figures, monitor, notice_documents, payee, preview, upload, vouchers
from payment_svc.texts.screens import TEXTS

router = APIRouter()
# `preview` comes before `dues`, and `upload` before `vouchers`: /dues/{submission_no} would match /dues/summary too,
# and /vouchers/{voucher_id} would match /vouchers/form.
for part in (preview, dues, notice_documents, upload, vouchers, payee, center, monitor, figures):
    router.include_router(part.router)
router.include_router(texts_router(TEXTS))
