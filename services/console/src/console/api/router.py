"""The HTTP routes for browsers, for administrators, and for the services that check tokens."""

from fastapi import APIRouter

from console.api import accounts, captchas, gateway, session, token_keys

router = APIRouter()
for part in (
    captchas.router,
    session.open_router,
    session.own_router,
    session.router,
    accounts.router,
    token_keys.open_router,
    token_keys.router,
    gateway.router,
):
    router.include_router(part)
