"""The simulated protection center receives submissions and decides on them."""

import asyncio
from collections.abc import Callable
from uuid import UUID

import asyncpg
import httpx
import pytest
from integration.simulator.district import District, Receiver, Start, fee, hold, keyed, number, until

from chassis.identity import TokenVerifier
from chassis.privacy import Keys

Another = Callable[..., District]


async def test_a_complete_submission_is_confirmed_and_called_back(
    district: District, receiver: Receiver, keys: Keys
) -> None:
    await district.submit()
    assert await receiver.wait_for_bodies(1) == [
        {
            "submission_no": district.no,
            "version": 1,
            "decision": "confirmed",
            "line_ids": [],
            "heads": 3,
            "fee": fee(3),
            "reason": None,
            "decided_at": "2024-05-10T09:00:00+08:00",
        }
    ]
    headers = receiver.calls[0][0]
    assert (await TokenVerifier(keys).verify(headers["authorization"])).role == "center"
    assert headers["idempotency-key"] == f"{district.no}/1/confirmed"


async def test_look_up_tells_how_far_it_came(district: District, receiver: Receiver) -> None:
    assert (await district.client.get(district.path)).status_code == 404
    await district.open()
    await district.send_part(1)
    state = await district.state()
    assert (state["state"], state["parts"]) == ("receiving", {"declared": 2, "received": 1})
    await district.send_part(0)
    await district.complete()
    state = await district.settled()
    assert (state["state"], state["heads"], state["fee"]) == ("confirmed", 3, fee(3))
    assert {line["state"] for line in state["lines"]} == {"confirmed"}
    assert state["decisions"] == await receiver.wait_for_bodies(1)


async def test_every_step_may_be_repeated(district: District, receiver: Receiver) -> None:
    async def once() -> list[str]:
        answers = [await district.open(), await district.send_part(0), await district.send_part(1)]
        return [answer.text for answer in [*answers, await district.complete()]]

    first = await once()
    await district.settled()
    assert await once() == first
    assert len(await receiver.wait_for_bodies(1)) == 1
    assert (await district.client.post("/center/figures", json={"submission_nos": [district.no]})).json()["people"] == 3


async def test_other_content_under_the_same_number_and_version_is_refused(district: District) -> None:
    await district.open()
    await district.send_part(0)
    answer = await district.open(union_name="另一总工会")
    assert (answer.status_code, answer.json()["code"]) == (409, "CONTENT_DIFFERS")
    district.numbers[0][0] = number()
    assert (await district.send_part(0)).json()["code"] == "CONTENT_DIFFERS"


async def test_parts_may_come_at_once_and_one_of_them_twice(district: District, receiver: Receiver) -> None:
    await district.open()
    answers = await asyncio.gather(*map(district.send_part, (1, 0, 0, 1)))
    assert [answer.status_code for answer in answers] == [200] * 4
    await district.complete()
    assert [body["heads"] for body in await receiver.wait_for_bodies(1)] == [3]


async def test_of_two_contents_of_a_part_at_once_one_is_refused(district: District) -> None:
    await district.open()
    parts = [district.part(0), district.part(0)]
    parts[1]["people"][0]["document_number"] = number()
    path = f"{district.path}/parts/0"
    answers = await asyncio.gather(*(district.client.put(path, json=part, headers=keyed()) for part in parts))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    assert {answer.json().get("code") for answer in answers} == {None, "CONTENT_DIFFERS"}
    kept = parts[[answer.status_code for answer in answers].index(200)]
    assert (await district.client.put(path, json=kept, headers=keyed())).status_code == 200


async def test_a_part_that_cannot_be_read_is_refused_without_a_person(district: District) -> None:
    await district.open()
    part = district.part(0)
    del part["people"][0]["document_type"]
    answer = await district.client.put(f"{district.path}/parts/0", json=part, headers=keyed())
    assert (answer.status_code, answer.json()["code"]) == (422, "BODY_INVALID")
    assert answer.json()["detail"]["errors"] == [{"place": ["people", 0, "document_type"], "what": "missing"}]
    assert "张三" not in answer.text


async def test_what_a_service_sends_must_carry_its_key(district: District) -> None:
    answer = await district.client.put(district.path, json=district.head())
    assert (answer.status_code, answer.json()["code"]) == (400, "IDEMPOTENCY_KEY_MISSING")


async def test_missing_parts_are_named(district: District) -> None:
    await district.open()
    await district.send_part(0)
    answer = await district.complete()
    assert (answer.status_code, answer.json()["code"]) == (409, "PARTS_MISSING")
    assert answer.json()["detail"] == {"missing": [1]}


async def test_a_part_that_was_not_declared_is_refused(district: District) -> None:
    await district.open()
    answer = await district.client.put(f"{district.path}/parts/2", json=district.part(0), headers=keyed())
    assert (answer.status_code, answer.json()["code"]) == (422, "PART_OUTSIDE")


async def test_people_that_a_line_did_not_declare_are_refused(district: District) -> None:
    await district.open()
    await district.send_part(0)
    district.numbers[1].append(number())
    await district.send_part(1)
    answer = await district.complete()
    assert (answer.status_code, answer.json()["code"]) == (422, "LINE_HEADS_DIFFER")


@pytest.mark.parametrize("other", [{"heads": 4}, {"fee": fee(4)}], ids=["heads", "money"])
async def test_figures_that_do_not_add_up_are_refused(district: District, other: dict[str, object]) -> None:
    await district.open(**other)
    await district.send_part(0)
    await district.send_part(1)
    answer = await district.complete()
    assert (answer.status_code, answer.json()["code"]) == (422, "SUMS_DIFFER")


async def test_a_line_with_a_person_covered_elsewhere_falls_and_the_rest_stands(
    district: District, another: Another, receiver: Receiver
) -> None:
    await district.submit()
    await district.settled()
    late = another(numbers=[[number(), district.numbers[1][0]], [number()]])
    await late.submit()
    assert (await late.settled())["state"] == "confirmed"
    rejected, confirmed = (await receiver.wait_for_bodies(3))[1:]
    assert (rejected["decision"], rejected["line_ids"]) == ("rejected", [str(late.line_ids[0])])
    assert (rejected["heads"], "已参保" in rejected["reason"]) == (2, True)
    assert (confirmed["decision"], confirmed["heads"], confirmed["fee"]) == ("confirmed", 1, fee(1))


async def test_a_person_twice_in_one_submission_is_covered_once(district: District, receiver: Receiver) -> None:
    district.numbers[1] = [district.numbers[0][0]]
    await district.submit()
    await receiver.wait_for_bodies(2)
    figures = (await district.client.get(f"/center/figures?submission_nos={district.no}")).json()
    assert figures["duplicates"] == 0
    assert figures["people"] == figures["heads"] > 0


async def test_a_rejected_submission_frees_its_people(district: District, another: Another, receiver: Receiver) -> None:
    policy = {"submission_no": district.no, "decision": "reject", "reason": "名单有误"}
    await district.client.put("/center/policy", json=policy)
    await district.submit()
    rejected = (await receiver.wait_for_bodies(1))[0]
    assert (rejected["decision"], rejected["reason"], rejected["line_ids"]) == ("rejected", "名单有误", [])
    again = another(numbers=district.numbers)
    await again.submit()
    assert (await again.settled())["state"] == "confirmed"


async def test_next_year_is_another_cover(district: District, another: Another) -> None:
    await district.submit()
    await district.settled()
    following = another(numbers=district.numbers, year=2025)
    await following.submit()
    assert {line["state"] for line in (await following.settled())["lines"]} == {"confirmed"}


async def test_chosen_lines_are_rejected_by_policy(district: District, receiver: Receiver) -> None:
    chosen = str(district.line_ids[0])
    policy = {"submission_no": district.no, "decision": "reject", "reason": "单位信息有误", "line_ids": [chosen]}
    await district.client.put("/center/policy", json=policy)
    await district.submit()
    rejected, confirmed = await receiver.wait_for_bodies(2)
    assert (rejected["line_ids"], rejected["heads"]) == ([chosen], 2)
    assert (confirmed["decision"], confirmed["heads"]) == ("confirmed", 1)


async def test_a_held_submission_is_decided_by_hand_once(district: District, receiver: Receiver) -> None:
    await hold(district.client)
    await district.submit()
    by_hand = {"decision": "rejected", "reason": "请补充材料"}
    for _ in range(2):
        answer = await district.client.post(f"{district.path}/decision", json=by_hand)
        assert answer.json()["state"] == "rejected"
    other = await district.client.post(f"{district.path}/decision", json={"decision": "confirmed"})
    assert (other.status_code, other.json()["code"]) == (409, "ALREADY_DECIDED")
    assert [body["reason"] for body in await receiver.wait_for_bodies(1)] == ["请补充材料"]


async def test_lifting_the_hold_releases_what_waits(district: District) -> None:
    await hold(district.client)
    await district.submit()
    assert (await district.state())["state"] == "received"
    await district.client.delete("/center/policy")
    assert (await district.settled())["state"] == "confirmed"


async def test_a_receiver_in_trouble_is_called_again(district: District, receiver: Receiver) -> None:
    receiver.refusals = [500, 503]
    await district.submit()
    assert len(await receiver.wait_for_bodies(1)) == 1
    assert receiver.refused == 2


async def test_duplicate_calls_on_purpose_carry_one_key(district: District, receiver: Receiver) -> None:
    await district.client.put("/faults", json={"target": "center", "duplicate_callbacks": 2})
    await district.submit()
    first, *others = await receiver.wait_for_bodies(3)
    assert others == [first, first]
    assert len({headers["idempotency-key"] for headers, _ in receiver.calls}) == 1


async def test_what_was_received_is_decided_and_told_after_a_restart(start: Start, receiver: Receiver) -> None:
    receiver.refusals = [503] * 1000
    async with start() as client:
        district = District(client, receiver.url)
        await district.submit()

        async def refused() -> bool:
            return receiver.refused > 0

        await until(refused)
    receiver.refusals = []
    async with start():
        # A callback that was being sent when the process ended stays leased for half a minute.
        assert (await receiver.wait_for_bodies(1, deadline_s=45))[0]["submission_no"] == district.no


async def test_feedback_is_given_on_what_was_confirmed_and_called_back(district: District, receiver: Receiver) -> None:
    await hold(district.client)
    await district.submit()
    path, given = f"{district.path}/feedback", {"result": "rejected", "text": "金额不符"}
    early = await district.client.post(path, json=given)
    assert (early.status_code, early.json()["code"]) == (409, "NOT_CONFIRMED")
    await district.client.post(f"{district.path}/decision", json={"decision": "confirmed"})
    await receiver.wait_for_bodies(1)
    assert (await district.client.post(path, json=given)).status_code == 200
    assert (await receiver.wait_for_bodies(2))[1] == {
        "submission_no": district.no, "version": 1, "given_at": "2024-05-10T09:00:00+08:00",
    } | given  # fmt: skip
    assert len((await district.state())["decisions"]) == 1


async def test_a_later_version_replaces_one_that_was_never_completed(district: District, receiver: Receiver) -> None:
    await district.open()
    district.version = 2
    await district.submit()
    assert (await receiver.wait_for_bodies(1))[0]["version"] == 2
    district.version = 1
    assert (await district.state())["state"] == "rejected"
    district.version = 3
    assert (await district.open()).json()["code"] == "VERSION_STANDS"


async def test_lists_and_figures_add_up(district: District, another: Another) -> None:
    second = another(union_id=district.union_id)
    for one in (district, second):
        await one.submit()
        await one.settled()
    listed = (await district.client.get(f"/center/submissions?union_id={district.union_id}&year=2024")).json()
    assert (listed["total"], listed["heads"], listed["fee"]) == (2, 6, fee(6))
    assert {item["submission_no"] for item in listed["items"]} == {district.no, second.no}
    figures = await district.client.post("/center/figures", json={"submission_nos": [district.no, second.no, "CB0"]})
    assert figures.json() == {
        "submissions": 2,
        "unknown": ["CB0"],
        "people": 6,
        "duplicates": 0,
        "heads": 6,
        "fee": fee(6),
        "due_fen": 7800,
        "paid_fen": 0,
    }


async def test_nothing_of_a_person_is_stored_in_clear(district: District, database: str) -> None:
    await district.submit()
    await district.settled()
    connection = await asyncpg.connect(database)
    tables = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    stored = "".join(
        [str(await connection.fetch(f"SELECT row_to_json(t)::text FROM {row['tablename']} AS t")) for row in tables]
    )
    await connection.close()
    personal = [*district.numbers[0], *district.numbers[1], "张三", "经办人甲", "13800000000"]
    assert district.no in stored
    assert not any(word in stored for word in personal)


async def test_an_unreadable_request_is_refused_without_repeating_it(simulator: httpx.AsyncClient) -> None:
    body = {"people": [{"line_id": str(UUID(int=1)), "name": "张三", "document_number": "310101199003071230"}]}
    answer = await simulator.put("/center/submissions/CB1/1/parts/0", json=body, headers=keyed())
    assert (answer.status_code, answer.json()["code"]) == (422, "BODY_INVALID")
    assert "张三" not in answer.text
    assert "310101199003071230" not in answer.text
