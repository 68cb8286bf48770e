"""The menus of a role, in the manual's order (F014, F029–F043).

A menu has no roles of its own. A role sees the menu if it is allowed to call one of the routes that the menu opens.
"""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Menu:
    """A menu of the screens. `menu`: the name of the menu for programs. `opens`: its main routes, as
    `service METHOD /path`.
    """

    menu: str
    label: str
    opens: tuple[str, ...]

    def is_for(self, role: str) -> bool:
        return any(role in roles_of(route) for route in self.opens)


MENUS = (
    Menu("members", "会员信息", ("member-svc GET /members",)),
    Menu("service_cards", "卡片信息管理", ("member-svc GET /service-cards",)),
    Menu("members_without_card", "待办会员列表", ("member-svc GET /members-without-card",)),
    Menu("card_batches", "办卡批次管理", ("member-svc GET /card-batches",)),
    Menu("service_card_enrollments", "会员卡参保信息管理", ("enrollment-svc GET /candidates",)),
    Menu("social_security_card_enrollments", "社保卡参保信息管理", ("enrollment-svc GET /candidates",)),
    Menu("enrollments", "参保信息查询", ("enrollment-svc POST /enrollments/search",)),
    Menu("centralized_review", "集中参保审核", ("review-svc GET /lines",)),
    Menu("immediate_review", "即时参保审核", ("review-svc GET /lines",)),
    Menu("plans", "保障类型管理", ("enrollment-svc PUT /plans/{year}/{plan}",)),
    Menu(
        "rates",
        "保障金额设置",
        ("enrollment-svc PUT /rates/{year}/{plan}/{term}", "enrollment-svc PUT /rates/{year}/{plan}/{term}/split"),
    ),
    Menu("card_cancellations", "撤销办卡批次审核", ("member-svc POST /card-batches/{batch_id}/cancellation/approval",)),
    Menu("dues", "参保批次管理", ("payment-svc GET /dues",)),
    Menu("operations", "平台运维", ("console POST /ops/maintenance",)),
    Menu("accounts", "账号管理", ("console GET /accounts",)),
)


def menus_of(role: str) -> list[Menu]:
    """The menus of a role, in their order."""
    return [menu for menu in MENUS if menu.is_for(role)]


def roles_of(route: str) -> list[str]:
    """The roles that the declaration of `service METHOD /path` permits. Raises KeyError for an unknown route."""
    return _declared()[route]


@cache
def _declared() -> dict[str, list[str]]:
    """The roles of the opened routes. `make docs` writes the file from the declarations of the services."""
    found: dict[str, list[str]] = json.loads((files("console") / "route_roles.json").read_text())
    return found
