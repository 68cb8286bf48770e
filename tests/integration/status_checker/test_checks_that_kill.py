"""If a part of a check kills one process after another, the check ends without the people of that part."""

from typing import Any
from uuid import UUID, uuid4

from contracts.fields import Part
from contracts.words import DocumentType
from support.unended import given_up, requests

RESIDENT = DocumentType.RESIDENT_ID


async def job(checker: Any, job_id: UUID) -> dict[str, Any]:
    headers = checker.bench.token("handler", checker.union_id)
    return dict((await checker.bench.client.get(f"/jobs/{job_id}", headers=headers)).json())


async def test_every_kind_has_a_story_here(checker: Any) -> None:
    assert set(checker.bench.runtime.job_handlers) == {"registry.check", "dead-letters.run"}


async def test_a_check_ends_without_the_part_that_ends_the_process_and_says_so(checker: Any) -> None:
    import_id = uuid4()
    for index, number in enumerate(("R1", "R2")):
        checker.city.knows(number, "1", "10")
        event, cause = checker.imported((number, RESIDENT, False), part=Part(index=index, count=2), import_id=import_id)
        await checker.bench.deliver(event, cause=cause)
        if index == 0:
            await checker.bench.run_jobs()
            async with checker.bench.database.connection() as connection:
                await connection.execute("DELETE FROM jobs")
    assert (await job(checker, import_id))["state"]["code"] == "running"
    await given_up(checker.bench, "registry.check")
    ended = await job(checker, import_id)
    assert ended["state"]["code"] == "incomplete"
    assert ended["finished_at"] is not None
    assert (ended["people"], ended["answered_people"], ended["given_up_people"]) == (2, 1, 1)
    assert (ended["parts"], ended["answered_parts"], ended["given_up_parts"]) == (2, 1, 1)

    event, cause = checker.requested(("R2", True))
    await checker.bench.deliver(event, cause=cause)
    await checker.bench.run_jobs()
    assert (await job(checker, event.job_id))["state"]["code"] == "done"


async def test_an_operator_has_the_part_asked_again_and_the_check_is_whole(checker: Any) -> None:
    checker.city.knows("R1", "1", "10")
    event, cause = checker.imported(("R1", RESIDENT, False))
    await checker.bench.deliver(event, cause=cause)
    await given_up(checker.bench, "registry.check")
    assert await checker.verified() == []
    operator = checker.bench.token("operator", None)
    [listed] = (await checker.bench.client.get("/ops/jobs", headers=operator)).json()["items"]
    await checker.bench.client.post(f"/ops/jobs/{listed['id']}/retry", headers=operator)
    await checker.bench.run_jobs()
    assert [state for state, _ in await requests(checker.bench, "registry.check")] == ["done"]
    assert (await job(checker, event.import_id))["state"]["code"] == "done"
    assert len(await checker.verified()) == 1
