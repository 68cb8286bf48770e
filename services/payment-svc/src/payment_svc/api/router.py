"""The HTTP routes for screens, for operators and for the center."""

from fastapi import APIRouter

from chassis.web import texts_router
from payment_svc.api import center, dues, figures, monitor, notice_documents, payee, preview, upload, vouchers
from payment_svc.texts.screens import TEXTS

router = APIRouter()
# `preview` comes before `dues`, because /dues/{submission_no} would match /dues/summary too. `upload` comes before
# `vouchers`, because /vouchers/{voucher_id} would match /vouchers/form too.
for part in (preview, dues, notice_documents, upload, vouchers, payee, center, monitor, figures):
    router.include_router(part.router)
router.include_router(texts_router(TEXTS))
