"""A job of member-svc that kills one process after another is given up, so that the union's handler does not wait for
its end for ever."""

import pytest
from integration.member_svc.handler import Handler, node
from integration.member_svc.imports.test_interrupted_imports import Killed, request
from integration.member_svc.unions.test_moved_units import move, refusal
from unit.member_svc.workbooks import NARROW, person, workbook

from chassis.testing import Bench
from contracts.members import MembersChanged, MembersImported
from contracts.notices import MemberNotice
from member_svc.jobs import applying, moving
from member_svc.jobs.applying import ImportApply
from member_svc.jobs.moving import UnitMove
from support.unended import given_up, lease_is_over, processes_die, requests


async def test_every_kind_has_a_story_here(bench: Bench):
    assert set(bench.runtime.job_handlers) == {"import.check", "import.apply", "unit.move", "dead-letters.run"}


async def test_a_file_that_ends_the_process_is_refused_as_unreadable_with_a_notice(handler: Handler):
    import_id = (await handler.upload(workbook([person(1)]))).json()["import_id"]
    await given_up(handler.bench, "import.check")
    report = await handler.get(f"/imports/{import_id}")
    assert (report["state"]["code"], report["failure"]["code"]) == ("failed", "FILE_UNREADABLE")
    [notice] = await handler.published(MemberNotice)
    assert notice.text.startswith("会员导入未完成：文件无法读取")
    async with handler.bench.database.read() as connection:
        assert await connection.fetchval("SELECT count(*) FROM import_files") == 0
    assert (await handler.bring_in(workbook([person(1)])))["state"]["code"] == "applied"


async def test_a_file_whose_check_died_a_few_times_is_checked_all_the_same(handler: Handler):
    import_id = (await handler.upload(workbook([person(1)]))).json()["import_id"]
    await processes_die(handler.bench, "import.check", 4)
    await handler.bench.run_jobs()
    assert (await handler.get(f"/imports/{import_id}"))["state"]["code"] == "checked"


async def test_an_interrupted_import_reports_its_progress_and_can_be_uploaded_again(
    handler: Handler, monkeypatch: pytest.MonkeyPatch
):
    data = workbook([person(n) for n in range(1200)], NARROW)
    import_id = await handler.check(data)
    await handler.confirm(import_id)
    whole, parts = applying.apply_created, 0

    async def until_killed(*arguments: object) -> None:
        nonlocal parts
        parts += 1
        if parts > 1:
            raise Killed
        await whole(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(applying, "apply_created", until_killed)
    with pytest.raises(Killed):
        await handler.bench.run_jobs_once()
    monkeypatch.setattr(applying, "apply_created", whole)
    await lease_is_over(handler.bench)
    await given_up(handler.bench, "import.apply")
    report = await handler.get(f"/imports/{import_id}")
    assert (report["state"]["code"], report["failure"]["code"]) == ("interrupted", "IMPORT_INTERRUPTED")
    assert "1200人中已处理500人" in report["failure"]["message"]
    assert (
        "会员导入未完成：1200人中已处理500人，导入中途因系统故障停止"
        in (await handler.published(MemberNotice))[-1].text
    )
    assert refusal(await handler.confirm(import_id)) == (409, "IMPORT_INTERRUPTED")
    again = await handler.bring_in(data)
    assert (again["counts"]["created"], again["counts"]["unchanged"]) == (700, 500)
    assert sum(len(event.members) for event in await handler.published(MembersImported)) == 1200


async def test_a_late_attempt_of_an_import_that_was_given_up_applies_nothing(
    handler: Handler, monkeypatch: pytest.MonkeyPatch
):
    import_id = await handler.check(workbook([person(1)]))
    await handler.confirm(import_id)
    plan, is_given_up = ImportApply._plan, False

    async def after_the_end(*arguments: object) -> None:
        nonlocal is_given_up
        if not is_given_up:
            is_given_up = True
            await given_up(handler.bench, "import.apply")
        await plan(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(ImportApply, "_plan", after_the_end)
    await ImportApply(handler.bench.database).run(request("import.apply", import_id, 1))
    assert await handler.members() == []
    assert (await handler.get(f"/imports/{import_id}"))["state"]["code"] == "interrupted"


async def test_a_move_that_is_given_up_frees_the_unit_and_continues_after_a_retry(
    handler: Handler, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(moving, "MAX_PEOPLE_PER_PART", 5)
    second, committee = handler.units[1], node("committee")
    await handler.bring_in(workbook([person(n) for n in range(8)], NARROW), unit=second)
    assert (await move(handler, second, committee)).status_code == 202
    publish_part, parts = UnitMove._publish_part, 0

    async def until_killed(*arguments: object) -> bool:
        nonlocal parts
        parts += 1
        if parts > 1:
            raise Killed
        return await publish_part(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(UnitMove, "_publish_part", until_killed)
    with pytest.raises(Killed):
        await handler.bench.run_jobs_once()
    monkeypatch.setattr(UnitMove, "_publish_part", publish_part)
    assert refusal(await move(handler, second, handler.union_id)) == (409, "UNIT_BUSY")
    await lease_is_over(handler.bench)
    await given_up(handler.bench, "unit.move")
    operator = handler.bench.token("operator", None)
    [listed] = (await handler.bench.client.get("/ops/jobs", headers=operator)).json()["items"]
    retried = await handler.bench.client.post(f"/ops/jobs/{listed['id']}/retry", headers=operator)
    assert retried.status_code == 200
    await handler.bench.run_jobs()
    assert [len(event.members) for event in await handler.published(MembersChanged)] == [5, 3]
    assert [state for state, _ in await requests(handler.bench, "unit.move")] == ["done"]
    assert (await move(handler, second, handler.union_id)).status_code == 202
