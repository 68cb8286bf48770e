"""What a token may do in short, and why it may do less than one thinks. The services decide."""

from dataclasses import dataclass
from uuid import UUID

import asyncpg

from contracts.words import Role, UnionType
from enrollctl.errors import NoStackRunning
from enrollctl.stack import Stack

#: Roles that the services refuse without a place in the tree.
NEED_UNION = (Role.HANDLER, Role.REVIEWER)
#: The unions that submit to the center and pay it.
PAYERS = (UnionType.DISTRICT, UnionType.INDUSTRY)
GRASSROOTS = (UnionType.COMMITTEE, UnionType.JOINT)
MAY = {
    Role.HANDLER: "import rosters (member-svc), confirm, price and submit people (enrollment-svc)",
    Role.REVIEWER: "review and return lines, cancel cards (review-svc, member-svc); of a district or industry union "
    "also submit to the center, lock plans (review-svc, enrollment-svc) and upload vouchers (payment-svc)",
    Role.MUNICIPAL: "write unions (member-svc), rates, plans, windows, working days (enrollment-svc), the payee "
    "(payment-svc); read the whole city",
    Role.CENTER: "call back with confirmations and feedback (review-svc, payment-svc), open vouchers, set the payee",
    Role.OPERATOR: "repair: dead letters, outbound requests, maintenance, resume (/ops of every service); read figures",
    Role.AUDITOR: "read acts, figures and vouchers; change nothing",
}


@dataclass(frozen=True, slots=True)
class Place:
    """What an id in `--union` names in the running stack."""

    name: str
    kind: UnionType | None = None
    active: bool = True
    #: Of a unit, the union that has it.
    union_id: UUID | None = None


def advice(role: Role, union_id: UUID | None, place: Place | None, *, looked: bool) -> list[str]:
    """Warnings. `looked`: whether the union was looked up in a running stack."""
    if union_id is None:
        return _without_union(role)
    if not looked:
        return [f"no stack runs here, so nobody looked whether union {union_id} exists"]
    if place is None:
        return [f"no union {union_id} in the running stack: services will answer 403 to whatever names a union"]
    if place.union_id is not None:
        return [f"{union_id} is the unit {place.name}, not a union: take --union {place.union_id}, which has it"]
    found = [] if place.active else [f"the union {place.name} is not active"]
    return found + _about_kind(role, place)


def _without_union(role: Role) -> list[str]:
    if role not in NEED_UNION:
        return []
    return [
        f"a {role.value} without --union may do next to nothing: services answer 403. Name the union where the account "
        "stands; GET /unions of member-svc with a token of --role municipal lists them"
    ]


def _about_kind(role: Role, place: Place) -> list[str]:
    kind = place.kind
    if kind is not None and not kind.supported:
        return [f"{place.name} is a {kind.value}, a type of union that enrolls nobody (F021, F022)"]
    if role is Role.REVIEWER and kind in GRASSROOTS:
        return [f"{place.name} is a grassroots union: nothing comes before it for review. Its superior reviews"]
    if role is Role.REVIEWER and kind not in PAYERS:
        return [
            f"{place.name} reviews and passes on; submitting to the center and paying is for a district or "
            "industry union"
        ]
    if role is Role.HANDLER and kind is not None and kind not in GRASSROOTS:
        return [f"{place.name} has members only below it: rosters are imported for grassroots unions"]
    if role not in NEED_UNION and kind is not UnionType.MUNICIPAL:
        return [f"a {role.value} with --union sees {place.name} and what is below it; without --union the whole city"]
    return []


async def find_place(url: str, union_id: UUID) -> Place | None:
    """From the database of member-svc, which owns the tree."""
    connection = await asyncpg.connect(url, timeout=5)
    try:
        union = await connection.fetchrow("SELECT name, union_type, active FROM unions WHERE union_id = $1", union_id)
        if union is not None:
            return Place(union["name"], UnionType(union["union_type"]), union["active"])
        unit = await connection.fetchrow("SELECT name, union_id FROM units WHERE unit_id = $1", union_id)
        return Place(unit["name"], union_id=unit["union_id"]) if unit is not None else None
    finally:
        await connection.close()


def tree_url(stack: Stack) -> str | None:
    """None where no stack runs."""
    try:
        return stack.database_url("member-svc")
    except NoStackRunning:
        return None
