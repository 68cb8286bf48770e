"""Several imports of the same people into the same unit run at once. Each person gets one membership, and each row gets
an outcome."""

import asyncio
from uuid import UUID

import pytest
from integration.member_svc.handler import Handler
from unit.member_svc.workbooks import NARROW, person, workbook

from chassis.jobs import Job
from contracts.members import MembersChanged, MembersImported
from member_svc.domain.roster.headings import TAG
from member_svc.jobs.applying import ImportApply
from member_svc.store.import_parts import CREATED


def request(import_id: str) -> Job:
    return Job(UUID(int=1), "import.apply", import_id, {"import_id": import_id}, 1, "c", None)


@pytest.mark.row("A58")
async def test_a_person_whom_another_import_adds_after_the_plan_is_updated(handler: Handler):
    first = await handler.check(workbook([person(1), person(2)]))
    second = await handler.check(workbook([person(2, **{TAG: "二线"}), person(1), person(3)]))
    apply = ImportApply(handler.bench.database)
    for import_id in (first, second):
        await handler.confirm(import_id)
    await apply._plan(UUID(second), CREATED)
    for import_id in (first, second):
        await apply.run(request(import_id))
    counts = (await handler.get(f"/imports/{second}"))["counts"]
    assert (counts["created"], counts["updated"], counts["unchanged"]) == (1, 1, 1)
    assert [row["outcome"]["code"] for row in await handler.rows(second)] == ["updated", "unchanged", "created"]
    assert [(m["name"], m["tag"]) for m in await handler.members()] == [("张1", None), ("张2", "二线"), ("张3", None)]
    ids = [member.member_id for event in await handler.published(MembersImported) for member in event.members]
    assert sorted(ids) == sorted(UUID(member["member_id"]) for member in await handler.members())
    assert [len(event.members) for event in await handler.published(MembersChanged)] == [1]


async def test_two_imports_that_run_at_once_add_each_person_once(handler: Handler):
    people = 1200
    data = workbook([person(n) for n in range(people)], NARROW)
    imports = [await handler.check(data) for _ in range(3)]
    for import_id in imports:
        await handler.confirm(import_id)
    apply = ImportApply(handler.bench.database)
    ended = await asyncio.gather(*(apply.run(request(import_id)) for import_id in imports), return_exceptions=True)
    assert ended == [None] * 3
    reports = [await handler.get(f"/imports/{import_id}") for import_id in imports]
    assert {report["state"]["code"] for report in reports} == {"applied"}
    counts = [report["counts"] for report in reports]
    assert [one["created"] + one["unchanged"] for one in counts] == [people] * 3
    assert sum(one["created"] for one in counts) == people
    imported = [member.member_id for event in await handler.published(MembersImported) for member in event.members]
    assert len(imported) == len(set(imported)) == people
