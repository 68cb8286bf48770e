"""A superior submits on behalf of a union below it, and another superior reviews it (D03)."""

from typing import Any
from uuid import UUID

import pytest
from httpx import Response
from integration.enrollment_svc.enrollment_world import World

from contracts.enrollments import BatchSubmitted


async def submit_as(world: World, place: UUID, path: str = "/submissions") -> Response:
    body: dict[str, Any] = {
        "union_id": str(world.union), "enrollment_type": "immediate", "channel": "social_security_card", "plan": "A",
        "all": True,
    }  # fmt: skip
    headers = world.bench.token("handler", place, account="zhang")
    return await world.bench.client.post(path, headers=headers, json=body)


@pytest.mark.row("D03", "A51")
async def test_a_street_that_submits_for_a_union_is_left_out_of_the_chain(world: World):
    await world.set_rates()
    await world.ready_people(2)
    shown = await submit_as(world, world.street, "/submissions/preview")
    assert shown.json()["chain"] == ["浦东新区总工会"]
    assert (await submit_as(world, world.street)).status_code == 201
    [event] = await world.published(BatchSubmitted)
    assert [step.union_id for step in event.chain] == [world.district]
    assert (event.union_id, event.submitted_by, event.submitted_by_union_id) == (world.union, "zhang", world.street)


@pytest.mark.row("D03", "F208")
async def test_a_district_does_not_submit_for_a_union_what_it_alone_sends_to_the_center(world: World):
    await world.set_rates()
    await world.ready_people(2)
    for path in ("/submissions/preview", "/submissions"):
        answer = await submit_as(world, world.district, path)
        assert answer.status_code == 403, answer.text
        assert answer.json()["code"] == "NO_OTHER_REVIEWER"
        assert "经办人" in answer.json()["message"]
    assert (await submit_as(world, world.union)).status_code == 201
    [event] = await world.published(BatchSubmitted)
    assert [step.union_id for step in event.chain] == [world.street, world.district]
    assert event.submitted_by_union_id == world.union
