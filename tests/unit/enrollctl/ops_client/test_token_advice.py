"""The warning that the command `token` prints if services will refuse the token."""

from inspect import signature
from typing import get_args
from uuid import UUID

import pytest
from documents import SERVICES, Route, routes_of

from chassis.web import ReadContext
from contracts.words import Role, UnionType
from enrollctl.ops_client.token_advice import DUTIES, EVERY_SERVICE, NEED_UNION, Place, advice, may

UNION = UUID(int=7)
STREET = Place("示例街道总工会", UnionType.STREET)
DISTRICT = Place("示例区总工会", UnionType.DISTRICT)
COMMITTEE = Place("示例厂工会", UnionType.COMMITTEE)
CITY = Place("示例市总工会", UnionType.MUNICIPAL)


@pytest.mark.parametrize("role", Role)
def test_every_role_has_its_sentence_and_those_of_the_tree_need_a_union(role: Role):
    assert may(role)
    assert bool(advice(role, None, None, looked_up=False)) == (role in NEED_UNION)


@pytest.mark.parametrize(
    ("role", "place"),
    [
        (Role.HANDLER, COMMITTEE),
        (Role.REVIEWER, DISTRICT),
        (Role.MUNICIPAL, CITY),
    ],
)
def test_a_useful_token_is_given_without_a_warning(role: Role, place: Place):
    assert advice(role, UNION, place, looked_up=True) == []


@pytest.mark.parametrize(
    ("role", "place", "sentence"),
    [
        (Role.HANDLER, None, "no union 00000000"),
        (
            Role.HANDLER,
            Place("一分厂", union_id=UUID(int=8)),
            "give its union, --union 00000000-0000-0000-0000-000000000008",
        ),
        (Role.HANDLER, Place("旧厂工会", UnionType.COMMITTEE, active=False), "is not active"),
        (Role.HANDLER, Place("一分会", UnionType.BRANCH), "enrolls nobody"),
        (Role.HANDLER, DISTRICT, "no members of its own"),
        (Role.REVIEWER, COMMITTEE, "grassroots union"),
        (Role.REVIEWER, STREET, "district or industry union"),
        (Role.MUNICIPAL, DISTRICT, "without --union the whole city"),
        (Role.AUDITOR, COMMITTEE, "without --union the whole city"),
    ],
)
def test_a_token_that_may_do_less_than_one_thinks_is_warned_about(role: Role, place: Place | None, sentence: str):
    [warning] = advice(role, UNION, place, looked_up=True)
    assert sentence in warning


def test_without_a_running_stack_the_union_is_said_not_to_be_looked_up():
    [warning] = advice(Role.HANDLER, UNION, None, looked_up=False)
    assert "no stack runs" in warning


def changes(route: Route) -> bool:
    """Whether the route changes data. Some POST routes only read data."""
    kinds = (get_args(one.annotation)[:1] for one in signature(route.endpoint).parameters.values())
    return route.method != "GET" and (ReadContext,) not in kinds


def declared(role: Role) -> set[tuple[str, str]]:
    """(service, command) of each change that the role is allowed to make, except the changes that every account can
    make.
    """
    return {
        (EVERY_SERVICE if route.of_the_chassis else route.service, route.allowed.act)
        for package in SERVICES
        for route in routes_of(package)
        if route.allowed and role in route.allowed.roles and changes(route)
    }


@pytest.mark.parametrize("role", Role)
def test_the_duties_of_a_role_are_those_that_the_routes_declare(role: Role):
    assert {(duty.service, act) for duty in DUTIES[role] for act in duty.acts} == declared(role)
