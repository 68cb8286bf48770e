"""The menus of a role, in the manual's order (F014, F029–F043)."""

from dataclasses import dataclass

from contracts.words import Role

HANDLER, REVIEWER, CITY, CENTER, OPERATOR, AUDITOR, ADMIN = Role
UNION = (HANDLER, REVIEWER, CITY)


@dataclass(frozen=True, slots=True)
class Menu:
    """A menu of the screens. `menu`: the name of the menu for programs. `roles`: the roles that see the menu."""

    menu: str
    label: str
    roles: tuple[Role, ...]


MENUS = (
    Menu("members", "会员信息", UNION),
    Menu("service_cards", "卡片信息管理", UNION),
    Menu("members_without_card", "待办会员列表", UNION),
    Menu("card_batches", "办卡批次管理", UNION),
    Menu("service_card_enrollments", "会员卡参保信息管理", UNION),
    Menu("social_security_card_enrollments", "社保卡参保信息管理", UNION),
    Menu("enrollments", "参保信息查询", UNION),
    Menu("centralized_review", "集中参保审核", (REVIEWER, CITY)),
    Menu("immediate_review", "即时参保审核", (REVIEWER, CITY)),
    Menu("plans", "保障类型管理", (REVIEWER, CITY)),
    Menu("rates", "保障金额设置", (REVIEWER, CITY)),
    Menu("card_cancellations", "撤销办卡批次审核", (REVIEWER,)),
    Menu("dues", "参保批次管理", (REVIEWER, CITY, CENTER, AUDITOR)),
    Menu("operations", "平台运维", (OPERATOR,)),
    Menu("accounts", "账号管理", (ADMIN, OPERATOR)),
)


def menus_of(role: str) -> list[Menu]:
    """The menus of a role, in their order."""
    return [menu for menu in MENUS if role in menu.roles]
