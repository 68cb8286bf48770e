"""The municipal union maintains the working calendar. A notice says that a check is done."""

from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest
from httpx import Response
from integration.enrollment_svc.enrollment_world import EMPLOYED, NORMAL, SEALED, World, roster
from prometheus_client import REGISTRY

from contracts.notices import EnrollmentNotice
from contracts.statuses import CheckStatuses


async def put(world: World, path: str, body: dict[str, Any], role: str = "municipal") -> Response:
    headers = world.bench.token(role, world.city)
    return await world.bench.client.put(path, headers=headers, json=body)


async def due_of_a_check(world: World, asked_at: str) -> str | None:
    """The promised time of a check that is requested at this instant."""
    world.bench.clock.instant = datetime.fromisoformat(asked_at)
    await world.import_people(roster(1, prefix=f"3101011990{world.bench.clock.instant:%m%d}"))
    due: str | None = (await world.counts())["check"]["due_at"]
    return due


@pytest.mark.row("A61", "A44", "F102", "A07", "D27")
async def test_a_corrected_day_moves_the_due_time_and_is_on_record(world: World):
    assert await due_of_a_check(world, "2024-05-10T00:00:00+08:00") == "2024-05-11T17:30:00+08:00"
    shown = await world.get("/calendar/2024")
    [saturday] = [day for day in shown["days"] if day["day"] == "2024-05-11"]
    assert (shown["complete"], saturday["working"], saturday["origin"]) == (True, True, "published")
    body = {"working": False, "reason": "台风停工", "version": saturday["version"]}
    refused = await put(world, "/calendar/2024/2024-05-11", body, role="reviewer")
    assert (refused.status_code, refused.json()["code"]) == (403, "FORBIDDEN_ROLE")
    stored = (await put(world, "/calendar/2024/2024-05-11", body)).json()
    assert (stored["working"], stored["origin"], stored["reason"]) == (False, "entered", "台风停工")
    stale = await put(world, "/calendar/2024/2024-05-11", body)
    assert stale.json()["code"] == "STALE_VERSION"
    assert await due_of_a_check(world, "2024-05-10T23:59:59+08:00") == "2024-05-13T17:30:00+08:00"
    async with world.bench.database.read() as connection:
        recorded = await connection.fetchrow("SELECT subject, detail FROM audit_log WHERE name = 'calendar_day_set'")
    assert recorded["subject"] == "calendar/2024-05-11"
    assert recorded["detail"]["reason"] == "台风停工"


@pytest.mark.row("F102", "A44", "A61")
async def test_a_year_nobody_published_raises_an_alarm_until_it_is_entered(world: World):
    def alarms() -> float:
        return REGISTRY.get_sample_value("ue_calendar_years_missing_total", {"year": "2027"}) or 0.0

    before = alarms()
    assert await due_of_a_check(world, "2026-12-31T10:00:00+08:00") is None
    assert alarms() == before + 1
    header = await world.counts()
    assert (header["check"]["running"], "工作日历" in header["check"]["due_note"]) == (True, True)
    assert (await world.get("/calendar/2027"))["complete"] is False
    wrong = await put(world, "/calendar/2027", {"days_off": ["2026-12-31"], "make_up_days": [], "reason": "通知"})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "CALENDAR_INVALID")
    year = {"days_off": ["2027-01-01"], "make_up_days": ["2027-01-02"], "reason": "国务院办公厅通知"}
    assert (await put(world, "/calendar/2027", year)).json() == {"year": 2027, "changed": 365}
    assert (await put(world, "/calendar/2027", year)).json()["changed"] == 0
    assert (await world.get("/calendar/2027"))["complete"] is True
    assert await due_of_a_check(world, "2026-12-31T23:59:59+08:00") == "2027-01-02T17:30:00+08:00"
    assert alarms() == before + 1


@pytest.mark.row("D06", "F096", "F097")
async def test_a_completed_check_is_noticed_once_however_many_units_and_deliveries_it_took(world: World):
    second = uuid4()
    await world.add_grassroots(world.union, [world.unit, second])
    here, there = roster(2), roster(2, prefix="31010119900202")
    for number, one in enumerate(there):
        one.member_no = f"008{number:06d}"
    await world.import_people(here, check=False)
    await world.import_people(there, unit=second, check=False)
    click = await world.post("/checks", {"union_id": str(world.union)})
    job = click.json()["check"]["job_id"]
    events = await world.published(CheckStatuses)
    assert {event.unit_id for event in events} == {world.unit, second}
    await world.verify(here, SEALED, EMPLOYED, job=job)
    assert await world.published(EnrollmentNotice) == []
    await world.verify(there, NORMAL, EMPLOYED, unit=second, job=job)
    [notice] = await world.published(EnrollmentNotice)
    assert (notice.kind.value, notice.union_id, notice.role.value, notice.about) == (
        "check_done",
        world.union,
        "handler",
        job,
    )
    assert notice.text == "数据校验完成，共校验4人，请查看【待校验】和【待提交】列表。"
    await world.verify(there, NORMAL, EMPLOYED, unit=second, job=job)
    assert len(await world.published(EnrollmentNotice)) == 1
    listed = await world.get("/notices", unread=True)
    assert [one["text"] for one in listed["items"]] == [notice.text]
