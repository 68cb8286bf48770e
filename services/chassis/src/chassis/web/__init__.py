"""The building blocks of routes: commands and reads, access rules, lists, exports, uploads."""

from chassis.web import idempotency, scope
from chassis.web.access import Allowed, DeclaredRoute, declared_routes, may
from chassis.web.acts import KEY, Act, ActContext, Done, Read, ReadContext, act_of, principal_of, runtime_of
from chassis.web.exports import MEDIA_TYPES, MISSING, Column, ExportFormat, each, export, yuan
from chassis.web.idempotency import act_id
from chassis.web.paging import (
    MOST_PAGE_SIZE,
    PAGE_SIZE,
    Labelled,
    Order,
    Page,
    PageNumber,
    PageRequest,
    Paging,
    only_known_parameters,
)
from chassis.web.reachable import refusals_of, refuses
from chassis.web.scope import (
    CITY_WIDE,
    PLACED,
    SUBTREE,
    chosen_place,
    place_of,
    reach,
    reached,
    reaches_city,
    require_reach,
    within,
)
from chassis.web.texts import ALL, SHARED, ColumnText, Texts, columns_of, pager_text, texts_router
from chassis.web.uploads import UNFIT_FORMS, UploadRoute

__all__ = [
    "ALL",
    "CITY_WIDE",
    "KEY",
    "MEDIA_TYPES",
    "MISSING",
    "MOST_PAGE_SIZE",
    "PAGE_SIZE",
    "PLACED",
    "SHARED",
    "SUBTREE",
    "UNFIT_FORMS",
    "Act",
    "ActContext",
    "Allowed",
    "Column",
    "ColumnText",
    "DeclaredRoute",
    "Done",
    "ExportFormat",
    "Labelled",
    "Order",
    "Page",
    "PageNumber",
    "PageRequest",
    "Paging",
    "Read",
    "ReadContext",
    "Texts",
    "UploadRoute",
    "act_id",
    "act_of",
    "chosen_place",
    "columns_of",
    "declared_routes",
    "each",
    "export",
    "idempotency",
    "may",
    "only_known_parameters",
    "pager_text",
    "place_of",
    "principal_of",
    "reach",
    "reached",
    "reaches_city",
    "refusals_of",
    "refuses",
    "require_reach",
    "runtime_of",
    "scope",
    "texts_router",
    "within",
    "yuan",
]
