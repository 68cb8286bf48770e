"""An import or a click leads to the registries' answers (F096–F121, D12–D14, A38, A42, A44)."""

import asyncio
from contextlib import suppress
from typing import Any
from uuid import uuid4

import pytest

from contracts.fields import Part
from contracts.words import CardStatus, DocumentType, EmploymentStatus

RESIDENT, PASSPORT = DocumentType.RESIDENT_ID, DocumentType.PASSPORT


async def rows_of(checker: Any, statement: str) -> list[Any]:
    async with checker.bench.database.read() as connection:
        return await connection.fetch(statement)  # type: ignore[no-any-return]


@pytest.mark.row("F097", "A38", "A42", "A44")
async def test_import_part_becomes_statuses_of_everybody_asked_or_not(checker: Any) -> None:
    checker.city.knows("R1", "1", "10")
    checker.city.knows("R2", "2", "20")
    checker.city.knows("P1", "1", "10")
    event, cause = checker.imported(
        ("R1", RESIDENT, False), ("R2", RESIDENT, True), ("P1", PASSPORT, False), ("P1", PASSPORT, True)
    )
    await checker.bench.deliver(event, cause=cause)
    await checker.bench.run_jobs()
    [verified] = await checker.verified()
    assert (verified.job_id, verified.unit_id, verified.part, verified.source) == (
        event.import_id,
        checker.unit_id,
        Part(index=0, count=1),
        "city-registries",
    )
    assert [(s.card, s.card_asked, s.employment) for s in verified.statuses] == [
        (CardStatus.NORMAL, True, EmploymentStatus.EMPLOYED),
        (None, False, EmploymentStatus.RETIRED),
        (None, False, None),
        (None, False, EmploymentStatus.EMPLOYED),
    ]
    assert [s.employment_asked for s in verified.statuses] == [True, True, False, True]
    assert [s.member_id for s in verified.statuses] == [m.member_id for m in event.members]
    assert sorted(checker.city.asked) == [("card", ["R1"]), ("employment", ["R1", "R2", "P1"])]


@pytest.mark.row("F096")
async def test_click_asks_the_card_registry_only_where_the_card_matters(checker: Any) -> None:
    checker.city.knows("R1", "1", "10")
    checker.city.knows("R2", "1", "90")
    event, cause = checker.requested(("R1", True), ("R2", False))
    await checker.bench.deliver(event, cause=cause)
    await checker.bench.run_jobs()
    [verified] = await checker.verified()
    assert verified.job_id == event.job_id
    assert [(s.card, s.employment) for s in verified.statuses] == [
        (CardStatus.NORMAL, EmploymentStatus.EMPLOYED),
        (None, EmploymentStatus.UNCLEAR),
    ]
    assert sorted(checker.city.asked) == [("card", ["R1"]), ("employment", ["R1", "R2"])]


async def test_import_without_a_check_asks_no_registry(checker: Any) -> None:
    event, cause = checker.imported(("R1", RESIDENT, False), check=False)
    await checker.bench.deliver(event, cause=cause)
    assert await checker.bench.run_jobs() == 0
    assert checker.city.asked == []


async def test_part_in_which_nobody_is_asked_is_still_published(checker: Any) -> None:
    event, cause = checker.imported(("P1", PASSPORT, False))
    await checker.bench.deliver(event, cause=cause)
    await checker.bench.run_jobs()
    [verified] = await checker.verified()
    assert (verified.statuses[0].card, verified.statuses[0].employment) == (None, None)
    assert checker.city.asked == []


@pytest.mark.row("D14", "A19")
async def test_unknown_code_is_unclear_and_no_record_is_neither(checker: Any) -> None:
    checker.city.knows("R1", "99", "11")
    event, cause = checker.imported(("R1", RESIDENT, False), ("R2", RESIDENT, False))
    await checker.bench.deliver(event, cause=cause)
    await checker.bench.run_jobs()
    [verified] = await checker.verified()
    unknown, nowhere = verified.statuses
    assert (unknown.card, unknown.card_raw) == (CardStatus.UNCLEAR, "99")
    assert (unknown.employment, unknown.employment_raw) == (EmploymentStatus.UNCLEAR, "11")
    assert (nowhere.card, nowhere.card_raw, nowhere.card_asked) == (None, None, True)


async def test_second_delivery_asks_nothing_and_publishes_nothing(checker: Any) -> None:
    event, cause = checker.imported(("R1", RESIDENT, False))
    records = await checker.bench.deliver(event, cause=cause)
    await checker.bench.run_jobs()
    await checker.bench.redeliver(records)
    await checker.bench.deliver(event, cause=cause)
    assert await checker.bench.run_jobs() == 0
    assert len(await checker.verified()) == 1
    assert len(checker.city.asked) == 2


@pytest.mark.row("D12")
async def test_registry_that_was_down_is_asked_again_and_the_other_is_not(checker: Any) -> None:
    checker.city.knows("R1", "1", "10")
    checker.city.down = {"employment"}
    event, cause = checker.imported(("R1", RESIDENT, False))
    await checker.bench.deliver(event, cause=cause)
    await checker.bench.run_jobs()
    assert await checker.verified() == []
    checker.city.down = set()
    checker.city.asked.clear()
    await checker.retry_now()
    [verified] = await checker.verified()
    assert (verified.statuses[0].card, verified.statuses[0].employment) == (
        CardStatus.NORMAL,
        EmploymentStatus.EMPLOYED,
    )
    assert checker.city.asked == [("employment", ["R1"])]


@pytest.mark.row("D12")
async def test_killed_worker_leaves_nobody_unchecked_and_nobody_checked_twice(checker: Any) -> None:
    numbers = [f"R{index}" for index in range(3)]
    for index, number in enumerate(numbers):
        checker.city.knows(number, "1", "10")
        event, cause = checker.imported((number, RESIDENT, False), part=Part(index=index, count=3))
        await checker.bench.deliver(event, cause=cause)
    checker.city.silent_about = "R1"
    worker = asyncio.create_task(checker.bench.run_jobs())
    await checker.city.silent.wait()
    worker.cancel()
    with suppress(asyncio.CancelledError):
        await worker
    before = len(await checker.verified())
    assert before < len(numbers)
    checker.city.silent_about = None
    await checker.retry_now()
    verified = await checker.verified()
    assert len(verified) == len(numbers)
    assert len({status.member_id for event in verified for status in event.statuses}) == len(numbers)
    for registry in ("card", "employment"):
        numbers_asked = sorted(number for name, people in checker.city.asked for number in people if name == registry)
        assert numbers_asked == ["R0", "R1", "R1", "R2"]


@pytest.mark.row("D12")
async def test_partial_reply_is_completed_by_asking_for_the_left_out_only(checker: Any) -> None:
    checker.city.knows("R1", "1", "10")
    checker.city.knows("R2", "1", "10")
    checker.city.leave_out = {"card": {"R2"}}
    event, cause = checker.imported(("R1", RESIDENT, False), ("R2", RESIDENT, False), ("R3", RESIDENT, False))
    await checker.bench.deliver(event, cause=cause)
    await checker.bench.run_jobs()
    [verified] = await checker.verified()
    assert [s.card for s in verified.statuses] == [CardStatus.NORMAL, CardStatus.NORMAL, None]
    assert [people for registry, people in checker.city.asked if registry == "card"] == [
        ["R1", "R2", "R3"],
        ["R2", "R3"],
    ]


async def test_numbers_are_sealed_while_they_wait_and_erased_when_answered(checker: Any) -> None:
    event, cause = checker.imported(("310101199003071230", RESIDENT, False))
    await checker.bench.deliver(event, cause=cause)
    [waiting] = await rows_of(checker, "SELECT numbers, people::text AS people FROM check_parts")
    assert b"310101199003071230" not in waiting["numbers"]
    assert "310101199003071230" not in waiting["people"]
    await checker.bench.run_jobs()
    [answered] = await rows_of(checker, "SELECT numbers, answered_at FROM check_parts")
    assert answered["numbers"] is None
    assert answered["answered_at"] is not None


async def test_part_that_does_not_match_its_sealed_block_is_set_aside(checker: Any) -> None:
    event, cause = checker.imported(("R1", RESIDENT, False), ("R2", RESIDENT, False))
    short = event.model_copy(update={"members": event.members[:1]})
    await checker.bench.deliver(short, cause=cause)
    assert len(await checker.bench.dead_letters()) == 1
    assert await checker.bench.run_jobs() == 0


async def test_job_is_done_when_every_part_is_answered(checker: Any) -> None:
    import_id = uuid4()
    for index in range(2):
        event, cause = checker.imported(
            (f"R{index}", RESIDENT, False), part=Part(index=index, count=2), import_id=import_id
        )
        await checker.bench.deliver(event, cause=cause)
        headers = checker.bench.token("handler", checker.union_id)
        before = (await checker.bench.client.get(f"/jobs/{import_id}", headers=headers)).json()
        assert (before["state"]["code"], before["answered_parts"], before["parts"]) == ("running", index, 2)
        await checker.bench.run_jobs()
    done = (await checker.bench.client.get(f"/jobs/{import_id}", headers=headers)).json()
    assert done["state"] == {"code": "done", "label": "校验完成"}
    assert (done["people"], done["answered_people"], done["answered_parts"]) == (2, 2, 2)
    assert done["finished_at"] is not None


async def test_jobs_are_listed_for_the_callers_subtree_only(checker: Any) -> None:
    event, cause = checker.imported(("R1", RESIDENT, False))
    await checker.bench.deliver(event, cause=cause)
    client, token = checker.bench.client, checker.bench.token
    for scope_id, role, total in (
        (checker.union_id, "handler", 1),
        (checker.district_id, "reviewer", 1),
        (None, "operator", 1),
        (uuid4(), "handler", 0),
    ):
        page = (await client.get("/jobs", headers=token(role, scope_id))).json()
        assert (page["total"], len(page["items"])) == (total, total)
    stranger = token("handler", uuid4())
    assert (await client.get(f"/jobs/{event.import_id}", headers=stranger)).status_code == 403
    assert (await client.get(f"/jobs/{uuid4()}", headers=stranger)).status_code == 403
    elsewhere = await client.get("/jobs", params={"union_id": str(checker.union_id)}, headers=stranger)
    assert elsewhere.status_code == 403
    assert (await client.get("/jobs", headers=token("center", None))).status_code == 403


async def test_figures_add_up_to_the_people_that_were_told(checker: Any) -> None:
    checker.city.knows("R1", "1", "10")
    checker.city.knows("R2", "1", "20")
    event, cause = checker.imported(("R1", RESIDENT, False), ("R2", RESIDENT, False), ("P1", PASSPORT, False))
    await checker.bench.deliver(event, cause=cause)
    await checker.bench.run_jobs()
    headers = checker.bench.token("operator", None)
    figures = (await checker.bench.client.get("/figures", headers=headers)).json()
    assert (figures["jobs"], figures["people"], figures["answered_people"]) == (1, 3, 3)
    assert figures["card"] == [
        {"code": "-", "label": "-", "people": 1},
        {"code": "normal", "label": "正常", "people": 2},
    ]
    assert {row["label"]: row["people"] for row in figures["employment"]} == {"-": 1, "在职": 1, "退休": 1}
