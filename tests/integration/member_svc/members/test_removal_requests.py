"""A removal is a request: the member stays listed as 删除待确认 until enrollment-svc has answered (F080, A57)."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from integration.member_svc.handler import Handler, decision
from unit.member_svc.workbooks import person, workbook

from chassis.testing import Bench
from contracts.members import MembersChanged, MembersImported, MembersRemoved, RemovalRequested
from contracts.notices import MemberNoticeV2
from contracts.words import NoticeKind
from member_svc.domain.roster.headings import MOBILE
from member_svc.jobs.applying import ImportApply
from member_svc.store.import_parts import CHANGED, CREATED

PENDING = {"code": "removal_pending", "label": "删除待确认"}
LISTED = {"code": "listed", "label": "在册"}


async def states(handler: Handler) -> list[str]:
    return [member["state"]["code"] for member in await handler.members()]


@pytest.mark.row("F080", "A57")
async def test_a_member_stays_listed_until_the_requested_removal_is_granted(handler: Handler):
    await handler.bring_in(workbook([person(1), person(2)]))
    one, two = await handler.members()
    answer = await handler.request_removal(one)
    body = answer.json()
    assert (answer.status_code, body["pending"], body["removed"]) == (202, 1, 0)
    assert body["members"] == [{"member_id": one["member_id"], "state": PENDING}]
    assert await handler.members() == [one | {"state": PENDING}, two]
    [request] = await handler.published(RemovalRequested)
    assert (str(request.removal_id), [str(m) for m in request.member_ids]) == (body["removal_id"], [one["member_id"]])
    assert await handler.published(MembersRemoved) == []
    await handler.answer_removals()
    assert await handler.members() == [two]
    [removed] = await handler.published(MembersRemoved)
    assert (removed.removal_id, removed.unit_id, removed.member_ids) == (
        request.removal_id,
        handler.units[0],
        request.member_ids,
    )


@pytest.mark.row("A57", "D06")
async def test_a_refused_member_stays_and_the_union_gets_a_notice_with_the_reason(handler: Handler):
    await handler.bring_in(workbook([person(1), person(2)]))
    one, two = await handler.members()
    await handler.request_removal(one, two)
    await handler.answer_removals(one)
    assert await handler.members() == [one]
    [notice] = await handler.published(MemberNoticeV2)
    assert (notice.kind, notice.union_id) == (NoticeKind.REMOVAL_REFUSED, handler.union_id)
    assert "有1人正在审核中，未删除" in notice.text
    assert "审核结束或撤回参保后再删除" in notice.text
    [shown] = (await handler.get("/notices", kind="removal_refused"))["items"]
    assert shown["text"] == notice.text
    [removed] = await handler.published(MembersRemoved)
    assert [str(m) for m in removed.member_ids] == [two["member_id"]]


async def test_an_answer_that_comes_twice_changes_and_publishes_nothing_more(handler: Handler, bench: Bench):
    await handler.bring_in(workbook([person(1), person(2)]))
    one, two = await handler.members()
    await handler.request_removal(one, two)
    [request] = await handler.published(RemovalRequested)
    answer = decision(request, request.member_ids[:1])
    records = await bench.deliver(answer)
    await bench.redeliver(records)
    await bench.deliver(answer, cause=uuid4())
    assert [len(await handler.published(kind)) for kind in (MembersRemoved, MemberNoticeV2)] == [1, 1]
    assert await bench.dead_letters() == []


@pytest.mark.row("A57")
async def test_an_import_revives_the_same_number(handler: Handler):
    await handler.bring_in(workbook([person(1, **{MOBILE: "13812345678"}), person(2)]))
    one, two = await handler.members()
    await handler.remove(one)
    assert await handler.members() == [two]
    done = await handler.bring_in(workbook([person(1)]))
    assert done["counts"]["created"] == 1
    assert (await handler.members())[0] == one
    [revived] = (await handler.published(MembersImported))[-1].members
    assert (str(revived.member_id), revived.member_no) == (one["member_id"], one["member_no"])


@pytest.mark.row("A57")
@pytest.mark.parametrize("outcome", ["granted", "refused"])
async def test_an_import_cancels_the_request_and_a_later_decision_has_no_effect(handler: Handler, outcome: str):
    await handler.bring_in(workbook([person(1)]))
    [one] = await handler.members()
    await handler.request_removal(one)
    done = await handler.bring_in(workbook([person(1)]))
    assert (done["counts"]["created"], await states(handler)) == (1, ["listed"])
    # The import's event has the same key as the request and follows the request. So enrollment-svc adds the member
    # again after it has granted or refused the request.
    published = [
        event for _, event in await handler.bench.published() if isinstance(event, MembersImported | RemovalRequested)
    ]
    assert [type(event) for event in published] == [MembersImported, RemovalRequested, MembersImported]
    await handler.answer_removals(*([one] if outcome == "refused" else []))
    assert await handler.members() == [one]
    assert await handler.published(MembersRemoved) == []
    assert await handler.published(MemberNoticeV2) == []


async def test_an_import_planned_before_the_request_leaves_the_request_alone(handler: Handler, bench: Bench):
    await handler.bring_in(workbook([person(1)]))
    [one] = await handler.members()
    import_id = await handler.check(workbook([person(1, **{MOBILE: "13812345678"})]))
    await handler.confirm(import_id)
    await _plan_changes(bench, import_id)
    await handler.request_removal(one)
    await handler.bench.run_jobs()
    assert (await handler.get(f"/imports/{import_id}"))["counts"]["unchanged"] == 1
    assert await states(handler) == ["removal_pending"]
    assert [event.members for event in await handler.published(MembersChanged)] == [[]]


async def _plan_changes(bench: Bench, import_id: str) -> None:
    job = ImportApply(bench.database)
    for purpose in (CREATED, CHANGED):
        await job._plan(UUID(import_id), purpose)


@pytest.mark.row("A57", "A39")
async def test_while_a_removal_waits_no_command_changes_the_member(handler: Handler):
    await handler.bring_in(workbook([person(1), person(2)]))
    one, two = await handler.members()
    await handler.request_removal(one)
    acts: list[tuple[str, dict[str, Any]]] = [
        ("/service-cards", {"cards": [{"member_id": one["member_id"], "card_number": "6223000011112222"}]}),
        ("/service-cards/cancellations", {"member_ids": [one["member_id"]]}),
        ("/card-batches", {"member_ids": [two["member_id"], one["member_id"]]}),
    ]
    for path, body in acts:
        answer = await handler.post(path, body)
        assert (answer.status_code, answer.json()["code"]) == (409, "REMOVAL_PENDING"), path
        assert answer.json()["detail"] == {"member_ids": [one["member_id"]]}
    await handler.answer_removals(one)
    assert (await handler.post(*acts[0])).status_code == 200


async def test_asking_again_while_the_answer_is_open_counts_with_its_own_answer(handler: Handler, bench: Bench):
    await handler.bring_in(workbook([person(1)]))
    [one] = await handler.members()
    await handler.request_removal(one)
    await handler.request_removal(one)
    first, second = await handler.published(RemovalRequested)
    await bench.deliver(decision(first, first.member_ids))
    assert (await states(handler), await handler.published(MemberNoticeV2)) == (["removal_pending"], [])
    await bench.deliver(decision(second))
    assert await handler.members() == []
    assert len(await handler.published(MembersRemoved)) == 1


async def test_who_has_left_the_list_is_not_asked_for_again(handler: Handler):
    await handler.bring_in(workbook([person(1)]))
    [one] = await handler.members()
    await handler.remove(one)
    body = (await handler.request_removal(one)).json()
    assert (body["pending"], body["removed"], body["members"][0]["state"]["code"]) == (0, 1, "removed")
    assert len(await handler.published(RemovalRequested)) == 1


async def test_the_parts_of_a_large_request_are_answered_one_by_one(handler: Handler, bench: Bench):
    await handler.bring_in(workbook([person(n) for n in range(520)]))
    everybody = await handler.members(page=1) + await handler.members(page=2)
    await handler.request_removal(*everybody)
    first, second = await handler.published(RemovalRequested)
    await bench.deliver(decision(second, second.member_ids))
    assert (await handler.get("/members"))["total"] == 520
    await bench.deliver(decision(first))
    assert (await handler.get("/members"))["total"] == len(second.member_ids)
    assert len(await handler.published(MemberNoticeV2)) == 1
