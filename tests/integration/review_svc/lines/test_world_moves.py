"""What happens to lines under review when people or unions change, when days pass, and when the center decides (A01,
A48, A53, A54, A56, D18)."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from integration.review_svc.review_driver import RATE, ReviewDriver

from chassis.domain import SHANGHAI
from contracts.enrollments import BatchSubmitted, ChainStep, PeopleFlagged, PersonFlag
from contracts.fields import Part, Shares
from contracts.notices import ReviewNotice
from contracts.reviews import BatchCompleted, BatchReassigned, BatchReturned, CenterRejected, SubmittedToCenter
from contracts.words import EmploymentStatus, Role, StartRule, Term, UnionType

HALF = Shares.of(city=650, district=650)


def flagged(driver: ReviewDriver, line: BatchSubmitted, *employments: EmploymentStatus) -> PeopleFlagged:
    flags = [
        PersonFlag(member_id=person.member_id, employment=employment)
        for person, employment in zip(line.people, employments, strict=False)
    ]
    return PeopleFlagged(
        batch_no=line.batch_no, line_id=line.line_id, union_id=line.union_id, unit_id=line.unit_id,
        part=Part(index=0, count=1), flags=flags, flagged_at=driver.bench.clock.now(),
    )  # fmt: skip


@pytest.mark.row("A54")
async def test_people_who_retire_or_die_under_review_are_marked_for_the_reviewer_and_stay(driver: ReviewDriver):
    line = await driver.submitted(3)
    event = flagged(driver, line, EmploymentStatus.DECEASED, EmploymentStatus.RETIRED, EmploymentStatus.UNCLEAR)
    records = await driver.bench.deliver(event)
    await driver.bench.redeliver(records)
    [row] = await driver.listed(driver.street, flagged="true")
    assert (row["flagged"], row["heads"], row["state"]["code"], row["version"]) == (2, 3, "pending", 2)
    path = f"/lines/{line.line_id}/people"
    people = (await driver.get(path, driver.reviewer(driver.street), flagged="true"))["items"]
    assert sorted(person["flag"]["label"] for person in people) == ["死亡", "退休"]
    [notice] = await driver.published(ReviewNotice)
    assert (notice.kind.value, notice.union_id, notice.about) == ("people_flagged", driver.street, line.batch_no)
    body = {"lines": [{"line_id": row["line_id"], "version": 1}]}
    assert (await driver.act(driver.street, "/lines/stage", body, status=409))["code"] == "STALE_VERSION"
    returned = await driver.return_people(driver.street, line.line_id, 2, member_ids=[str(line.people[0].member_id)])
    assert (returned["returned"], returned["heads"]) == (1, 2)
    [row] = await driver.listed(driver.street)
    assert (row["flagged"], row["heads"]) == (1, 2)
    await driver.passed_up()
    assert [row["flagged"] for row in await driver.listed(driver.district)] == [1]


@pytest.mark.row("A54")
async def test_a_flag_that_comes_after_the_end_changes_nothing_and_one_taken_back_is_gone(driver: ReviewDriver):
    line = await driver.submitted(1)
    await driver.bench.deliver(flagged(driver, line, EmploymentStatus.RETIRED))
    await driver.bench.deliver(flagged(driver, line, EmploymentStatus.EMPLOYED))
    assert (await driver.listed(driver.street))[0]["flagged"] == 0
    await driver.at_center()
    await driver.bench.deliver(flagged(driver, line, EmploymentStatus.DECEASED))
    [row] = await driver.listed(driver.district, "all")
    assert (row["flagged"], row["state"]["code"]) == (0, "completed")
    kinds = [notice.kind.value for notice in await driver.published(ReviewNotice)]
    assert kinds == ["people_flagged"]


@pytest.mark.row("A48", "A16", "D18")
async def test_a_partial_return_keeps_number_times_state_and_dates_and_moves_heads_money_and_version(
    driver: ReviewDriver,
):
    line = await driver.submitted(3)
    [before] = await driver.listed(driver.street)
    driver.bench.clock.instant += timedelta(hours=2)
    await driver.return_people(driver.street, line.line_id, 1, member_ids=[str(line.people[1].member_id)])
    [after] = await driver.listed(driver.street)
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"heads", "fee", "version", "updated_at"}
    assert (after["heads"], after["fee"], after["version"]) == (2, RATE.times(2).model_dump(), 2)
    [event] = await driver.published(BatchReturned)
    assert (event.member_ids, event.reason, event.returned_by_union_id) == (
        [line.people[1].member_id], "证件号码有误", driver.street,
    )  # fmt: skip
    people = await driver.get(f"/lines/{line.line_id}/people", driver.reviewer(driver.street), state="returned")
    assert [person["member_id"] for person in people["items"]] == [str(line.people[1].member_id)]


@pytest.mark.row("D18", "F211", "A49")
async def test_the_reviewer_of_a_resubmission_sees_the_rounds_before_it(driver: ReviewDriver):
    first = await driver.submitted(2)
    await driver.return_people(driver.street, first.line_id, 1)
    again = {"unit_id": first.unit_id, "round": 2, "replaces": first.batch_no}
    second = await driver.submitted(2, batch_no="CB202405110001", **again)
    [row] = await driver.listed(driver.street)
    assert (row["batch_no"], row["round"], row["replaces"]) == ("CB202405110001", 2, first.batch_no)
    detail = await driver.line(second.line_id, driver.street)
    [round_] = detail["earlier_rounds"]
    assert (round_["batch_no"], round_["round"], round_["reason"]) == (first.batch_no, 1, "证件号码有误")
    ended = (await driver.line(first.line_id, driver.street))["line"]
    assert (ended["state"]["label"], ended["heads"], ended["fee"]["total_fen"]) == ("已退回", 0, 0)


async def approved(driver: ReviewDriver, on: datetime, *, status: int = 201, **more: object) -> dict:
    """Create a line whose cover dates are set at the approval, and send it to the center at the instant `on`."""
    forecast = {"start_rule": StartRule.APPROVE_NEXT_DAY, "half_year_rate": HALF, "half_year_from": "07-01"} | more
    await driver.submitted(2, chain=[ChainStep(union_id=driver.district, name="区")], **forecast)
    await driver.stage_all(driver.district)
    driver.bench.clock.instant = on
    return await driver.submit(driver.district, status=status)


@pytest.mark.row("A01", "D27")
async def test_a_cover_settled_at_the_approval_takes_its_day_term_and_price(driver: ReviewDriver):
    for day, term, rate in ((29, Term.FULL_YEAR, RATE), (30, Term.HALF_YEAR, HALF)):
        answer = await approved(driver, datetime(2024, 6, day, 23, 59, 59, tzinfo=SHANGHAI))
        assert answer["fee"] == rate.times(2).model_dump()
        completed = (await driver.published(BatchCompleted))[-1]
        assert (completed.start_on.isoformat(), completed.term) == (
            ["2024-06-30", "2024-07-01"][day - 29], term,
        )  # fmt: skip
        assert (completed.rate, completed.fee, completed.end_on.isoformat()) == (rate, rate.times(2), "2024-12-31")
        sent = (await driver.published(SubmittedToCenter))[-1]
        assert sent.fee == sent.lines[0].fee == rate.times(2)
        row = (await driver.line(completed.line_id, driver.district))["line"]
        assert (row["term"]["code"], row["fee"]) == (term.value, rate.times(2).model_dump())


@pytest.mark.row("A01", "A02")
async def test_an_approval_of_the_last_day_is_refused_and_changes_nothing(driver: ReviewDriver):
    refused = await approved(driver, datetime(2024, 12, 31, 0, 0, tzinfo=SHANGHAI), status=409)
    assert refused["code"] == "YEAR_CLOSED"
    [row] = await driver.listed(driver.district, "staged")
    assert refused["detail"] == {"line_ids": [row["line_id"]]}
    body = {"enrollment_type": "immediate"}
    assert (await driver.act(driver.district, "/submissions/preview", body, status=409))["code"] == "YEAR_CLOSED"


async def test_a_half_year_start_without_a_half_year_rate_is_refused(driver: ReviewDriver):
    refused = await approved(driver, datetime(2024, 8, 1, 9, tzinfo=SHANGHAI), status=409, half_year_rate=None)
    assert refused["code"] == "RATE_MISSING"


@pytest.mark.row("A01", "A53")
async def test_a_line_that_the_center_rejected_keeps_its_dates_and_price(driver: ReviewDriver):
    number = (await approved(driver, datetime(2024, 6, 20, 9, tzinfo=SHANGHAI)))["submission_no"]
    await driver.center_decides(number, "rejected", 2)
    await driver.stage_all(driver.district)
    driver.bench.clock.instant = datetime(2024, 12, 31, 9, tzinfo=SHANGHAI)
    again = await driver.submit(driver.district)
    assert again["submission_no"] != number
    assert again["fee"] == RATE.times(2).model_dump()
    last = (await driver.published(BatchCompleted))[-1]
    assert (last.start_on, last.rate) == (None, None)


@pytest.mark.row("A01", "A55")
async def test_lines_with_dates_of_their_own_complete_after_the_year_is_over(driver: ReviewDriver):
    answer = await approved(
        driver, datetime(2025, 1, 3, 9, tzinfo=SHANGHAI), start_rule=StartRule.SUBMIT_NEXT_DAY
    )  # fmt: skip
    assert answer["fee"] == RATE.times(2).model_dump()


@pytest.mark.row("A56")
async def test_lines_of_a_unit_that_moved_keep_their_reviewers_and_the_new_superior_does_not_see_them(
    driver: ReviewDriver,
):
    old = await driver.submitted(1)
    elsewhere = await driver.add_union("另一个街道", UnionType.STREET, [driver.city, driver.district])
    parents = [driver.city, driver.district, elsewhere]
    await driver.add_union("工会委员会", UnionType.COMMITTEE, parents, union_id=driver.union)
    chain = [ChainStep(union_id=elsewhere, name="另一个街道"), ChainStep(union_id=driver.district, name="区")]
    new = await driver.submitted(1, chain=chain, batch_no="CB202405110001")
    assert [row["line_id"] for row in await driver.listed(driver.street)] == [str(old.line_id)]
    assert [row["line_id"] for row in await driver.listed(elsewhere)] == [str(new.line_id)]
    await driver.get(f"/lines/{old.line_id}", driver.reviewer(elsewhere), status=403)
    await driver.line(old.line_id, driver.street)


@pytest.mark.row("A56", "D06")
async def test_the_city_gives_the_open_lines_of_a_closed_union_to_another(driver: ReviewDriver):
    first = await driver.submitted(2)
    second = await driver.submitted(1, batch_no="CB202405100002")
    done = await driver.submitted(1, batch_no="CB202405100003")
    await driver.return_people(driver.street, done.line_id, 1)
    await driver.stage_all(driver.street)
    heir = await driver.add_union("接收的街道总工会", UnionType.STREET, [driver.city, driver.district])
    body = {"from_union_id": str(driver.street), "to_union_id": str(heir), "reason": "街道撤并"}
    assert (await reassigned(driver, body, status=409))["code"] == "UNION_STILL_ACTIVE"
    parents = [driver.city, driver.district]
    await driver.add_union("街道总工会", UnionType.STREET, parents, union_id=driver.street, active=False)
    assert (await reassigned(driver, body | {"reason": " "}, status=422))["code"] == "REASON_MISSING"
    assert (await reassigned(driver, body | {"to_union_id": str(uuid4())}, status=403))["code"] == "FORBIDDEN"
    assert await reassigned(driver, body) == {"lines": 2, "heads": 3}
    assert (await reassigned(driver, body, status=409))["code"] == "NO_OPEN_LINES"
    assert await driver.listed(driver.street) == await driver.listed(driver.street, "staged") == []
    rows = await driver.listed(heir)
    assert {row["line_id"] for row in rows} == {str(first.line_id), str(second.line_id)}
    assert {row["reviewer"] for row in rows} == {"接收的街道总工会"}
    events = await driver.published(BatchReassigned)
    assert {(event.from_union_id, event.to_union_id, event.reason) for event in events} == {
        (driver.street, heir, "街道撤并")
    }  # fmt: skip
    [notice] = [notice for notice in await driver.published(ReviewNotice) if notice.kind.value == "reassigned"]
    assert (notice.union_id, notice.role) == (heir, Role.REVIEWER)
    entry = (await driver.line(first.line_id, heir))["history"][-1]
    assert (entry["what"]["code"], entry["reason"]) == ("reassigned", "街道撤并")
    await driver.stage_all(heir)
    await driver.act(heir, "/lines/pass-up", {})
    assert len(await driver.listed(driver.district)) == 2


async def test_only_the_city_reassigns(driver: ReviewDriver):
    body = {"from_union_id": str(driver.street), "to_union_id": str(driver.district), "reason": "撤并"}
    await driver.act(driver.district, "/lines/reassign", body, status=403)


@pytest.mark.row("D06", "F246", "F247", "A53")
async def test_the_district_gets_one_notice_for_each_answer_of_the_center(driver: ReviewDriver):
    first = await driver.submitted(2)
    await driver.submitted(1, batch_no="CB202405100002")
    number = await driver.at_center()
    for _ in range(2):
        await driver.center_decides(number, "rejected", 2, line_ids=[str(first.line_id)])
    for _ in range(2):
        await driver.center_decides(number, "confirmed", 1)
    feedback = {"submission_no": number, "version": 1, "result": "accepted", "given_at": "2024-05-20T10:00:00+08:00"}
    for _ in range(2):
        headers = driver.bench.token(Role.CENTER, None, "center")
        await driver.bench.client.post("/center/feedback", json=feedback, headers=headers)
    notices = await driver.published(ReviewNotice)
    kinds = [notice.kind.value for notice in notices]
    assert kinds == ["center_rejected", "center_confirmed", "center_feedback"]
    assert {(notice.union_id, notice.role, notice.about) for notice in notices} == {
        (driver.district, Role.REVIEWER, number)
    }  # fmt: skip
    assert "张" not in "".join(notice.text for notice in notices)
    assert len(await driver.published(CenterRejected)) == 1


async def reassigned(driver: ReviewDriver, body: dict, *, status: int = 200) -> dict:
    headers = driver.bench.token(Role.MUNICIPAL, driver.city, "city")
    answer = await driver.bench.client.post("/lines/reassign", json=body, headers=headers)
    assert answer.status_code == status, answer.text
    return answer.json()
