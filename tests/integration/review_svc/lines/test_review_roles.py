"""Which role may do what, at which place in the tree (F023–F028, F207, F208, A51, A61)."""

from typing import Any
from uuid import uuid4

import pytest
from integration.review_svc.desk import HANDLER, Desk

from contracts.enrollments import BatchSubmitted, ChainStep
from contracts.reviews import BatchReturned, CenterConfirmed, SubmittedToCenter
from contracts.words import Role, UnionType


def acts(line: BatchSubmitted) -> list[tuple[str, dict[str, Any]]]:
    ticked = {"lines": [{"line_id": str(line.line_id), "version": 1}]}
    return [
        ("/lines/stage", ticked), ("/lines/unstage", ticked), ("/lines/pass-up", {}),
        (f"/lines/{line.line_id}/return", {"reason": "错", "version": 1}),
        ("/submissions", {"enrollment_type": "immediate", "handler": HANDLER}),
    ]  # fmt: skip


async def statuses(desk: Desk, line: BatchSubmitted, role: Role, union_id: Any) -> set[tuple[int, str]]:
    """How each act of a reviewer is answered."""
    found = set()
    for path, body in acts(line):
        headers = desk.bench.token(role, union_id, f"{role.value}-account")
        answer = await desk.bench.client.post(path, json=body, headers=headers)
        found.add((answer.status_code, answer.json()["code"]))
    return found


@pytest.mark.row("F023", "F027", "D02")
async def test_neither_the_maker_nor_the_center_nor_who_only_watches_reviews(desk: Desk):
    line = await desk.submitted(1)
    for role, place in (
        (Role.HANDLER, desk.union), (Role.HANDLER, desk.street), (Role.CENTER, None), (Role.OPERATOR, None),
        (Role.AUDITOR, None), (Role.MUNICIPAL, desk.city),
    ):  # fmt: skip
        assert await statuses(desk, line, role, place) == {(403, "FORBIDDEN_ROLE")}
    for path in ("/lines", "/lines/totals", "/lines/options"):
        await desk.get(path, desk.bench.token(Role.CENTER, None), status=403)
        await desk.get(path, desk.bench.token(Role.HANDLER, desk.union), status=403)


@pytest.mark.row("F024", "F208")
async def test_a_second_level_union_reviews_and_returns_but_never_submits_to_the_center(desk: Desk):
    kept, returned = await desk.submitted(1), await desk.submitted(1, batch_no="CB202405100002")
    await desk.give_back(desk.street, returned.line_id, 1)
    await desk.stage_all(desk.street)
    for path, handler in (("/submissions", {"handler": HANDLER}), ("/submissions/preview", {})):
        body = {"enrollment_type": "immediate", **handler}
        assert (await desk.act(desk.street, path, body, status=403))["code"] == "NOT_DISTRICT_UNION"
    await desk.act(desk.street, "/lines/pass-up", {"enrollment_type": "immediate"})
    assert [row["line_id"] for row in await desk.listed(desk.district)] == [str(kept.line_id)]
    assert [event.line_id for event in await desk.told(BatchReturned)] == [returned.line_id]
    assert await desk.told(SubmittedToCenter) == []


@pytest.mark.row("F025", "F207", "F211")
async def test_a_district_reviews_returns_and_submits_both_types(desk: Desk):
    chain = [ChainStep(union_id=desk.district, name="区总工会")]
    for at, kind in enumerate(("immediate", "centralized")):
        await desk.submitted(1, chain=chain, enrollment_type=kind, batch_no=f"CB20240510000{at}")
    wrong = await desk.submitted(2, chain=chain, batch_no="CB202405100009")
    assert len(await desk.listed(desk.district)) == 3
    await desk.give_back(desk.district, wrong.line_id, 1)
    await desk.stage_all(desk.district)
    for kind in ("immediate", "centralized"):
        await desk.submit(desk.district, enrollment_type=kind)
    sent = await desk.told(SubmittedToCenter)
    assert sorted((event.enrollment_type.value, event.heads) for event in sent) == [
        ("centralized", 1), ("immediate", 1),
    ]  # fmt: skip


@pytest.mark.row("A51", "A15", "D20", "A14")
async def test_a_line_climbs_a_chain_of_any_depth_and_shows_to_one_level_at_a_time(desk: Desk):
    """0, 1, 2 and 3 second-level unions; those that cannot review are not in the frozen chain."""
    levels = [await desk.add_union(f"二级{n}", UnionType.COMMITTEE, [desk.city, desk.district]) for n in range(3)]
    for depth in range(4):
        ids = [*levels[:depth], desk.district]
        chain = [ChainStep(union_id=union_id, name=str(at)) for at, union_id in enumerate(ids)]
        line = await desk.submitted(1, chain=chain, batch_no=f"CB20240510700{depth}")
        for step, union_id in enumerate(ids):
            seen = {u: [row["line_id"] for row in await desk.listed(u)] for u in ids}
            assert seen == {u: [str(line.line_id)] if u == union_id else [] for u in ids}
            handler = desk.bench.token(Role.HANDLER, desk.union)
            status = (await desk.get(f"/lines/{line.line_id}", handler))["line"]["unit_state"]["label"]
            assert status == ("区局确认中" if step == depth else "二级审核中")
            await desk.stage_all(union_id)
            if step < depth:
                assert (await desk.submit(union_id, status=403))["code"] == "NOT_DISTRICT_UNION"
                await desk.act(union_id, "/lines/pass-up", {})
        assert (await desk.act(desk.district, "/lines/pass-up", {}, status=409))["code"] == "NO_SUPERIOR"
        assert (await desk.submit(desk.district))["heads"] == 1


@pytest.mark.row("F027", "A61")
async def test_the_center_sees_what_was_sent_to_it_with_names_and_its_looks_at_numbers_are_on_record(desk: Desk):
    line = await desk.submitted(2)
    number = await desk.at_center()
    center = desk.bench.token(Role.CENTER, None, "center-desk")
    listed = (await desk.get("/submissions", center, submission_no=number))["items"]
    assert [row["submission_no"] for row in listed] == [number]
    people = (await desk.get(f"/submissions/{number}/people", center))["items"]
    assert sorted(person["name"] for person in people) == ["张0", "张1"]
    assert {person["masked_number"] for person in people} == {"3101**********0000"}
    member = people[0]["member_id"]
    path = f"/submissions/{number}/people/{member}/reveal"
    assert (await desk.get(path, center))["number"].startswith("31010119900101")
    async with desk.bench.database.read() as connection:
        act = await connection.fetchrow("SELECT * FROM acts WHERE name = 'number_revealed' AND subject = $1", member)
    assert (act["account"], act["role"], act["detail"]) == ("center-desk", "center", {"submission_no": number})
    await desk.get(f"/submissions/{number}/people/{uuid4()}/reveal", center, status=403)
    city = desk.bench.token(Role.MUNICIPAL, desk.city, "city")
    shown = (await desk.get(f"/submissions/{number}/people", city))["items"]
    assert {person["name"] for person in shown} == {"张*"}
    await desk.get(path, city, status=403)
    await desk.get(f"/lines/{line.line_id}", center, status=403)
    for path in ("/submissions", f"/submissions/{number}", f"/submissions/{number}/people"):
        await desk.get(path, desk.bench.token(Role.OPERATOR, None), status=403)
    await desk.get(f"/submissions/{number}", desk.reviewer(uuid4()), status=403)


async def test_a_reviewers_look_at_a_number_is_on_record_and_a_strangers_refused(desk: Desk):
    line = await desk.submitted(1)
    member = line.people[0].member_id
    path = f"/lines/{line.line_id}/people/{member}/reveal"
    assert (await desk.get(path, desk.reviewer(desk.street)))["number"] == "310101199001010000"
    for headers in (desk.reviewer(uuid4()), desk.bench.token(Role.MUNICIPAL, desk.city)):
        await desk.get(path, headers, status=403)
    async with desk.bench.database.read() as connection:
        subjects = await connection.fetch("SELECT subject FROM acts WHERE name = 'number_revealed'")
    assert [row["subject"] for row in subjects].count(str(member)) == 1


@pytest.mark.row("F026", "A61")
async def test_the_city_share_of_completed_lines_is_reported_by_year_and_plan(lone_desk: Desk):
    desk = lone_desk
    await desk.submitted(2)
    await desk.submitted(1, plan="B", plan_name="B类", batch_no="CB202405100002")
    number = await desk.at_center()
    await desk.submitted(5, batch_no="CB202405100003")
    city = desk.bench.token(Role.MUNICIPAL, desk.city, "city")
    report = await desk.get("/reports/city-share", city, year=2024)
    assert [(row["plan"], row["heads"], row["fee"]["city_fen"]) for row in report["items"]] == [
        ("A", 2, 2600), ("B", 1, 1300),
    ]  # fmt: skip
    assert report["fee"]["city_fen"] == 3900
    await desk.center_says(number, "confirmed", 3)
    [confirmed] = await desk.told(CenterConfirmed)
    assert (confirmed.fee.total_fen, confirmed.due_fen) == (7800, 3900)
    assert (await desk.get("/reports/city-share", city, year=2023))["items"] == []
    for headers in (desk.reviewer(desk.district), desk.bench.token(Role.HANDLER, desk.union)):
        await desk.get("/reports/city-share", headers, status=403)


@pytest.mark.row("F028", "F225")
async def test_every_act_is_on_record_with_account_role_and_union(desk: Desk):
    line = await desk.submitted(1)
    await desk.give_back(desk.street, line.line_id, 1)
    async with desk.bench.database.read() as connection:
        act = await connection.fetchrow("SELECT * FROM acts WHERE subject = $1", str(line.line_id))
    assert (act["name"], act["account"], act["role"], act["scope_id"]) == (
        "line_returned", "reviewer", "reviewer", desk.street,
    )  # fmt: skip
    [told] = await desk.told(BatchReturned)
    assert (told.union_id, told.reason, told.whole) == (desk.union, "证件号码有误", True)
    entry = (await desk.line(line.line_id, desk.street))["history"][-1]
    assert (entry["by"], entry["union_id"]) == ("reviewer", str(desk.street))
    assert (entry["reason"], entry["what"]["label"]) == ("证件号码有误", "退回")
