"""Faults that the simulator produces on purpose."""

from typing import Any

import httpx
from integration.simulator.district import District, Receiver, Start

PEOPLE = [{"ref": str(at), "document_type": "resident_id", "number": str(at)} for at in range(200)]


async def ask(client: httpx.AsyncClient, registry: str = "card") -> httpx.Response:
    return await client.post(f"/registries/{registry}/query", json={"people": PEOPLE})


async def trouble(client: httpx.AsyncClient, **fault: Any) -> None:
    answer = await client.put("/faults", json=fault)
    assert answer.status_code == 200, answer.text


async def test_a_party_that_is_down_refuses_and_the_others_do_not(simulator: httpx.AsyncClient) -> None:
    await trouble(simulator, target="card", down=True)
    refused = await ask(simulator)
    assert (refused.status_code, refused.json()["code"]) == (503, "DOWN")
    assert (await ask(simulator, "employment")).status_code == 200
    await simulator.delete("/faults")
    assert (await ask(simulator)).status_code == 200


async def test_half_answers_say_that_they_are_and_are_the_same_for_a_seed(simulator: httpx.AsyncClient) -> None:
    async def refs() -> list[str]:
        await trouble(simulator, target="card", partial_rate=0.5, seed=11)
        body = (await ask(simulator)).json()
        assert body["partial"] is True
        return [one["ref"] for one in body["answers"]]

    first = await refs()
    assert 50 < len(first) < 150
    assert await refs() == first


async def test_failures_come_at_the_rate_that_was_set(simulator: httpx.AsyncClient) -> None:
    await trouble(simulator, target="employment", error_rate=0.5, seed=3)
    statuses = [(await ask(simulator, "employment")).status_code for _ in range(40)]
    assert set(statuses) == {200, 503}


async def test_above_the_rate_limit_a_request_is_told_when_to_come_again(simulator: httpx.AsyncClient) -> None:
    await trouble(simulator, target="card", rate_limit_per_s=0.01)
    assert (await ask(simulator)).status_code == 200
    refused = await ask(simulator)
    assert (refused.status_code, refused.json()["code"]) == (429, "RATE_LIMITED")
    assert int(refused.headers["Retry-After"]) >= 1


async def test_codes_nobody_has_heard_of_can_be_mixed_in(simulator: httpx.AsyncClient) -> None:
    await trouble(simulator, target="card", unknown_rate=0.2, seed=1)
    codes = {one["code"] for one in (await ask(simulator)).json()["answers"]}
    assert codes == {"0", "99"}


async def test_a_lost_answer_was_carried_out_all_the_same(district: District) -> None:
    await trouble(district.client, target="center", lost_answer_rate=1.0)
    assert (await district.open()).status_code == 502
    await trouble(district.client, target="center")
    assert (await district.state())["state"] == "receiving"


async def test_a_center_that_is_down_calls_nobody_until_it_is_back(district: District, receiver: Receiver) -> None:
    await district.client.put("/center/policy", json={"decision": "hold"})
    await district.submit()
    await trouble(district.client, target="center", down=True)
    await district.client.post(f"{district.path}/decision", json={"decision": "confirmed"})
    assert receiver.calls == []
    await trouble(district.client, target="center")
    assert (await receiver.wait_for_bodies(1))[0]["decision"] == "confirmed"


async def test_stage_hands_are_not_troubled(simulator: httpx.AsyncClient) -> None:
    await trouble(simulator, target="center", down=True)
    assert (await simulator.get("/center/figures?submission_nos=CB1")).status_code == 200


async def test_faults_survive_a_restart(start: Start) -> None:
    async with start() as client:
        await trouble(client, target="card", down=True, seed=5)
    async with start() as client:
        faults = {one["target"]: one for one in (await client.get("/faults")).json()["faults"]}
        assert (faults["card"]["down"], faults["card"]["seed"]) == (True, 5)
        assert (await ask(client)).status_code == 503
