"""The steps of an import in the manual's order, and every way in which a file can be wrong."""

import io
import zipfile
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import openpyxl
import pytest
from integration.member_svc.handler import CITY, Handler, node, put_union, union_body
from unit.member_svc.workbooks import huge_workbook, person, resident, saved, workbook

from chassis.testing import NOON
from contracts.members import MembersImported
from contracts.notices import MemberNotice
from contracts.words import DocumentType, NoticeKind, Role, UnionType
from member_svc.domain.roster.headings import DOCUMENT_TYPE, JOINED_ON, MOBILE, NAME, NUMBER, SERVICE_CARD, TAG, UNIT
from member_svc.roster.error_workbook import REASON
from member_svc.workbook.archive import ENCRYPTED_STREAM, MOST_INFLATED_BYTES, OLE_MAGIC


async def fetched(handler: Handler, path: str, **params: str) -> bytes:
    answer = await handler.bench.client.get(path, params=params, headers=handler.headers())
    assert answer.status_code == 200, answer.text
    return answer.content


def first_sheet(data: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(data)).worksheets[0]


@pytest.mark.row("F069", "F072", "F074", "F077", "F079")
async def test_the_manuals_clicks_end_with_the_members_listed(handler: Handler):
    texts = await handler.get("/texts")
    clicks = [texts["titles"][name] for name in ("member_management", "members", "choose_unit")]
    clicks += [texts["buttons"][name] for name in ("download_template", "bulk_import", "import_members")]
    assert clicks == ["会员管理", "会员信息", "选择关联企业类", "下载模板", "批量导入", "导入会员"]
    assert texts["buttons"]["confirm_import"] == "确定导入"
    guide = await handler.get("/guide")
    assert guide["steps"] == ["会员梳理", "即时参保办理流程"]
    assert ["批量导入" in (unit["hint"] or "") for unit in guide["units"]] == [True, True]

    book = openpyxl.load_workbook(io.BytesIO(await fetched(handler, "/template.xlsx")))
    sheet = book.worksheets[0]
    for place, text in enumerate(("王小明", "身份证", resident(1), "13812345678"), start=1):
        sheet.cell(2, place).value = text
    sheet.cell(2, 5).value = sheet.cell(2, 7).value = None
    for place, text in enumerate(("李四", "身份证", "310115198506150018"), start=1):
        sheet.cell(3, place).value = text
    unit = guide["units"][1]["unit_id"]
    started = await handler.upload(saved(book), unit_id=unit)
    assert started.status_code == 202
    import_id = started.json()["import_id"]
    await handler.bench.run_jobs()
    assert (await handler.confirm(import_id)).status_code == 202
    await handler.bench.run_jobs()

    done = await handler.get(f"/imports/{import_id}")
    counts = done["counts"]
    assert (counts["rows"], counts["valid"], counts["rejected"], done["error_file"]) == (2, 1, 1, True)
    assert [(m["name"], m["unit_id"]) for m in await handler.members()] == [("王小明", unit)]
    assert [bool(one["hint"]) for one in (await handler.get("/guide"))["units"]] == [True, False]


@pytest.mark.row("D08")
async def test_uploading_only_the_corrected_error_file_completes_the_import(handler: Handler):
    wrong = person(2, **{NAME: None, NUMBER: 310101199003071230, MOBILE: "123", "车间": "二"})
    columns = ["车间", NAME, DOCUMENT_TYPE, NUMBER, MOBILE, TAG]
    rows = [person(1), None, wrong, person(3, **{TAG: "=1+1"}), person(4, **{MOBILE: "1", TAG: "=2+2"})]
    done = await handler.bring_in(workbook(rows, columns, title="一车间"))
    assert len((await handler.rows(done["import_id"], code="NAME_MISSING"))[0]["errors"]) == 3

    path = f"/imports/{done['import_id']}/error-file"
    sheet = first_sheet(await fetched(handler, path))
    headings, first, second = sheet.iter_rows(values_only=True)
    assert headings == (*columns, REASON)
    # The document number stays a number, but its cell has the text format. If the user types a new document number into
    # the cell, Excel keeps every digit.
    assert first[:5] == ("二", None, "身份证", int(310101199003071230.0), "123")
    assert (sheet["D2"].number_format, sheet["F3"].value, sheet["F3"].data_type) == ("@", "=2+2", "s")
    assert first[-1].startswith("一车间第4行：【姓名】姓名不能为空，请填写姓名；【证件号码】证件号码单元格是数字格式")
    assert second[-1] == "一车间第6行：【手机号】手机号应为1开头的11位数字，请核对后修改"

    unchanged = await handler.check(await fetched(handler, path))
    assert (await handler.get(f"/imports/{unchanged}"))["counts"]["rejected"] == 2
    again = first_sheet(await fetched(handler, f"/imports/{unchanged}/error-file"))
    assert [cell.value for cell in again[1]] == [*columns, REASON]

    sheet["B2"], sheet["D2"], sheet["E2"], sheet["E3"] = "张2", resident(2), None, "13812345678"
    last = await handler.bring_in(saved(sheet.parent))
    assert (last["counts"]["created"], last["counts"]["rejected"], last["error_file"]) == (2, 0, False)
    assert sorted(m["name"] for m in await handler.members()) == ["张1", "张2", "张3", "张4"]
    answer = await handler.bench.client.get(f"/imports/{last['import_id']}/error-file", headers=handler.headers())
    assert (answer.status_code, answer.json()["code"]) == (404, "NO_ERROR_FILE")
    strange = await handler.bench.client.get(path, headers=handler.elsewhere().headers())
    assert (strange.status_code, strange.json()["code"]) == (403, "FORBIDDEN")
    async with handler.bench.database.read() as connection:
        downloads = await connection.fetch("SELECT detail FROM audit_log WHERE name = 'import_errors_downloaded'")
    assert [act["detail"]["rows"] for act in downloads] == [2, 2, 2]


@pytest.mark.row("D11", "F081", "F083", "A29", "A46")
async def test_a_sheet_as_people_make_it(handler: Handler):
    second = (await handler.get(f"/unions/{handler.union_id}"))["units"][1]
    rows: list[dict[str, Any] | None] = [
        None,
        person(1, **{NAME: " 阿卜杜勒·买买提　", NUMBER: " １１０１０５１９４９１２３１００２ｘ "}),
        {NAME: "  ", TAG: "\t"},
        person(2, **{NUMBER: 310101199003071230}),
        person(3, **{NUMBER: "3.10101E+17"}),
        person(4, **{MOBILE: 13812345678, TAG: 5, DOCUMENT_TYPE: "护照", NUMBER: "e12345678"}),
        person(5, **{UNIT: f" {second['name']} "}),
        person(6, **{UNIT: "别家公司"}),
        person(7, **{NAME: "=1+1"}),
        person(8, **{NAME: "长" * 200}),
        person(9, **{NAME: "长" * 50}),
    ]
    import_id = await handler.check(workbook(rows))
    report = {row["row"]: [error["code"] for error in row["errors"]] for row in await handler.rows(import_id)}
    assert report == {
        3: [],
        5: ["NUMBER_NUMERIC_CELL"],
        6: ["NUMBER_NUMERIC_CELL"],
        7: [],
        8: [],
        9: ["UNIT_UNKNOWN"],
        10: ["NAME_MALFORMED"],
        11: ["NAME_TOO_LONG"],
        12: [],
    }
    await handler.confirm(import_id)
    await handler.bench.run_jobs()
    listed = {member["name"]: member for member in await handler.members()}
    assert listed["阿卜杜勒·买买提"]["masked_number"] == "1101**********002X"
    assert (listed["张4"]["masked_number"], listed["张4"]["tag"]) == ("E******78", "5")
    assert [listed[name]["unit_id"] for name in ("张4", "张5")] == [str(handler.units[0]), second["unit_id"]]


@pytest.mark.row("D10", "D09", "A58", "A59")
async def test_duplicates_in_the_file_in_the_unit_and_elsewhere_end_differently(handler: Handler):
    committee = handler.elsewhere()
    await committee.bring_in(workbook([person(3)]))
    await handler.bring_in(workbook([person(1), person(2, **{TAG: "一线", SERVICE_CARD: "6223000011112222"})]))
    rows = [person(1, **{TAG: "二线"}), person(2), person(3), person(3, **{NAME: "别名"})]
    import_id = await handler.check(workbook(rows))
    found = await handler.rows(import_id)
    assert [row["outcome"]["code"] for row in found] == ["updated", "unchanged", "created", "rejected"]
    assert [note["code"] for row in found for note in row["errors"] + row["warnings"]] == [
        "OTHER_UNIT",
        "DUPLICATE_IN_FILE",
    ]
    await handler.confirm(import_id)
    await handler.bench.run_jobs()
    assert [(m["name"], m["tag"]) for m in await handler.members()] == [("张1", "二线"), ("张2", "一线"), ("张3", None)]
    assert [m["name"] for m in await committee.members()] == ["张3"]
    again = await handler.bring_in(workbook(rows))
    assert (again["counts"]["created"], again["counts"]["updated"]) == (0, 0)


async def test_an_import_sends_its_union_one_notice_of_its_end(handler: Handler):
    done = await handler.bring_in(workbook([person(1), person(2, **{NAME: None})]))
    refused = await handler.check(workbook([person(1)], [NAME, NUMBER]))
    notices = await handler.published(MemberNotice)
    assert [(n.kind, n.role, n.union_id, n.about) for n in notices] == [
        (NoticeKind.IMPORT_DONE, Role.HANDLER, handler.union_id, one) for one in (done["import_id"], refused)
    ]
    assert "新增1人，更新0人，无变化0人，未通过1行" in notices[0].text
    assert "缺少必需的列“证件类型”" in notices[1].text
    assert len({n.notice_id for n in notices}) == 2


@pytest.mark.row("F075", "F076")
async def test_a_unit_must_be_ticked_and_be_the_callers_own(handler: Handler):
    offered = [unit["unit_id"] for union in (await handler.get("/unions"))["items"] for unit in union["units"]]
    assert offered == [str(unit) for unit in handler.units]
    data = workbook([person(1)])
    without_unit = await handler.upload(data, unit_id="")
    assert (without_unit.status_code, without_unit.json()["code"], without_unit.json()["message"]) == (
        422,
        "UNIT_REQUIRED",
        "请选择单位",
    )
    for fields in ({"unit_id": str(node("unit-3"))}, {"unit_id": str(uuid4())}, {"union_id": str(node("committee"))}):
        answer = await handler.upload(data, **fields)
        assert (answer.status_code, answer.json()["code"]) == (403, "FORBIDDEN")
    assert (await handler.get("/imports"))["total"] == 0


def archive(entries: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in entries.items():
            packed.writestr(name, data)
    return file.getvalue()


async def test_every_bad_file_is_refused_with_its_reason_and_nothing_is_stored(handler: Handler):
    bomb = archive({"xl/workbook.xml": b"<workbook/>", "xl/media/image.png": bytes(MOST_INFLATED_BYTES + 1)})
    at_once = {
        "FILE_NOT_XLSX": b"name,number\n",
        "FILE_ENCRYPTED": OLE_MAGIC + bytes(1000) + ENCRYPTED_STREAM + bytes(1000),
        "FILE_TOO_LARGE_INSIDE": bomb,
        "FILE_TOO_LARGE": bytes(21 * 1024 * 1024),
    }
    for code, data in at_once.items():
        answer = await handler.upload(data)
        assert (answer.json()["code"], "请" in answer.json()["message"]) == (code, True)
    assert (await handler.get("/imports"))["total"] == 0
    good = workbook([person(1)])
    with zipfile.ZipFile(io.BytesIO(good)) as whole:
        parts = {name: whole.read(name) for name in whole.namelist()}
    damaged = archive(parts | {"xl/worksheets/sheet1.xml": parts["xl/worksheets/sheet1.xml"][:200]})
    in_the_check = [
        ("FILE_UNREADABLE", damaged),
        ("COLUMN_MISSING", workbook([person(1)], [NAME, NUMBER])),
        ("SHEET_EMPTY", saved(openpyxl.Workbook())),
        ("NO_ROWS", workbook([None, {NAME: " "}])),
    ]
    for code, data in in_the_check:
        import_id = await handler.check(data)
        report = await handler.get(f"/imports/{import_id}")
        assert (report["state"]["code"], report["failure"]["code"]) == ("failed", code)
        assert "请" in report["failure"]["message"]
        assert report["failure"]["column"] == ("证件类型" if code == "COLUMN_MISSING" else None)
        assert (await handler.confirm(import_id)).json()["code"] == "IMPORT_FAILED"
    async with handler.bench.database.read() as connection:
        for table in ("members", "import_files", "import_rows", "import_people", "import_originals"):
            assert await connection.fetchval(f"SELECT count(*) FROM {table}") == 0
    assert await handler.published(MembersImported) == []


async def test_twenty_thousand_wrong_rows_come_back_to_be_corrected(handler: Handler):
    rows = [(f"张{n}", "身份证", resident(n)[:-1]) for n in range(20_000)]
    import_id = await handler.check(huge_workbook([*rows, ("李四", "身份证", resident(1))]))
    report = await handler.get(f"/imports/{import_id}")
    assert (report["counts"]["rejected"], report["counts"]["valid"]) == (20_000, 1)
    last = await handler.get(f"/imports/{import_id}/rows", outcome="rejected", sort="-row", page_size=1)
    assert (last["total"], last["items"][0]["row"]) == (20_000, 20_001)
    with zipfile.ZipFile(io.BytesIO(await fetched(handler, f"/imports/{import_id}/error-file"))) as book:
        assert book.read("xl/worksheets/sheet1.xml").count(b"<row>") == 20_001


@pytest.mark.row("F021", "F022")
async def test_all_nine_union_types_are_in_the_tree_and_three_may_not_act(handler: Handler):
    district = node("district")
    refused = []
    for kind in UnionType:
        own = Handler(handler.bench, node(f"union of {kind.value}"), (node(f"unit of {kind.value}"),))
        parent = None if kind is UnionType.MUNICIPAL else district
        written = await put_union(handler.bench, own.union_id, union_body(kind.value, parent, *own.units))
        assert written.json()["union_type"] == {"code": kind.value, "label": kind.label}
        for answer in (
            await own.upload(workbook([person(1)])),
            await own.bench.client.get("/members", headers=own.headers()),
            await own.bench.client.get("/service-cards", headers=own.headers()),
            await own.bench.client.get("/card-batches", headers=own.headers("reviewer")),
        ):
            if answer.status_code == 403:
                assert answer.json()["code"] == "UNSUPPORTED_UNION_TYPE"
                refused.append(kind)
            else:
                assert answer.status_code in (200, 202)
    assert refused == [kind for kind in (UnionType.FEDERATION, UnionType.BRANCH, UnionType.GROUP) for _ in range(4)]
    listed = await handler.bench.client.get(
        "/unions", params={"page_size": 500, "sort": "union_type"}, headers=handler.bench.token("municipal", CITY)
    )
    assert {union["union_type"]["code"] for union in listed.json()["items"]} == {kind.value for kind in UnionType}


@pytest.mark.row("F082", "F073", "A18")
async def test_the_template_offers_the_unions_units_and_every_document_type(handler: Handler):
    params = {"union_id": str(handler.union_id)}
    book = openpyxl.load_workbook(io.BytesIO(await fetched(handler, "/template.xlsx", **params)))
    sheet = book.worksheets[0]
    kinds, units = (one.formula1 for one in sheet.data_validations.dataValidation)
    assert kinds == f'"{",".join(kind.label for kind in DocumentType)}"'
    names = [unit["name"] for unit in (await handler.get(f"/unions/{handler.union_id}"))["units"]]
    assert units.startswith("'单位清单'")
    assert [row[0] for row in book["单位清单"].iter_rows(values_only=True)] == names
    sheet.delete_rows(2)
    for place, column in enumerate(cell.value for cell in sheet[1]):
        value = {"姓名*": "王小明", "证件类型*": "军官证", "证件号码*": "1", JOINED_ON: "2020-01-31"}.get(str(column))
        sheet.cell(2, place + 1).value = value
    [row] = await handler.rows(await handler.check(saved(book)))
    [error] = row["errors"]
    assert (error["code"], all(kind.label in error["message"] for kind in DocumentType)) == (
        "DOCUMENT_TYPE_UNKNOWN",
        True,
    )
    strange = await handler.bench.client.get(
        "/template.xlsx", params={"union_id": str(node("committee"))}, headers=handler.headers()
    )
    assert strange.status_code == 403


async def test_rows_to_be_corrected_are_kept_for_thirty_days_and_no_longer(handler: Handler):
    bench = handler.bench
    old = await handler.check(workbook([person(1, **{NAME: None})]))
    bench.clock.instant = NOON + timedelta(days=30) - timedelta(seconds=1)
    young = await handler.check(workbook([person(2, **{NAME: None})]))
    assert await fetched(handler, f"/imports/{old}/error-file")
    bench.clock.instant = NOON + timedelta(days=30)
    await handler.check(workbook([person(3)]))
    answer = await bench.client.get(f"/imports/{old}/error-file", headers=handler.headers())
    assert (answer.status_code, answer.json()["code"]) == (404, "NO_ERROR_FILE")
    assert (await handler.get(f"/imports/{old}"))["error_file"] is False
    assert await fetched(handler, f"/imports/{young}/error-file")
    assert len(await handler.rows(old)) == 1


async def test_a_roster_in_pieces_without_a_declared_length_is_accepted(handler: Handler):
    """A program sends the roster with `Transfer-Encoding: chunked`. Only a file above the limit is refused as too
    large."""
    data = workbook([person(1)])

    async def pieces(content: bytes) -> AsyncIterator[bytes]:
        field = f'--b\r\nContent-Disposition: form-data; name="union_id"\r\n\r\n{handler.union_id}\r\n'
        unit = f'--b\r\nContent-Disposition: form-data; name="unit_id"\r\n\r\n{handler.units[0]}\r\n'
        file = '--b\r\nContent-Disposition: form-data; name="file"; filename="a.xlsx"\r\n\r\n'
        yield (field + unit + file).encode()
        for at in range(0, len(content), 65_536):
            yield content[at : at + 65_536]
        yield b"\r\n--b--\r\n"

    headers = handler.headers() | {"Content-Type": "multipart/form-data; boundary=b"}
    answer = await handler.bench.client.post("/imports", content=pieces(data), headers=headers)
    assert answer.status_code == 202, answer.text
    headers = handler.headers() | {"Content-Type": "multipart/form-data; boundary=b"}
    large = await handler.bench.client.post("/imports", content=pieces(bytes(21 * 1024 * 1024)), headers=headers)
    assert (large.status_code, large.json()["code"]) == (413, "FILE_TOO_LARGE")
