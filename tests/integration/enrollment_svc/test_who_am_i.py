"""`GET /me` shows the account, role and union of a token, and why a token is refused; every service has the route."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from integration.enrollment_svc.enrollment_world import World

from contracts.words import UnionType


async def me(world: World, role: str, scope: UUID | None) -> dict[str, Any]:
    answer = await world.bench.client.get("/me", headers=world.bench.token(role, scope, account="wang"))
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


@pytest.mark.row("F020", "F023", "A61")
async def test_a_handler_sees_account_role_and_union_with_its_superior(world: World):
    found = await me(world, "handler", world.union)
    assert (found["account"], found["role"], found["closed"]) == ("wang", {"code": "handler", "label": "经办人"}, None)
    assert found["union"] == {
        "union_id": str(world.union),
        "name": "金桥建设工会委员会",
        "union_type": {"code": "committee", "label": "工会委员会"},
        "supported": True,
        "active": True,
        "parent_id": str(world.street),
        "superior": "金桥街道总工会",
    }


@pytest.mark.row("F021", "F022", "A30")
@pytest.mark.parametrize("kind", [UnionType.FEDERATION, UnionType.BRANCH, UnionType.GROUP])
async def test_an_unsupported_union_type_is_told_so(world: World, kind: UnionType):
    union = uuid4()
    await world.add_union(union, kind, "示例工会", [world.city, world.district])
    found = await me(world, "handler", union)
    assert (found["union"]["union_type"]["label"], found["union"]["supported"]) == (kind.label, False)
    assert found["closed"]["code"] == "UNSUPPORTED_UNION_TYPE"
    assert "暂不支持" in found["closed"]["message"]


async def test_a_useless_token_is_told_what_it_lacks(world: World):
    closed = uuid4()
    await world.add_union(closed, UnionType.COMMITTEE, "已停用工会", [world.city, world.district], active=False)
    for role, scope, code in (
        ("handler", None, "UNION_MISSING"),
        ("reviewer", None, "UNION_MISSING"),
        ("handler", uuid4(), "UNION_UNKNOWN"),
        ("handler", closed, "UNION_CLOSED"),
        ("chief", world.union, "ROLE_UNKNOWN"),
    ):
        assert (await me(world, role, scope))["closed"]["code"] == code
    for role in ("municipal", "center", "operator", "auditor"):
        assert (await me(world, role, None))["closed"] is None


async def test_what_a_token_may_do_is_what_the_routes_check(world: World):
    handler, reviewer = [(await me(world, role, world.union))["acts"] for role in ("handler", "reviewer")]
    submit = {"act": "提交至上级审核", "method": "POST", "path": "/submissions", "only": ""}
    assert submit in handler
    assert submit not in reviewer
    assert {"method": "GET", "path": "/me", "act": "查看本人账号", "only": ""} in reviewer
    assert (await me(world, "handler", None))["acts"] == []


async def test_nobody_without_a_token_is_anybody(world: World):
    assert (await world.bench.client.get("/me")).status_code == 401
