"""Collects all HTTP routes of member-svc in one router."""

from fastapi import APIRouter

from chassis.web import texts_router
from member_svc.api import guide, stories
from member_svc.api.imports import imports, templates
from member_svc.api.imports import reports as import_reports
from member_svc.api.members import card_batches, card_cancellations, members, service_cards
from member_svc.api.unions import unions, units
from member_svc.texts.screens import TEXTS

router = APIRouter()
for part in (
    unions.router,
    units.router,
    guide.router,
    templates.router,
    imports.router,
    import_reports.router,
    members.router,
    service_cards.router,
    card_batches.router,
    card_cancellations.router,
    stories.router,
    texts_router(TEXTS),
):
    router.include_router(part)
