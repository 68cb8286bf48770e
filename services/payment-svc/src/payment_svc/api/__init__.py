"""HTTP for screens, operators and the center."""

from fastapi import APIRouter

from payment_svc.api import center, dues, figures, vouchers

router = APIRouter()
for part in (dues.router, vouchers.router, center.router, figures.router):
    router.include_router(part)
