"""Summarizes the commands of a role, and warns if a token permits less than an operator would expect of that role.

The services decide what a token permits; this module only explains it to the operator.
"""

from dataclasses import dataclass
from uuid import UUID

import asyncpg

from contracts.words import Role, UnionType
from enrollctl.declarations import DECLARATIONS
from enrollctl.errors import NoStackRunning
from enrollctl.stack.stack import Stack

#: With these roles, services refuse almost every request unless the token names a union.
NEED_UNION = (Role.HANDLER, Role.REVIEWER)
#: The unions that submit to the center and pay it.
PAYERS = (UnionType.DISTRICT, UnionType.INDUSTRY)
GRASSROOTS = (UnionType.COMMITTEE, UnionType.JOINT)
EVERY_SERVICE = "every service"


@dataclass(frozen=True, slots=True)
class Duty:
    """A summary of commands that a role can send to a service. `acts`: the names of these commands in the routes."""

    text: str
    service: str
    acts: tuple[str, ...]


OF_EVERY_SERVICE = Duty(
    "replay, edit and discard dead letters, retry and abandon jobs, resume, set maintenance",
    EVERY_SERVICE,
    (
        "重放死信",
        "重放一组死信",
        "修改死信副本",
        "放弃死信",
        "放弃一组死信",
        "重试外部请求",
        "放弃外部请求",
        "恢复暂停的订阅",
        "变更维护状态",
    ),
)


def _duties(role: Role) -> tuple[Duty, ...]:
    """The duties of the role, from the services' `service.toml` files, in the order of the stages."""
    declared = [
        Duty(duty.text, service.name, duty.commands)
        for service in DECLARATIONS
        for duty in service.duties
        if duty.role is role
    ]
    return (*declared, OF_EVERY_SERVICE) if role is Role.OPERATOR else tuple(declared)


#: A unit test checks that the `acts` are the names with which the services' routes are declared.
DUTIES = {role: _duties(role) for role in Role}


def may(role: Role) -> str:
    """A summary of the commands that the role can send. docs/access.md lists all routes, even those that only read."""
    duties = [f"{duty.text} ({duty.service})" for duty in DUTIES[role]]
    return "; ".join(duties) if duties else "read and change nothing"


@dataclass(frozen=True, slots=True)
class Place:
    """The union or unit whose id the option `--union` gives, as the running stack knows it."""

    name: str
    kind: UnionType | None = None
    active: bool = True
    #: For a unit, the union that it belongs to.
    union_id: UUID | None = None


def advice(role: Role, union_id: UUID | None, place: Place | None, *, looked_up: bool) -> list[str]:
    """Warnings about a token. `looked_up`: whether a stack was running, so that the union could be looked up."""
    if union_id is None:
        return _without_union(role)
    if not looked_up:
        return [f"no stack runs here, so it is not known whether union {union_id} exists"]
    if place is None:
        return [f"no union {union_id} in the running stack: services will answer 403 to requests that name a union"]
    if place.union_id is not None:
        return [f"{union_id} is the unit {place.name}, not a union: give its union, --union {place.union_id}"]
    warnings = [] if place.active else [f"the union {place.name} is not active"]
    return warnings + _about_kind(role, place)


def _without_union(role: Role) -> list[str]:
    if role not in NEED_UNION:
        return []
    return [
        f"a {role.value} without --union may do almost nothing: services answer 403. Name the union of the account; "
        "GET /unions of member-svc with a token of --role municipal lists all unions"
    ]


def _about_kind(role: Role, place: Place) -> list[str]:
    kind = place.kind
    if kind is not None and not kind.supported:
        return [f"{place.name} is a {kind.value}, a type of union that enrolls nobody (F021, F022)"]
    if role is Role.REVIEWER and kind in GRASSROOTS:
        return [f"{place.name} is a grassroots union, which reviews nothing. Its superior union reviews"]
    if role is Role.REVIEWER and kind not in PAYERS:
        return [
            f"{place.name} reviews and passes on; submitting to the center and paying is for a district or "
            "industry union"
        ]
    if role is Role.HANDLER and kind is not None and kind not in GRASSROOTS:
        return [f"{place.name} has no members of its own: rosters are imported for the grassroots unions below it"]
    if role not in NEED_UNION and kind is not UnionType.MUNICIPAL:
        return [f"a {role.value} with --union sees {place.name} and what is below it; without --union the whole city"]
    return []


async def find_place(url: str, union_id: UUID) -> Place | None:
    """Look up a union or a unit in the database of member-svc, which owns the union tree."""
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
    """The URL of member-svc's database; None if no stack runs."""
    try:
        return stack.database_url("member-svc")
    except NoStackRunning:
        return None
