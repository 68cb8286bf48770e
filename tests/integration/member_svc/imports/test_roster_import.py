"""An import from the upload to the events (D07–D11, A18, A46, A58, A59)."""

import asyncio
from uuid import uuid4

import pytest
from integration.member_svc.handler import Handler, node
from unit.member_svc.workbooks import NARROW, person, resident, workbook

from chassis.privacy import Sealer
from chassis.testing import Bench
from contracts.fields import Personal
from contracts.members import MembersChanged, MembersImported
from contracts.topics import MEMBERS
from member_svc.domain.roster.headings import JOINED_ON, MOBILE, NAME, NUMBER, SERVICE_CARD, TAG, UNIT


async def people_of(bench: Bench, kind: type[MembersImported] | type[MembersChanged]) -> list[Personal]:
    """All people sealed into the events of this type, as a recipient reads them."""
    sealer: Sealer = bench.runtime.sealer
    return [
        one
        for envelope, event in await bench.published()
        if isinstance(event, kind)
        for one in sealer.unseal(event.sealed, envelope.id, envelope.type)
    ]


async def member_events(handler: Handler) -> list[object]:
    return [event for _, event in await handler.bench.published() if event.topic is MEMBERS]


@pytest.mark.row("D07", "F077")
async def test_the_check_reports_before_anything_is_stored(handler: Handler):
    import_id = await handler.check(workbook([person(1), person(2), person(3, **{NAME: None})]))
    report = await handler.get(f"/imports/{import_id}")
    assert report["state"] == {"code": "checked", "label": "待确认导入"}
    assert report["counts"] == {
        "rows": 3,
        "valid": 2,
        "created": 2,
        "updated": 0,
        "unchanged": 0,
        "rejected": 1,
        "warnings": 0,
    }
    assert report["progress"] == {"done": 3, "total": 3, "percent": 100}
    assert await handler.members() == []
    assert await handler.published(MembersImported) == []


@pytest.mark.row("D08")
async def test_the_report_lists_all_errors_of_a_row_where_excel_shows_it(handler: Handler):
    bad = person(2, **{NAME: None, MOBILE: "123", NUMBER: "310115198506150018"})
    import_id = await handler.check(workbook([person(1), None, bad], title="一车间"))
    [row] = await handler.rows(import_id, outcome="rejected")
    assert [(e["sheet"], e["row"], e["column"], e["code"]) for e in row["errors"]] == [
        ("一车间", 4, "姓名", "NAME_MISSING"),
        ("一车间", 4, "证件号码", "NUMBER_BAD_CHECK_DIGIT"),
        ("一车间", 4, "手机号", "MOBILE_MALFORMED"),
    ]
    assert row["masked_number"] == "3101**********0018"
    assert all(error["message"] for error in row["errors"])


@pytest.mark.row("F077", "F084", "F085")
async def test_confirmed_people_become_members_and_are_published_encrypted(handler: Handler):
    rows = [
        person(1, **{MOBILE: "13812345678", TAG: "一线", JOINED_ON: "2020-01-31", SERVICE_CARD: "6223000011112222"})
    ]
    done = await handler.bring_in(workbook(rows))
    assert done["state"]["code"] == "applied"
    assert done["counts"]["created"] == 1
    [event] = await handler.published(MembersImported)
    [member] = event.members
    assert (event.unit_id, event.part.index, event.part.count, event.check_on_import) == (handler.units[0], 0, 1, True)
    assert (member.masked_name, member.masked_number) == ("张*", resident(1)[:4] + "*" * 10 + resident(1)[-4:])
    assert (member.has_service_card, member.tag, str(member.joined_on)) == (True, "一线", "2020-01-31")
    assert (len(member.member_no), member.member_no[:2]) == (12, "00")
    [personal] = await people_of(handler.bench, MembersImported)
    assert personal == Personal(name="张1", document_number=resident(1), mobile="13812345678")


@pytest.mark.row("D10")
async def test_the_same_file_twice_changes_nothing(handler: Handler):
    data = workbook([person(n, **{MOBILE: "13812345678", TAG: "一线"}) for n in range(20)])
    await handler.bring_in(data)
    before, listed = await member_events(handler), await handler.members()
    again = await handler.bring_in(data)
    assert (again["counts"]["created"], again["counts"]["updated"], again["counts"]["unchanged"]) == (0, 0, 20)
    assert await member_events(handler) == before
    assert await handler.members() == listed


@pytest.mark.row("A58")
async def test_a_reimport_updates_filled_cells_and_erases_nothing(handler: Handler):
    full = {MOBILE: "13812345678", TAG: "一线", SERVICE_CARD: "6223000011112222", JOINED_ON: "2020-01-31"}
    await handler.bring_in(workbook([person(1, **full), person(2, **full), person(3, **full)]))
    rows = [person(1, **{NAME: "李四"}), person(2), person(3, **{TAG: "二线", MOBILE: "13900000000"})]
    done = await handler.bring_in(workbook(rows))
    assert (done["counts"]["created"], done["counts"]["updated"], done["counts"]["unchanged"]) == (0, 2, 1)
    [event] = await handler.published(MembersChanged)
    renamed, tagged = event.members
    assert event.renamed == [renamed.member_id]
    assert (renamed.masked_name, renamed.tag, renamed.has_service_card) == ("李*", "一线", True)
    assert (tagged.tag, str(tagged.joined_on)) == ("二线", "2020-01-31")
    assert await people_of(handler.bench, MembersChanged) == [
        Personal(name="李四", document_number=resident(1), mobile="13812345678"),
        Personal(name="张3", document_number=resident(3), mobile="13900000000"),
    ]
    assert {member["name"] for member in await handler.members()} == {"李四", "张2", "张3"}


@pytest.mark.row("D09", "A58")
async def test_a_duplicate_counts_only_against_an_earlier_valid_row_of_the_same_unit(handler: Handler):
    second = (await handler.get(f"/unions/{handler.union_id}"))["units"][1]["name"]
    rows = [
        person(1, **{MOBILE: "wrong"}),
        person(1),
        person(1, **{NAME: "别名"}),
        person(1, **{UNIT: second}),
    ]
    import_id = await handler.check(workbook(rows))
    report = {row["row"]: row for row in await handler.rows(import_id)}
    assert [report[n]["outcome"]["code"] for n in (2, 3, 4, 5)] == ["rejected", "created", "rejected", "created"]
    [error] = report[4]["errors"]
    assert error["code"] == "DUPLICATE_IN_FILE"
    assert "第3行" in error["message"]


@pytest.mark.row("A59", "D09")
async def test_a_member_of_another_unit_is_stored_with_a_warning_that_names_nothing(handler: Handler):
    await handler.elsewhere().bring_in(workbook([person(1)]))
    import_id = await handler.check(workbook([person(1), person(2)]))
    [row] = await handler.rows(import_id, warned=True)
    [warning] = row["warnings"]
    assert (row["outcome"]["code"], warning["code"]) == ("created", "OTHER_UNIT")
    assert warning["message"].startswith("已在其他单位登记；如已调入本单位")
    elsewhere = (await handler.elsewhere().get(f"/unions/{node('committee')}"))["units"][0]
    shown = str(row) + str(await handler.get(f"/imports/{import_id}"))
    assert not any(secret in shown for secret in (elsewhere["name"], elsewhere["unit_id"], str(node("committee"))))
    await handler.confirm(import_id)
    await handler.bench.run_jobs()
    assert [len(await one.members()) for one in (handler, handler.elsewhere())] == [2, 1]


@pytest.mark.row("A46", "F019", "F084")
async def test_each_unit_of_a_joint_union_gets_parts_of_its_own(handler: Handler):
    second = (await handler.get(f"/unions/{handler.union_id}"))["units"][1]["name"]
    rows = [person(n, **({UNIT: second} if n % 2 else {})) for n in range(1100)]
    done = await handler.bring_in(workbook(rows, [*NARROW, UNIT]))
    events = await handler.published(MembersImported)
    parts = {(e.unit_id, e.part.index): (e.part.count, len(e.members)) for e in events}
    assert parts == {(unit, index): (2, size) for unit in handler.units for index, size in ((0, 500), (1, 50))}
    assert {str(e.import_id) for e in events} == {done["import_id"]}
    numbers = [member.member_no for event in events for member in event.members]
    assert len(set(numbers)) == 1100


async def test_the_only_unit_needs_no_tick(handler: Handler):
    committee = handler.elsewhere()
    answer = await committee.upload(workbook([person(1)]), unit_id="")
    assert answer.status_code == 202


async def test_another_unions_import_is_forbidden(handler: Handler):
    import_id = await handler.check(workbook([person(1)]))
    stranger = handler.elsewhere()
    for path in (f"/imports/{import_id}", f"/imports/{import_id}/rows", f"/imports/{uuid4()}"):
        answer = await handler.bench.client.get(path, headers=stranger.headers())
        assert answer.status_code == 403
    assert (await stranger.confirm(import_id)).status_code == 403
    answer = await stranger.upload(workbook([person(1)]), union_id=str(handler.union_id))
    assert answer.status_code == 403


async def test_an_unchecked_import_cannot_be_confirmed(handler: Handler):
    import_id = (await handler.upload(workbook([person(1)]))).json()["import_id"]
    answer = await handler.confirm(import_id)
    assert (answer.status_code, answer.json()["code"]) == (409, "IMPORT_NOT_CHECKED")


async def test_the_id_of_ones_own_union_is_no_import(handler: Handler):
    answer = await handler.confirm(str(handler.union_id))
    assert (answer.status_code, answer.json()["code"]) == (403, "FORBIDDEN")


async def test_confirming_twice_imports_once(handler: Handler):
    import_id = await handler.check(workbook([person(1)]))
    assert (await handler.confirm(import_id)).status_code == 202
    assert (await handler.confirm(import_id)).status_code == 202
    await handler.bench.run_jobs()
    assert (await handler.confirm(import_id)).json()["state"] == "applied"
    assert len(await handler.published(MembersImported)) == 1


async def test_the_same_upload_sent_twice_is_one_import(handler: Handler):
    headers, data = handler.headers(), workbook([person(1)])
    form = {"union_id": str(handler.union_id), "unit_id": str(handler.units[0])}
    answers = [
        await handler.bench.client.post("/imports", data=form, files={"file": ("a.xlsx", data)}, headers=headers)
        for _ in range(2)
    ]
    assert answers[0].json() == answers[1].json()
    assert answers[1].headers["Idempotency-Replayed"] == "true"


async def test_two_imports_of_the_same_people_at_once_double_nobody(handler: Handler):
    people = [person(n) for n in range(1200)]
    first = await handler.check(workbook(people, NARROW))
    second = await handler.check(workbook(list(reversed(people)), NARROW))
    await handler.confirm(first)
    await handler.confirm(second)
    await asyncio.gather(handler.bench.run_jobs(), handler.bench.run_jobs())
    reports = [await handler.get(f"/imports/{one}") for one in (first, second)]
    assert [report["state"]["code"] for report in reports] == ["applied", "applied"]
    assert sum(report["counts"]["created"] for report in reports) == 1200
    assert sum(report["counts"]["unchanged"] for report in reports) == 1200
    member_ids = [member.member_id for event in await handler.published(MembersImported) for member in event.members]
    assert len(member_ids) == len(set(member_ids)) == 1200
    assert (await handler.get("/members"))["total"] == 1200


@pytest.mark.row("D07")
async def test_staged_rows_are_deleted_after_applying_and_the_report_stays(handler: Handler):
    done = await handler.bring_in(workbook([person(1), person(2, **{NAME: None})]))
    async with handler.bench.database.read() as connection:
        for table in ("import_files", "import_people", "import_parts"):
            assert await connection.fetchval(f"SELECT count(*) FROM {table}") == 0
    assert len(await handler.rows(done["import_id"])) == 2


async def test_nothing_at_rest_names_a_person(handler: Handler):
    rejected = person(2, **{NAME: "司马相如", MOBILE: "1390000"})
    rows = [person(1, **{NAME: "欧阳修文", MOBILE: "13812345678"}), rejected]
    import_id = await handler.check(workbook(rows))
    await handler.confirm(import_id)
    async with handler.bench.database.read() as connection:
        staged = await everything(connection)
    await handler.bench.run_jobs()
    async with handler.bench.database.read() as connection:
        kept = await everything(connection)
    for secret in ("欧阳修文", "13812345678", resident(1), "司马相如", "1390000", resident(2)):
        assert secret not in staged + kept
        assert secret.encode().hex() not in staged + kept


async def everything(connection: object) -> str:
    """All rows of all tables as text."""
    tables = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")  # type: ignore[attr-defined]
    text = [await connection.fetch(f'SELECT t::text FROM "{row[0]}" AS t') for row in tables]  # type: ignore[attr-defined]
    return "\n".join(row[0] for rows in text for row in rows)


async def test_the_audit_log_has_the_account_that_imported(handler: Handler):
    await handler.bring_in(workbook([person(1)]))
    async with handler.bench.database.read() as connection:
        acts = await connection.fetch("SELECT name, account, scope_id FROM audit_log ORDER BY id DESC LIMIT 2")
    assert [tuple(act) for act in acts] == [
        ("import_confirmed", "a", handler.union_id),
        ("import_started", "a", handler.union_id),
    ]


async def test_without_a_check_the_event_says_so(handler: Handler):
    await handler.bring_in(workbook([person(1)]), check_on_import="false")
    [event] = await handler.published(MembersImported)
    assert event.check_on_import is False
