"""The accounts of a demo stack: one for each role, in the tree of the demo's first generated roster."""

import secrets
from dataclasses import dataclass
from uuid import UUID

from contracts.words import Role
from enrollctl.demo.stages.tree import CITY, DISTRICT, STREET, grassroots

#: The union of the roster that `enrollctl demo` makes first.
UNION = grassroots("示例工会委员会2000-7", "made|2000|7", [])


@dataclass(frozen=True, slots=True)
class DemoAccount:
    account_name: str
    name: str
    role: Role
    union_id: UUID | None
    place: str


DEMO_ACCOUNTS = (
    DemoAccount("handler", "示例经办人", Role.HANDLER, UNION.union_id, UNION.name),
    DemoAccount("street", "示例街道审核人", Role.REVIEWER, STREET.union_id, STREET.name),
    DemoAccount("district", "示例区审核人", Role.REVIEWER, DISTRICT.union_id, DISTRICT.name),
    DemoAccount("city", "示例市总人员", Role.MUNICIPAL, CITY.union_id, CITY.name),
    DemoAccount("center", "示例职保中心人员", Role.CENTER, None, "全市"),
    DemoAccount("operator", "示例运维人员", Role.OPERATOR, None, "全市"),
    DemoAccount("auditor", "示例审计人员", Role.AUDITOR, None, "全市"),
    DemoAccount("district-admin", "示例区账号管理员", Role.ACCOUNT_ADMIN, DISTRICT.union_id, DISTRICT.name),
    DemoAccount("city-admin", "示例市账号管理员", Role.ACCOUNT_ADMIN, CITY.union_id, CITY.name),
)


def new_password() -> str:
    """A random password. Nobody has to change it at the first sign-in, because it is for this stack only."""
    return secrets.token_urlsafe(12)
