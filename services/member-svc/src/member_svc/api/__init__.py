"""HTTP for screens and operators."""

from fastapi import APIRouter

from chassis.web import texts_router
from member_svc.api import (
    card_batches,
    card_cancellations,
    guide,
    import_reports,
    imports,
    members,
    service_cards,
    stories,
    templates,
    unions,
    units,
)
from member_svc.texts import TEXTS

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
