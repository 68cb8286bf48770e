"""An account can export a list or reveal a single full number only within its reach, and each export and reveal is in
the audit log."""

from datetime import timedelta
from io import BytesIO
from typing import Any
from uuid import uuid4

import openpyxl
import pytest
from httpx import Response
from integration.enrollment_svc.enrollment_world import EMPLOYED, NORMAL, SEALED, Someone, World, roster

from contracts.words import UnionType

FAR = uuid4()


async def get(world: World, path: str, role: str = "handler", scope: Any = None, **query: Any) -> Response:
    headers = world.bench.token(role, scope or world.union)
    return await world.bench.client.get(path, headers=headers, params=query)


async def acts(world: World, name: str) -> list[dict[str, Any]]:
    async with world.bench.database.read() as connection:
        rows = await connection.fetch("SELECT account, role, subject, detail FROM audit_log WHERE name = $1", name)
    return [dict(row) for row in rows]


def sheet_of(answer: Response) -> list[list[Any]]:
    book = openpyxl.load_workbook(BytesIO(answer.content))
    return [[cell.value for cell in row] for row in book.worksheets[0].iter_rows()]


@pytest.mark.row("D26", "F119", "A27", "D02")
async def test_a_tab_and_the_rows_to_take_a_service_card_are_files_of_text_on_record(world: World):
    people = [*roster(2), Someone("=1+1", "310101199002020019", "0071000000")]
    await world.import_people(people)
    await world.verify(people[:1], NORMAL, EMPLOYED)
    await world.verify(people[1:], SEALED, EMPLOYED)
    world.bench.clock.instant += timedelta(days=3)
    tab = await get(world, "/candidates/export", union_id=str(world.union), tab="to_verify")
    heads, *rows = sheet_of(tab)
    assert (
        " ".join(heads)
        == "会员编号 姓名 证件类型 证件号码 社保卡状态 就业状态 会员标签 起保日期 终保日期 半年/全年 提示"
    )
    assert [(row[0], row[1], row[4], row[10]) for row in rows] == [
        (people[1].member_no, people[1].name, "封存", "社保卡状态为封存；改办会员服务卡"),
        ("0071000000", "=1+1", "封存", "社保卡状态为封存；改办会员服务卡"),
    ]
    assert all("**********" in row[3] for row in rows)
    advised = await get(world, "/candidates/export", union_id=str(world.union), take_service_card=True, format="csv")
    lines = advised.content.decode("utf-8-sig").splitlines()
    assert len(lines) == 3
    assert '"\'=1+1"' in lines[2]
    filtered = await world.post(
        "/candidates/search/export", {"union_id": str(world.union), "tab": "ready", "number": people[0].number}
    )
    assert [row[0] for row in sheet_of(filtered)[1:]] == [people[0].member_no]
    stranger = await get(world, "/candidates/export", scope=FAR, union_id=str(world.union))
    assert (stranger.status_code, stranger.json()["code"]) == (403, "FORBIDDEN")
    assert [act["detail"]["rows"] for act in await acts(world, "candidates_exported")] == [2, 2, 1]


@pytest.mark.row("F126", "F157", "D02")
async def test_a_full_number_is_told_to_handlers_in_reach_and_each_time_on_record(world: World):
    [one] = await world.ready_people(1)
    assert one.number not in str(await world.tab("ready"))
    shown = await get(world, f"/candidates/{one.member_id}/number")
    assert shown.json()["number"] == one.number
    for role, scope in (("handler", FAR), ("reviewer", world.district), ("municipal", world.city), ("center", FAR)):
        refused = await get(world, f"/candidates/{one.member_id}/number", role, scope)
        code = "FORBIDDEN" if role == "handler" else "FORBIDDEN_ROLE"
        assert (refused.status_code, refused.json()["code"]) == (403, code)
    assert (await get(world, f"/candidates/{uuid4()}/number")).status_code == 403
    [act] = await acts(world, "number_revealed")
    assert (act["account"], act["subject"]) == ("a", str(one.member_id))
    assert one.number not in str(act)


@pytest.mark.row("D02", "F126")
async def test_nobody_learns_from_a_refused_reveal_whether_an_id_exists(world: World):
    [one, removed] = roster(2)
    await world.import_people([one, removed])
    await world.remove_people([removed])
    far = uuid4()
    await world.add_union(far, UnionType.FEDERATION, "远处工会联合会", [world.city])
    callers = [("handler", FAR), ("handler", far), ("reviewer", world.district), ("municipal", world.city)]
    callers += [("municipal", None), ("center", None), ("operator", None), ("auditor", world.union), ("janitor", FAR)]
    for role, scope in callers:
        answers = [
            await world.bench.client.get(f"/candidates/{member_id}/number", headers=world.bench.token(role, scope))
            for member_id in (one.member_id, removed.member_id, uuid4())
        ]
        assert {(answer.status_code, answer.content) for answer in answers} == {(403, answers[0].content)}, role
