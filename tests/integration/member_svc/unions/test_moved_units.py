"""A union or a unit moves to another superior: its members move, too, but lines that are already submitted do not
(A56)."""

from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from integration.member_svc.handler import CITY, Handler, node, put_union, union_body
from integration.member_svc.imports.test_interrupted_imports import Killed
from integration.member_svc.members.test_member_list import Case
from unit.member_svc.workbooks import NARROW, person, workbook

from chassis.jobs import Job
from contracts.members import MembersChanged, MembersImported
from contracts.unions import UnionChanged
from member_svc.jobs import moving
from member_svc.jobs.moving import UnitMove

OTHER = node("other district")


async def numbers_seen(handler: Handler, union_id: UUID) -> list[str]:
    """The masked numbers that the union's reviewer sees in the member list."""
    headers = handler.bench.token("reviewer", union_id)
    answer = await handler.bench.client.get("/members", params={"page_size": 500}, headers=headers)
    return sorted(member["masked_number"] for member in answer.json()["items"])


async def move(handler: Handler, unit_id: UUID, to: UUID, reason: str = "企业迁入") -> httpx.Response:
    body = {"to_union_id": str(to), "reason": reason}
    headers = handler.bench.token("municipal", CITY)
    return await handler.bench.client.post(f"/units/{unit_id}/move", json=body, headers=headers)


def refusal(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


@pytest.mark.row("A56")
async def test_a_moved_unions_members_are_seen_by_the_new_superior_only(handler: Handler):
    await put_union(handler.bench, OTHER, union_body("district", CITY))
    await handler.bring_in(workbook([person(1)]))
    assert len(await numbers_seen(handler, node("district"))) == 1
    assert await numbers_seen(handler, OTHER) == []
    moved = union_body("joint", OTHER, *handler.units)
    assert (await put_union(handler.bench, handler.union_id, moved)).status_code == 200
    assert await numbers_seen(handler, node("district")) == []
    assert len(await numbers_seen(handler, OTHER)) == 1
    assert (await handler.published(UnionChanged))[-1].path == [CITY, OTHER, handler.union_id]


@pytest.mark.row("A56")
async def test_a_moved_unit_takes_its_members_to_the_new_union(handler: Handler):
    first, second = handler.units
    committee = handler.elsewhere()
    await handler.bring_in(workbook([person(1)]))
    await handler.bring_in(workbook([person(n) for n in range(2, 4)]), unit=second)
    staying, going, removed = await handler.members()
    await handler.remove(removed)
    cause, line = Case(handler).submitted(going["member_id"])
    await handler.bench.deliver(line, cause=cause)
    waiting = await handler.check(workbook([person(9)]), unit=second)

    assert (await move(handler, second, committee.union_id)).status_code == 202
    await handler.bench.run_jobs()
    assert [m["member_id"] for m in await handler.members()] == [staying["member_id"]]
    [moved] = await committee.members()
    assert (moved["member_id"], moved["member_no"]) == (going["member_id"], going["member_no"])
    assert moved["under_review"] is True
    [changed] = await handler.published(MembersChanged)
    assert (changed.union_id, changed.unit_id, [m.member_id for m in changed.members]) == (
        committee.union_id,
        second,
        [UUID(going["member_id"])],
    )
    units = {e.union_id: [unit.unit_id for unit in e.units] for e in await handler.published(UnionChanged)}
    assert (units[handler.union_id], units[committee.union_id]) == ([first], [node("unit-3"), second])
    # An import that was checked before the move must not write under the old union.
    assert refusal(await handler.confirm(waiting)) == (403, "FORBIDDEN")
    # A removed member returns under the new union.
    await committee.bring_in(workbook([person(3)]), unit=second)
    [revived] = (await handler.published(MembersImported))[-1].members
    assert (str(revived.member_id), len(await committee.members())) == (removed["member_id"], 2)


async def test_an_impossible_move_is_refused_with_its_reason(handler: Handler):
    second, committee = handler.units[1], node("committee")
    branch = node("branch")
    await put_union(handler.bench, branch, union_body("branch", node("district")))
    assert refusal(await move(handler, second, committee, reason=" ")) == (422, "REASON_REQUIRED")
    assert refusal(await move(handler, second, handler.union_id)) == (409, "UNIT_IN_PLACE")
    assert refusal(await move(handler, second, uuid4())) == (422, "PARENT_UNKNOWN")
    assert refusal(await move(handler, second, branch)) == (403, "UNSUPPORTED_UNION_TYPE")
    assert refusal(await move(handler, uuid4(), committee)) == (404, "NOT_FOUND")
    body: dict[str, Any] = {"to_union_id": str(committee), "reason": "x"}
    answer = await handler.bench.client.post(f"/units/{second}/move", json=body, headers=handler.headers())
    assert refusal(answer) == (403, "FORBIDDEN_ROLE")
    import_id = await handler.check(workbook([person(1)]))
    await handler.confirm(import_id)
    assert refusal(await move(handler, second, committee)) == (409, "UNIT_BUSY")


async def test_a_killed_move_goes_on_and_publishes_each_event_once(handler: Handler, monkeypatch: pytest.MonkeyPatch):
    second, committee = handler.units[1], node("committee")
    await handler.bring_in(workbook([person(n) for n in range(12)], NARROW), unit=second)
    move_id = (await move(handler, second, committee)).json()["move_id"]
    monkeypatch.setattr(moving, "MAX_PEOPLE_PER_PART", 5)
    publish_part, published_parts = UnitMove._publish_part, 0

    async def until_killed(self: UnitMove, move_id: UUID, correlation_id: str) -> bool:
        nonlocal published_parts
        more = await publish_part(self, move_id, correlation_id)
        published_parts += 1
        if published_parts == 2:
            raise Killed
        return more

    monkeypatch.setattr(UnitMove, "_publish_part", until_killed)
    first = Job(UUID(int=1), "unit.move", move_id, {"move_id": move_id}, 1, "c", None)
    with pytest.raises(Killed):
        await UnitMove(handler.bench.database).run(first)
    assert refusal(await move(handler, second, handler.union_id)) == (409, "UNIT_BUSY")
    monkeypatch.setattr(UnitMove, "_publish_part", publish_part)
    await handler.bench.run_jobs()
    events = await handler.published(MembersChanged)
    assert [len(event.members) for event in events] == [5, 5, 2]
    assert len({member.member_id for event in events for member in event.members}) == 12
    assert len(await handler.elsewhere().members()) == 12


@pytest.mark.row("A56", "A58")
async def test_an_import_that_was_checked_before_its_union_was_closed_adds_nobody(handler: Handler):
    waiting = await handler.check(workbook([person(9)]))
    body = union_body("joint", node("district"), *handler.units)
    assert (await put_union(handler.bench, handler.union_id, body | {"active": False})).status_code == 200
    assert refusal(await handler.confirm(waiting)) == (409, "UNION_INACTIVE")
    assert (await put_union(handler.bench, handler.union_id, body)).status_code == 200
    assert (await handler.confirm(waiting)).status_code == 202
