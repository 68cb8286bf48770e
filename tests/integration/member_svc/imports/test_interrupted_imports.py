"""A job is killed and run again. No row is lost or stored twice, and the event ids stay the same."""

from uuid import UUID

import pytest
from integration.member_svc.handler import Handler
from unit.member_svc.workbooks import NARROW, person, workbook

from chassis.jobs import Job, WaitUntil
from chassis.testing import Bench
from contracts.members import MembersImported
from member_svc.jobs import applying
from member_svc.jobs.applying import ImportApply
from member_svc.jobs.checking import ImportCheck


class Killed(BaseException):
    """Ends the code under test like a killed process."""


def request(kind: str, import_id: str, attempt: int) -> Job:
    return Job(UUID(int=1), kind, import_id, {"import_id": import_id}, attempt, "c", None)


async def test_a_killed_apply_goes_on_with_the_parts_that_are_left(handler: Handler, monkeypatch: pytest.MonkeyPatch):
    import_id = await handler.check(workbook([person(n) for n in range(2100)], NARROW))
    await handler.confirm(import_id)
    imported: list[MembersImported] = []
    whole = applying.apply_created

    for survivors in (0, 2, 1):
        remaining = survivors

        async def until_killed(*arguments: object) -> None:
            nonlocal remaining
            await whole(*arguments)  # type: ignore[arg-type]
            remaining -= 1
            if remaining < 0:
                raise Killed

        monkeypatch.setattr(applying, "apply_created", until_killed)
        with pytest.raises(Killed):
            await ImportApply(handler.bench.database).run(request("import.apply", import_id, 1))
        progress = (await handler.get(f"/imports/{import_id}"))["progress"]
        imported = await handler.published(MembersImported)
        assert progress["done"] == sum(len(event.members) for event in imported)
    monkeypatch.setattr(applying, "apply_created", whole)
    before = [envelope.id for envelope, _ in await handler.bench.published()]
    await handler.bench.run_jobs()
    report = await handler.get(f"/imports/{import_id}")
    assert (report["state"]["code"], report["counts"]["created"]) == ("applied", 2100)
    imported = await handler.published(MembersImported)
    assert [(event.part.index, event.part.count) for event in imported] == [(n, 5) for n in range(5)]
    assert [envelope.id for envelope, _ in await handler.bench.published()][: len(before)] == before


async def test_an_applied_import_is_not_applied_again(handler: Handler):
    done = await handler.bring_in(workbook([person(1)]))
    before = await handler.bench.published()
    await ImportApply(handler.bench.database).run(request("import.apply", done["import_id"], 2))
    assert await handler.bench.published() == before


async def test_a_killed_check_starts_anew_and_shuts_the_old_one_out(
    handler: Handler, bench: Bench, monkeypatch: pytest.MonkeyPatch
):
    data = workbook([person(n) for n in range(2500)], NARROW)
    import_id = (await handler.upload(data)).json()["import_id"]
    old, new = ImportCheck(bench.database), ImportCheck(bench.database)
    stage, staged = old._stage, 0

    async def overtaken(*arguments: object) -> None:
        nonlocal staged
        staged += 1
        if staged == 2:
            await new.run(request("import.check", import_id, 2))
        await stage(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(old, "_stage", overtaken)
    assert isinstance(await old.run(request("import.check", import_id, 1)), WaitUntil)
    report = await handler.get(f"/imports/{import_id}")
    assert (report["state"]["code"], report["counts"]["rows"], report["counts"]["created"]) == ("checked", 2500, 2500)
    assert (await handler.get(f"/imports/{import_id}/rows"))["total"] == 2500


async def test_trouble_that_does_not_go_away_ends_the_check(
    handler: Handler, bench: Bench, monkeypatch: pytest.MonkeyPatch
):
    import_id = (await handler.upload(workbook([person(1)]))).json()["import_id"]

    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("member_svc.jobs.checking.opened_roster", broken)
    check = ImportCheck(bench.database)
    with pytest.raises(ZeroDivisionError):
        await check.run(request("import.check", import_id, 1))
    with pytest.raises(Exception, match="ZeroDivisionError"):
        await check.run(request("import.check", import_id, 5))
    assert (await handler.get(f"/imports/{import_id}"))["failure"]["code"] == "INTERNAL"
