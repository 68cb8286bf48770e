"""Service cards, members without a card, card batches and their cancellation (F030–F032, F042, A31, A39)."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from integration.member_svc.handler import CITY, Handler, node, put_union, union_body
from unit.member_svc.workbooks import person, resident, workbook

from chassis.testing import Bench
from contracts.members import MembersChanged
from member_svc.domain.card_batches import APPROVE, CARD_BATCH, REJECT, REQUEST, CardBatchState
from member_svc.domain.roster.headings import NAME, SERVICE_CARD


async def post(
    bench: Bench, path: str, body: dict[str, Any], role: str, scope: UUID, account: str
) -> tuple[int, dict[str, Any]]:
    answer = await bench.client.post(path, json=body, headers=bench.token(role, scope, account))
    return answer.status_code, answer.json()


async def listed(bench: Bench, path: str, role: str, scope: UUID, **params: Any) -> httpx.Response:
    return await bench.client.get(path, params=params, headers=bench.token(role, scope, "r"))


async def new_batch(handler: Handler, *members: dict[str, Any]) -> httpx.Response:
    return await handler.post("/card-batches", {"member_ids": [one["member_id"] for one in members]})


@pytest.mark.row("F030", "F031", "A39")
async def test_cards_from_roster_and_command_are_in_one_list_others_wait_in_another(handler: Handler):
    rows = [person(1, **{SERVICE_CARD: "6223 0000-11112222"}), person(2), person(3)]
    await handler.bring_in(workbook(rows))
    _, two, three = await handler.members()
    cards = {"cards": [{"member_id": two["member_id"], "card_number": "6223000033334444"}]}
    assert (await handler.post("/service-cards", cards)).json() == {"changed": 1}

    shown = (await handler.get("/service-cards"))["items"]
    assert [(c["name"], c["masked_card_number"]) for c in shown] == [
        ("张1", "6223********2222"),
        ("张2", "6223********4444"),
    ]
    found = await handler.post("/service-cards/search", {"card_number": "6223-0000 33334444"})
    assert [c["name"] for c in found.json()["items"]] == ["张2"]
    assert (await handler.get("/service-cards", unit_id=str(handler.units[1])))["total"] == 0
    assert (await handler.post("/service-cards/search", {"number": resident(3)})).json()["total"] == 0
    assert [m["name"] for m in (await handler.get("/members-without-card"))["items"]] == ["张3"]
    assert (await handler.elsewhere().get("/service-cards"))["total"] == 0
    city = await listed(handler.bench, "/service-cards", "municipal", CITY)
    assert [c["name"] for c in city.json()["items"]] == ["张*", "张*"]

    await handler.post("/service-cards/cancellations", {"member_ids": [two["member_id"]]})
    assert [m["name"] for m in (await handler.get("/members-without-card", sort="-member_no"))["items"]] == [
        "张3",
        "张2",
    ]
    given, cancelled = await handler.published(MembersChanged)
    assert [event.members[0].has_service_card for event in (given, cancelled)] == [True, False]
    assert three["has_service_card"] is False


@pytest.mark.row("F031", "F032")
async def test_a_batch_takes_members_without_card_once_and_ends_with_their_cards(handler: Handler):
    await handler.bring_in(workbook([person(1, **{SERVICE_CARD: "6223000011112222"}), person(2), person(3), person(4)]))
    one, two, three, four = await handler.members()
    for members, code in (((), "NOTHING_CHOSEN"), ((one, two), "HAS_SERVICE_CARD")):
        answer = await new_batch(handler, *members)
        assert answer.json()["code"] == code
    made = await new_batch(handler, two, three)
    assert (made.status_code, made.json()["heads"], made.json()["state"]["label"]) == (201, 2, "办卡中")
    twice = await new_batch(handler, three, four)
    assert (twice.json()["code"], twice.json()["detail"]) == (
        "IN_OTHER_CARD_BATCH",
        {"member_ids": [three["member_id"]]},
    )
    assert (await handler.get("/card-batches"))["total"] == 1
    waiting = (await handler.get("/members-without-card", in_card_batch="false"))["items"]
    assert [m["name"] for m in waiting] == ["张4"]
    busy = (await handler.get("/members-without-card", in_card_batch="true"))["items"]
    assert {m["card_batch_no"] for m in busy} == {made.json()["batch_no"]}

    path = f"/card-batches/{made.json()['batch_id']}"
    detail = await handler.get(path)
    assert sorted(detail["member_ids"]) == sorted([two["member_id"], three["member_id"]])
    await handler.post(
        "/service-cards", {"cards": [{"member_id": two["member_id"], "card_number": "6223000022222222"}]}
    )
    assert [(b["cards_made"], b["state"]["code"]) for b in (await handler.get("/card-batches"))["items"]] == [
        (1, "making")
    ]
    await handler.bring_in(workbook([person(3, **{SERVICE_CARD: "6223000033333333"})]))
    found = await handler.get("/card-batches", state="made", **{"from": "2024-05-10", "to": "2024-05-10"})
    assert [(b["cards_made"], b["batch_no"]) for b in found["items"]] == [(2, made.json()["batch_no"])]
    late = await handler.post(f"{path}/cancellation", {"version": found["items"][0]["version"], "reason": "名单有误"})
    assert (late.status_code, late.json()["code"]) == (409, "CARD_BATCH_ENDED")
    assert (await handler.get("/card-batches", to="2024-05-09"))["total"] == 0


@pytest.mark.row("F042", "D03")
async def test_a_superior_that_asked_on_behalf_of_a_union_does_not_decide(handler: Handler):
    bench, district, street = handler.bench, node("district"), node("street")
    await put_union(bench, street, union_body("street", district))
    await put_union(bench, handler.union_id, union_body("joint", street, *handler.units))
    await handler.bring_in(workbook([person(1)]))
    batch = (await new_batch(handler, *await handler.members())).json()
    path, request = f"/card-batches/{batch['batch_id']}/cancellation", {"version": 1, "reason": "名单有误"}
    status, answer = await post(bench, path, request, "handler", street, "h")
    assert (status, answer["state"]["label"]) == (200, "撤销待审核")
    for place, expected in ((street, "OWN_REQUEST"), (district, None)):
        status, answer = await post(bench, f"{path}/approval", {"version": 2}, "reviewer", place, "r")
        assert answer.get("code") == expected


@pytest.mark.row("F042", "D03")
async def test_the_only_superior_does_not_ask_on_behalf_of_a_union(handler: Handler):
    await handler.bring_in(workbook([person(1)]))
    batch = (await new_batch(handler, *await handler.members())).json()
    path, request = f"/card-batches/{batch['batch_id']}/cancellation", {"version": 1, "reason": "名单有误"}
    status, answer = await post(handler.bench, path, request, "handler", node("district"), "h")
    assert (status, answer["code"]) == (403, "NO_OTHER_REVIEWER")


@pytest.mark.row("F042", "F032", "A31", "D03")
async def test_the_superior_union_decides_cancellations_and_nobody_his_own(handler: Handler):
    bench, own, district = handler.bench, handler.union_id, node("district")
    await handler.bring_in(workbook([person(1), person(2)]))
    members = await handler.members()
    batch = (await new_batch(handler, *members)).json()
    path = f"/card-batches/{batch['batch_id']}/cancellation"
    for unseen in (" ", "\u200b", "\u3164\u2800"):
        blank = await post(bench, path, {"version": 1, "reason": unseen}, "handler", own, "h")
        assert (blank[0], blank[1]["code"]) == (422, "REASON_REQUIRED")
    early = await post(bench, f"{path}/approval", {"version": 1}, "reviewer", district, "r")
    assert (early[0], early[1]["code"]) == (409, "NOTHING_TO_DECIDE")
    status, requested = await post(bench, path, {"version": 1, "reason": "名单有误"}, "handler", own, "h")
    assert (status, requested["state"]["label"], requested["version"]) == (200, "撤销待审核", 2)
    [request] = (await listed(bench, "/card-cancellations", "reviewer", district, state="requested")).json()["items"]
    assert (request["reason"], request["heads"], request["version"]) == ("名单有误", 2, 2)
    assert (await listed(bench, "/card-cancellations", "reviewer", node("committee"))).json()["total"] == 0

    seen = {"version": 2}
    for role, scope, account, expected in (
        ("reviewer", own, "r", (403, "OWN_REQUEST")),
        ("reviewer", district, "h", (403, "OWN_REQUEST")),
        ("reviewer", node("committee"), "r", (403, "FORBIDDEN")),
        ("handler", own, "h", (403, "FORBIDDEN_ROLE")),
        ("municipal", CITY, "m", (403, "FORBIDDEN_ROLE")),
    ):
        status, answer = await post(bench, f"{path}/approval", seen, role, scope, account)
        assert (status, answer["code"]) == expected
    refused = await post(bench, f"{path}/rejection", seen | {"reason": "已送制卡"}, "reviewer", district, "r")
    assert (refused[0], refused[1]["state"]["code"]) == (200, "making")
    assert (await new_batch(handler, members[0])).json()["code"] == "IN_OTHER_CARD_BATCH"

    await post(bench, path, {"version": 3, "reason": "确实有误"}, "handler", own, "h")
    stale = await post(bench, f"{path}/approval", seen, "reviewer", district, "r")
    assert (stale[0], stale[1]["code"]) == (409, "STALE_VERSION")
    deciders = [post(bench, f"{path}/approval", {"version": 4}, "reviewer", district, one) for one in ("r", "s")]
    assert sorted(status for status, _ in await asyncio.gather(*deciders)) == [200, 409]
    history = (await listed(bench, "/card-cancellations", "reviewer", district, sort="requested_at,-state")).json()
    assert [(c["state"]["label"], c["decision_reason"]) for c in history["items"]] == [
        ("已驳回", "已送制卡"),
        ("已同意", None),
    ]
    assert (await new_batch(handler, *members)).status_code == 201
    [(unknown, body)] = [
        await post(
            bench, f"/card-batches/{uuid4()}/cancellation", {"version": 2, "reason": "名单有误"}, "handler", own, "h"
        )
    ]
    assert (unknown, body["code"]) == (403, "FORBIDDEN")


@pytest.mark.row("F042", "D04")
async def test_batches_and_cancellations_show_the_names_of_the_accounts(handler: Handler):
    bench, own, district = handler.bench, handler.union_id, node("district")
    asking, deciding = (
        bench.token("handler", own, "h1", name="王经办"),
        bench.token("reviewer", district, "r1", name="李审核"),
    )
    await handler.bring_in(workbook([person(1)]))
    body = {"member_ids": [one["member_id"] for one in await handler.members()]}
    batch = (await bench.client.post("/card-batches", json=body, headers=asking)).json()
    [shown] = (await handler.get("/card-batches"))["items"]
    detail = await handler.get(f"/card-batches/{batch['batch_id']}")
    for one in (shown, detail):
        assert (one["created_by"], one["created_by_name"], one["created_by_union"]) == ("h1", "王经办", "工会joint")

    path = f"/card-batches/{batch['batch_id']}/cancellation"
    again = asking | {"Idempotency-Key": "second"}
    await bench.client.post(path, json={"version": 1, "reason": "名单有误"}, headers=again)
    [request] = (await handler.get("/card-cancellations"))["items"]
    assert (request["requested_by_name"], request["requested_by_union"]) == ("王经办", "工会joint")
    assert (request["decided_by"], request["decided_by_name"]) == (None, None)
    await bench.client.post(f"{path}/approval", json={"version": 2}, headers=deciding)
    [request] = (await handler.get("/card-cancellations"))["items"]
    assert (request["decided_by"], request["decided_by_name"], request["decided_by_union"]) == (
        "r1",
        "李审核",
        "工会district",
    )


async def test_two_handlers_cannot_have_one_members_card_made_twice(handler: Handler):
    await handler.bring_in(workbook([person(1)]))
    members = await handler.members()
    answers = await asyncio.gather(*(new_batch(handler, *members) for _ in range(2)))
    assert sorted(answer.status_code for answer in answers) == [201, 409]


async def test_unknown_and_foreign_members_and_empty_choices_are_refused_alike(handler: Handler):
    await handler.bring_in(workbook([person(1, **{NAME: "王小明"})]))
    [one] = await handler.members()
    stranger = handler.elsewhere()
    card = {"card_number": "6223000011112222"}
    for member_id in (one["member_id"], str(uuid4())):
        for path, body in (
            ("/members/removals", {"member_ids": [member_id]}),
            ("/card-batches", {"member_ids": [member_id]}),
            ("/service-cards/cancellations", {"member_ids": [member_id]}),
            ("/service-cards", {"cards": [card | {"member_id": member_id}]}),
        ):
            answer = await stranger.post(path, body)
            assert (answer.status_code, answer.json()["code"]) == (403, "FORBIDDEN")
    for path, empty in (
        ("/members/removals", {"member_ids": []}),
        ("/card-batches", {"member_ids": []}),
        ("/service-cards/cancellations", {"member_ids": []}),
        ("/service-cards", {"cards": []}),
    ):
        answer = await handler.post(path, empty)
        assert (answer.status_code, answer.json()["code"]) == (422, "NOTHING_CHOSEN")
        assert "请先" in answer.json()["message"]
    assert (await handler.members())[0]["has_service_card"] is False


async def test_every_action_in_every_state_ends_as_the_machine_says(handler: Handler):
    bench, district = handler.bench, node("district")
    ways: dict[CardBatchState, tuple[str, ...]] = {
        CardBatchState.MAKING: (),
        CardBatchState.CANCELLING: (REQUEST,),
        CardBatchState.CANCELLED: (REQUEST, APPROVE),
    }
    routes = {
        REQUEST: ("cancellation", "handler", handler.union_id),
        APPROVE: ("cancellation/approval", "reviewer", district),
        REJECT: ("cancellation/rejection", "reviewer", district),
    }
    await handler.bring_in(workbook([person(n) for n in range(len(ways) * len(routes))]))
    members = iter(await handler.members())

    async def act(batch: dict[str, Any], action: str) -> tuple[int, dict[str, Any]]:
        path, role, scope = routes[action]
        reason = {} if action == APPROVE else {"reason": "名单有误"}
        body = {"version": batch["version"], **reason}
        return await post(bench, f"/card-batches/{batch['batch_id']}/{path}", body, role, scope, role)

    for state, way in ways.items():
        for action in routes:
            batch = (await new_batch(handler, next(members))).json()
            for step in way:
                _, batch = await act(batch, step)
            assert batch["state"]["code"] == state
            status, answer = await act(batch, action)
            if CARD_BATCH.allows(state, action):
                assert (status, answer["state"]["code"]) == (200, CARD_BATCH.after(state, action))
            else:
                refusal = next(step.refusal for step in CARD_BATCH.steps if step.action == action)
                assert (status, answer["code"], answer["detail"]) == (409, refusal.code, {"state": state.value})
