"""member-svc shows the story of a person, even of a person whose rows were all rejected."""

from typing import Any

import pytest
from integration.member_svc.handler import CITY, Handler, node
from unit.member_svc.workbooks import person, resident, workbook

from member_svc.domain.roster.headings import DOCUMENT_TYPE, NAME, NUMBER


async def story(handler: Handler, number: str, **more: Any) -> list[dict[str, Any]]:
    answer = await handler.post("/people/story", {"number": number, **more})
    assert answer.status_code == 200, answer.text
    return list(answer.json()["steps"])


def step_kinds(steps: list[dict[str, Any]]) -> list[str]:
    return [step["what"] for step in steps]


@pytest.mark.row("F035", "D08")
async def test_somebody_who_was_only_ever_rejected_has_a_story(handler: Handler):
    await handler.bring_in(workbook([person(1), person(2, **{NAME: None})]))
    [step] = await story(handler, resident(2), document_type="resident_id")
    assert step["what"] == "row_rejected"
    assert step["words"].startswith("导入文件第3行：不通过，姓名不能为空")
    assert (step["stage"]["label"], step["by"], step["at"][-6:]) == ("会员导入", "a", "+08:00")


async def test_a_row_without_a_known_document_type_is_found_by_its_number(handler: Handler):
    await handler.check(workbook([person(1, **{DOCUMENT_TYPE: "学生证"})]))
    assert step_kinds(await story(handler, resident(1))) == ["row_rejected"]


async def test_a_number_whose_digits_were_lost_is_nobodys(handler: Handler):
    await handler.check(workbook([person(1, **{NUMBER: 310101199001010000})]))
    assert await story(handler, "310101199001010000") == []


async def test_a_checked_row_waits_for_the_import_and_a_removed_member_keeps_the_story(handler: Handler):
    import_id = await handler.check(workbook([person(1)]))
    [waiting] = await story(handler, resident(1))
    assert waiting["words"] == "导入文件第2行：新增（待确认导入）"
    await handler.confirm(import_id)
    await handler.bench.run_jobs()
    [member] = await handler.members()
    await handler.remove(member)
    steps = await story(handler, resident(1))
    assert sorted(step_kinds(steps)) == ["created", "removed", "row_created"]
    assert {"member_no": member["member_no"]}.items() <= steps[-1]["ids"].items()


async def test_the_number_may_be_written_as_it_stands_in_the_file(handler: Handler):
    await handler.bring_in(workbook([person(1)]))
    number = resident(1)
    for written in (f" {number[:6]} {number[6:]}", number.lower(), "'" + number, number.translate(FULL_WIDTH)):
        assert "created" in step_kinds(await story(handler, written))


FULL_WIDTH = {ord(digit): 0xFF10 + int(digit) for digit in "0123456789"}


@pytest.mark.row("D02", "A59", "D04")
async def test_another_union_learns_nothing_and_every_look_is_audited(handler: Handler):
    await handler.bring_in(workbook([person(1)]))
    assert await story(handler.elsewhere(), resident(1)) == []
    unknown = await story(handler.elsewhere(), resident(9))
    assert unknown == []
    for role, scope, steps in (("reviewer", node("district"), 2), ("municipal", CITY, 2), ("operator", None, 2)):
        answer = await handler.bench.client.post(
            "/people/story", json={"number": resident(1)}, headers=handler.bench.token(role, scope)
        )
        assert len(answer.json()["steps"]) == steps
        assert resident(1) not in answer.text
    async with handler.bench.database.read() as connection:
        acts = await connection.fetch("SELECT account, subject, detail FROM audit_log WHERE name = 'person_story_read'")
    assert len(acts) == 5
    assert not any(resident(1) in str(dict(act)) for act in acts)


async def test_the_center_and_a_caller_without_a_union_get_no_story(handler: Handler):
    for role in ("center", "handler"):
        answer = await handler.bench.client.post(
            "/people/story", json={"number": resident(1)}, headers=handler.bench.token(role, None)
        )
        assert answer.status_code == 403


@pytest.mark.row("F028")
async def test_an_import_shows_the_name_and_union_of_the_account_that_uploaded_it(handler: Handler):
    import_id = await handler.check(workbook([person(1)]))
    assert (await handler.get(f"/imports/{import_id}"))["created_by_name"] is None
    named = handler.bench.token("handler", handler.union_id, name="王经办")
    assert (await handler.bench.client.get("/me", headers=named)).status_code == 200
    [listed] = (await handler.get("/imports"))["items"]
    for shown in (listed, await handler.get(f"/imports/{import_id}")):
        uploader = [shown[name] for name in ("created_by", "created_by_name", "created_by_union")]
        assert uploader == ["a", "王经办", "工会joint"]
