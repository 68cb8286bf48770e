"""The role and the union's level in the tree decide which commands an account is allowed to send (F023–F028, F207,
F208, A51, A61)."""

from typing import Any
from uuid import uuid4

import pytest
from integration.review_svc.review_driver import HANDLER, ReviewDriver

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


async def statuses(driver: ReviewDriver, line: BatchSubmitted, role: Role, union_id: Any) -> set[tuple[int, str]]:
    """The status codes and error codes that an account with this role gets for the commands of a reviewer."""
    found = set()
    for path, body in acts(line):
        headers = driver.bench.token(role, union_id, f"{role.value}-account")
        answer = await driver.bench.client.post(path, json=body, headers=headers)
        found.add((answer.status_code, answer.json()["code"]))
    return found


@pytest.mark.row("F023", "F027", "D02")
async def test_neither_the_maker_nor_the_center_nor_who_only_watches_reviews(driver: ReviewDriver):
    line = await driver.submitted(1)
    for role, place in (
        (Role.HANDLER, driver.union), (Role.HANDLER, driver.street), (Role.CENTER, None), (Role.OPERATOR, None),
        (Role.AUDITOR, None), (Role.MUNICIPAL, driver.city),
    ):  # fmt: skip
        assert await statuses(driver, line, role, place) == {(403, "FORBIDDEN_ROLE")}
    for path in ("/lines", "/lines/totals", "/lines/options"):
        await driver.get(path, driver.bench.token(Role.CENTER, None), status=403)
        await driver.get(path, driver.bench.token(Role.HANDLER, driver.union), status=403)


@pytest.mark.row("F024", "F208")
async def test_a_second_level_union_reviews_and_returns_but_never_submits_to_the_center(driver: ReviewDriver):
    kept, returned = await driver.submitted(1), await driver.submitted(1, batch_no="CB202405100002")
    await driver.return_people(driver.street, returned.line_id, 1)
    await driver.stage_all(driver.street)
    for path, handler in (("/submissions", {"handler": HANDLER}), ("/submissions/preview", {})):
        body = {"enrollment_type": "immediate", **handler}
        assert (await driver.act(driver.street, path, body, status=403))["code"] == "NOT_DISTRICT_UNION"
    await driver.act(driver.street, "/lines/pass-up", {"enrollment_type": "immediate"})
    assert [row["line_id"] for row in await driver.listed(driver.district)] == [str(kept.line_id)]
    assert [event.line_id for event in await driver.published(BatchReturned)] == [returned.line_id]
    assert await driver.published(SubmittedToCenter) == []


@pytest.mark.row("F025", "F207", "F211")
async def test_a_district_reviews_returns_and_submits_both_types(driver: ReviewDriver):
    chain = [ChainStep(union_id=driver.district, name="区总工会")]
    for at, kind in enumerate(("immediate", "centralized")):
        await driver.submitted(1, chain=chain, enrollment_type=kind, batch_no=f"CB20240510000{at}")
    wrong = await driver.submitted(2, chain=chain, batch_no="CB202405100009")
    assert len(await driver.listed(driver.district)) == 3
    await driver.return_people(driver.district, wrong.line_id, 1)
    await driver.stage_all(driver.district)
    for kind in ("immediate", "centralized"):
        await driver.submit(driver.district, enrollment_type=kind)
    sent = await driver.published(SubmittedToCenter)
    assert sorted((event.enrollment_type.value, event.heads) for event in sent) == [
        ("centralized", 1), ("immediate", 1),
    ]  # fmt: skip


@pytest.mark.row("A51", "A15", "D20", "A14")
async def test_a_line_climbs_a_chain_of_any_depth_and_shows_to_one_level_at_a_time(driver: ReviewDriver):
    """The chain, which is the list of reviewing unions from the lowest to the district, has 0, 1, 2 or 3 second-level
    unions. Unions that cannot review are not in the line's stored chain."""
    levels = [await driver.add_union(f"二级{n}", UnionType.COMMITTEE, [driver.city, driver.district]) for n in range(3)]
    for depth in range(4):
        ids = [*levels[:depth], driver.district]
        chain = [ChainStep(union_id=union_id, name=str(at)) for at, union_id in enumerate(ids)]
        line = await driver.submitted(1, chain=chain, batch_no=f"CB20240510700{depth}")
        for step, union_id in enumerate(ids):
            seen = {u: [row["line_id"] for row in await driver.listed(u)] for u in ids}
            assert seen == {u: [str(line.line_id)] if u == union_id else [] for u in ids}
            handler = driver.bench.token(Role.HANDLER, driver.union)
            status = (await driver.get(f"/lines/{line.line_id}", handler))["line"]["unit_state"]["label"]
            assert status == ("区局确认中" if step == depth else "二级审核中")
            await driver.stage_all(union_id)
            if step < depth:
                assert (await driver.submit(union_id, status=403))["code"] == "NOT_DISTRICT_UNION"
                await driver.act(union_id, "/lines/pass-up", {})
        assert (await driver.act(driver.district, "/lines/pass-up", {}, status=409))["code"] == "NO_SUPERIOR"
        assert (await driver.submit(driver.district))["heads"] == 1


@pytest.mark.row("F027", "A61")
async def test_the_center_sees_its_submissions_with_names_and_each_look_at_a_number_is_on_record(
    driver: ReviewDriver,
):
    line = await driver.submitted(2)
    number = await driver.at_center()
    center = driver.bench.token(Role.CENTER, None, "center-desk")
    listed = (await driver.get("/submissions", center, submission_no=number))["items"]
    assert [row["submission_no"] for row in listed] == [number]
    people = (await driver.get(f"/submissions/{number}/people", center))["items"]
    assert sorted(person["name"] for person in people) == ["张0", "张1"]
    assert {person["masked_number"] for person in people} == {"3101**********0000"}
    member = people[0]["member_id"]
    path = f"/submissions/{number}/people/{member}/reveal"
    assert (await driver.get(path, center))["number"].startswith("31010119900101")
    async with driver.bench.database.read() as connection:
        act = await connection.fetchrow(
            "SELECT * FROM audit_log WHERE name = 'number_revealed' AND subject = $1", member
        )
    assert (act["account"], act["role"], act["detail"]) == ("center-desk", "center", {"submission_no": number})
    await driver.get(f"/submissions/{number}/people/{uuid4()}/reveal", center, status=403)
    city = driver.bench.token(Role.MUNICIPAL, driver.city, "city")
    shown = (await driver.get(f"/submissions/{number}/people", city))["items"]
    assert {person["name"] for person in shown} == {"张*"}
    await driver.get(path, city, status=403)
    await driver.get(f"/lines/{line.line_id}", center, status=403)
    for path in ("/submissions", f"/submissions/{number}", f"/submissions/{number}/people"):
        await driver.get(path, driver.bench.token(Role.OPERATOR, None), status=403)
    await driver.get(f"/submissions/{number}", driver.reviewer(uuid4()), status=403)


async def test_a_reviewers_look_at_a_number_is_on_record_and_a_strangers_refused(driver: ReviewDriver):
    line = await driver.submitted(1)
    member = line.people[0].member_id
    path = f"/lines/{line.line_id}/people/{member}/reveal"
    assert (await driver.get(path, driver.reviewer(driver.street)))["number"] == "310101199001010000"
    for headers in (driver.reviewer(uuid4()), driver.bench.token(Role.MUNICIPAL, driver.city)):
        await driver.get(path, headers, status=403)
    async with driver.bench.database.read() as connection:
        subjects = await connection.fetch("SELECT subject FROM audit_log WHERE name = 'number_revealed'")
    assert [row["subject"] for row in subjects].count(str(member)) == 1


@pytest.mark.row("F026", "A61")
async def test_the_city_share_of_completed_lines_is_reported_by_year_and_plan(lone_driver: ReviewDriver):
    driver = lone_driver
    await driver.submitted(2)
    await driver.submitted(1, plan="B", plan_name="B类", batch_no="CB202405100002")
    number = await driver.at_center()
    await driver.submitted(5, batch_no="CB202405100003")
    city = driver.bench.token(Role.MUNICIPAL, driver.city, "city")
    report = await driver.get("/reports/city-share", city, year=2024)
    assert [(row["plan"], row["heads"], row["fee"]["city_fen"]) for row in report["items"]] == [
        ("A", 2, 2600), ("B", 1, 1300),
    ]  # fmt: skip
    assert report["fee"]["city_fen"] == 3900
    await driver.center_decides(number, "confirmed", 3)
    [confirmed] = await driver.published(CenterConfirmed)
    assert (confirmed.fee.total_fen, confirmed.due_fen) == (7800, 3900)
    assert (await driver.get("/reports/city-share", city, year=2023))["items"] == []
    for headers in (driver.reviewer(driver.district), driver.bench.token(Role.HANDLER, driver.union)):
        await driver.get("/reports/city-share", headers, status=403)


@pytest.mark.row("F028", "F225")
async def test_every_act_is_on_record_with_account_role_and_union(driver: ReviewDriver):
    line = await driver.submitted(1)
    await driver.return_people(driver.street, line.line_id, 1)
    async with driver.bench.database.read() as connection:
        act = await connection.fetchrow("SELECT * FROM audit_log WHERE subject = $1", str(line.line_id))
    assert (act["name"], act["account"], act["role"], act["scope_id"]) == (
        "line_returned", "reviewer", "reviewer", driver.street,
    )  # fmt: skip
    [event] = await driver.published(BatchReturned)
    assert (event.union_id, event.reason, event.whole) == (driver.union, "证件号码有误", True)
    entry = (await driver.line(line.line_id, driver.street))["history"][-1]
    assert (entry["by"], entry["union_id"]) == ("reviewer", str(driver.street))
    assert (entry["reason"], entry["what"]["label"]) == ("证件号码有误", "退回")
