"""What reviewers must not be able to do to a line or to the decision of another reviewer, not even by mistake."""

import asyncio

import asyncpg
import pytest
from integration.review_svc.review_driver import HANDLER, ReviewDriver

from contracts.reviews import BatchCompleted, BatchReturned, BatchWithdrawn, SubmittedToCenter


@pytest.mark.row("D19")
async def test_of_two_reviewers_at_one_line_the_second_gets_stale_version(driver: ReviewDriver):
    line = await driver.submitted(2)
    body = {"lines": [{"line_id": str(line.line_id), "version": 1}]}
    post, headers = driver.bench.client.post, [driver.reviewer(driver.street, name) for name in ("first", "second")]
    answers = await asyncio.gather(*(post("/lines/stage", json=body, headers=each) for each in headers))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    [refused] = [answer.json() for answer in answers if answer.status_code == 409]
    assert refused["code"] == "STALE_VERSION"


@pytest.mark.row("D19")
async def test_of_an_add_and_a_return_at_the_same_moment_one_wins(driver: ReviewDriver):
    lines = [await driver.submitted(2, batch_no=f"CB20240510100{n}") for n in range(4)]
    acts = []
    for line in lines:
        added = {"lines": [{"line_id": str(line.line_id), "version": 1}]}
        acts += [
            ("/lines/stage", added, "first"),
            (f"/lines/{line.line_id}/return", {"reason": "错", "version": 1}, "second"),
        ]
    post = driver.bench.client.post
    answers = await asyncio.gather(
        *(post(path, json=body, headers=driver.reviewer(driver.street, account)) for path, body, account in acts)
    )
    pairs = [sorted(answer.status_code for answer in answers[n : n + 2]) for n in range(0, 8, 2)]
    assert pairs == [[200, 409]] * 4
    staged = len(await driver.listed(driver.street, "staged"))
    assert staged + len(await driver.published(BatchReturned)) == 4


@pytest.mark.row("D19", "F244")
async def test_two_clicks_of_two_reviewers_make_one_submission(driver: ReviewDriver):
    await driver.submitted(2)
    await driver.passed_up()
    await driver.stage_all(driver.district)
    body = {"enrollment_type": "immediate", "handler": HANDLER}
    post, headers = driver.bench.client.post, [driver.reviewer(driver.district, name) for name in ("first", "second")]
    answers = await asyncio.gather(*(post("/submissions", json=body, headers=each) for each in headers))
    assert sorted(answer.status_code for answer in answers) == [201, 409]
    assert (len(await driver.published(SubmittedToCenter)), len(await driver.published(BatchCompleted))) == (1, 1)


@pytest.mark.row("D19")
async def test_one_stale_line_of_a_selection_moves_none(driver: ReviewDriver):
    first, second = await driver.submitted(1), await driver.submitted(1, batch_no="CB202405100002")
    lines = [{"line_id": str(first.line_id), "version": 1}, {"line_id": str(second.line_id), "version": 7}]
    assert (await driver.act(driver.street, "/lines/stage", {"lines": lines}, status=409))["code"] == "STALE_VERSION"
    assert await driver.listed(driver.street, "staged") == []


@pytest.mark.row("A48")
async def test_an_empty_choice_of_people_never_returns_the_whole_line(driver: ReviewDriver):
    line = await driver.submitted(2)
    body = {"reason": "错", "member_ids": [], "version": 1}
    answer = await driver.act(driver.street, f"/lines/{line.line_id}/return", body, status=422)
    assert answer["code"] == "SELECTION_EMPTY"
    assert await driver.published(BatchReturned) == []


@pytest.mark.row("A48")
async def test_a_staged_line_is_returned_only_after_it_was_removed(driver: ReviewDriver):
    line = await driver.submitted(2)
    await driver.stage_all(driver.street)
    body = {"reason": "错", "version": 2}
    answer = await driver.act(driver.street, f"/lines/{line.line_id}/return", body, status=409)
    assert answer["code"] == "LINE_NOT_PENDING"


@pytest.mark.row("D18", "F225")
async def test_a_return_without_a_reason_is_refused(driver: ReviewDriver):
    line = await driver.submitted(2)
    body = {"reason": "  ", "version": 1}
    assert (await driver.act(driver.street, f"/lines/{line.line_id}/return", body, status=422))[
        "code"
    ] == "REASON_MISSING"


@pytest.mark.row("A48")
async def test_many_returned_people_are_published_in_parts(driver: ReviewDriver):
    lines = driver.parts(1100)
    for part in lines:
        await driver.bench.deliver(part, cause=part.line_id)
    members = [str(person.member_id) for part in lines for person in part.people]
    body = {"reason": "错", "member_ids": members[:1001], "version": 1}
    await driver.act(driver.street, f"/lines/{lines[0].line_id}/return", body)
    events = await driver.published(BatchReturned)
    assert [(event.part.index, event.part.count, len(event.member_ids)) for event in events] == [
        (0, 3, 500), (1, 3, 500), (2, 3, 1),
    ]  # fmt: skip
    assert {event.heads for event in events} == {99}
    assert {str(member) for event in events for member in event.member_ids} == set(members[:1001])


@pytest.mark.row("D03")
async def test_no_account_reviews_a_line_that_it_or_its_union_submitted(driver: ReviewDriver):
    mine = await driver.submitted(1, submitted_by="reviewer")
    own = await driver.submitted(1, union_id=driver.street, batch_no="CB202405100002")
    for line in (mine, own):
        body = {"lines": [{"line_id": str(line.line_id), "version": 1}]}
        assert (await driver.act(driver.street, "/lines/stage", body, status=403))["code"] == "OWN_SUBMISSION"


@pytest.mark.row("A50")
async def test_a_line_can_be_withdrawn_again_after_it_was_removed_from_the_staged(driver: ReviewDriver):
    line = await driver.submitted(2)
    await driver.stage_all(driver.street)
    await driver.bench.deliver(driver.withdrawal(line))
    [row] = await driver.listed(driver.street, "staged")
    await driver.act(
        driver.street, "/lines/unstage", {"lines": [{"line_id": row["line_id"], "version": row["version"]}]}
    )
    await driver.bench.deliver(driver.withdrawal(line))
    [withdrawn] = await driver.published(BatchWithdrawn)
    assert withdrawn.line_id == line.line_id
    answer = await driver.bench.client.get(f"/lines/{line.line_id}", headers=driver.reviewer(driver.street))
    happened = [entry["what"]["code"] for entry in answer.json()["history"]]
    assert happened == ["submitted", "staged", "withdrawal_refused", "unstaged", "withdrawn"]


@pytest.mark.row("A52")
async def test_a_list_that_changed_behind_the_dialog_is_not_submitted(driver: ReviewDriver):
    await driver.submitted(2)
    await driver.passed_up()
    await driver.stage_all(driver.district)
    body = {"enrollment_type": "immediate", "handler": HANDLER, "heads": 1, "total_fen": 2600}
    answer = await driver.act(driver.district, "/submissions", body, status=409)
    assert (answer["code"], answer["detail"]) == ("TOTAL_CHANGED", {"heads": 2, "total_fen": 5200})
    await driver.act(driver.district, "/submissions", body | {"heads": 2, "total_fen": 5200}, status=201)


@pytest.mark.row("A52")
async def test_a_submission_holds_the_ticked_lines_of_one_enrollment_type(driver: ReviewDriver):
    first = await driver.submitted(1)
    await driver.submitted(2, batch_no="CB202405100002")
    other = await driver.submitted(4, enrollment_type="centralized", batch_no="CB202405100003")
    await driver.passed_up()
    await driver.stage_all(driver.district)
    body = {"enrollment_type": "immediate", "handler": HANDLER}
    ids = [str(first.line_id), str(other.line_id)]
    answer = await driver.act(driver.district, "/submissions", body | {"line_ids": ids}, status=422)
    assert answer["code"] == "MIXED_ENROLLMENT_TYPES"
    answer = await driver.act(driver.district, "/submissions", body | {"line_ids": ids[:1]}, status=201)
    assert (answer["lines"], answer["heads"]) == (1, 1)
    answer = await driver.act(driver.district, "/submissions", body, status=201)
    assert (answer["lines"], answer["heads"]) == (1, 2)


async def test_a_line_whose_people_are_not_all_there_is_set_aside(lone_driver: ReviewDriver):
    [short] = lone_driver.parts(2)
    await lone_driver.bench.deliver(short.model_copy(update={"heads": 3}), cause=short.line_id)
    [letter] = await lone_driver.bench.dead_letters()
    assert "LineIncomplete" in letter
    assert await lone_driver.listed(lone_driver.street) == []


@pytest.mark.row("F213")
async def test_parts_of_two_lines_may_interleave(lone_driver: ReviewDriver):
    first, second = lone_driver.parts(1000), lone_driver.parts(600, batch_no="CB202405100002")
    for part in (first[0], second[0], second[1], first[1]):
        await lone_driver.bench.deliver(part, cause=part.line_id)
    assert await lone_driver.bench.dead_letters() == []
    assert sorted(line["heads"] for line in await lone_driver.listed(lone_driver.street)) == [600, 1000]


@pytest.mark.row("D18")
async def test_the_history_of_a_line_cannot_be_rewritten(driver: ReviewDriver):
    """The service lacks the privileges to change the history, and triggers stop even the owner of the table."""
    await driver.submitted(1)
    async with driver.bench.database.connection() as connection:
        for statement in ("UPDATE line_history SET reason = 'x'", "DELETE FROM line_history", "TRUNCATE line_history"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(statement)
            async with connection.transaction():
                await connection.execute("SET LOCAL ROLE NONE")
                with pytest.raises(asyncpg.RaiseError):
                    await connection.execute(statement)


@pytest.mark.row("D04", "D18")
async def test_every_decision_of_a_reviewer_leads_to_its_row_in_the_audit_log(driver: ReviewDriver):
    """Staging and passing up publish no event, and their audit rows name no line. The id of the command joins an entry
    of the line's history with its audit row.
    """
    line = await driver.submitted(2)
    await driver.at_center()
    async with driver.bench.database.read() as connection:
        found = await connection.fetch(
            """SELECT h.what, a.name FROM line_history AS h JOIN audit_log AS a
               ON a.command_id = h.cause_id AND a.account = h.account WHERE h.line_id = $1 ORDER BY h.id""",
            line.line_id,
        )
    assert [tuple(row) for row in found] == [
        ("staged", "lines_staged"),
        ("passed_up", "lines_passed_up"),
        ("staged", "lines_staged"),
        ("completed", "submitted_to_center"),
    ]


async def test_handler_and_people_are_sealed_at_rest(lone_driver: ReviewDriver):
    await lone_driver.submitted(1)
    await lone_driver.at_center()
    async with lone_driver.bench.database.read() as connection:
        blobs = await connection.fetch("SELECT handler FROM submissions UNION ALL SELECT sealed FROM line_parts")
        bodies = await connection.fetch("SELECT body::text FROM jobs")
        payloads = await connection.fetch("SELECT payload FROM outbox")
    kept = b"|".join([row[0] for row in [*blobs, *payloads]]) + "|".join(row[0] for row in bodies).encode()
    for secret in (HANDLER["name"], HANDLER["mobile"], HANDLER["email"], "张0", "310101199001010000"):
        assert secret.encode() not in kept
