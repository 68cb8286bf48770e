"""What an import reports about a file: the sheet, the rows and columns, and cells without a valid value (D08, A18)."""

import asyncio
import io
import os
from uuid import UUID

import openpyxl
import pytest
from integration.member_svc.handler import Handler, node, put_union
from unit.member_svc.handmade import BLANK, MAIN, NOT_AVAILABLE, UNCOMPUTED, book, merges, row, sheet, styles
from unit.member_svc.workbooks import NARROW, resident

from chassis.jobs import Job
from member_svc.domain.roster.headings import REASON, SERVICE_CARD, TAG, UNIT
from member_svc.jobs.checking import ImportCheck

HEAD = row(*NARROW)


def somebody(serial: int, *more: str, **attributes: str) -> str:
    return row(f"张{serial}", "身份证", resident(serial), *more, **attributes)


@pytest.fixture
async def factories(handler: Handler) -> Handler:
    """A joint union of two factories. Each upload ticks the first factory."""
    units = [
        {"unit_id": str(unit), "name": name} for unit, name in zip(handler.units, ("示例一厂", "示例二厂"), strict=True)
    ]
    body = {"name": "联合工会", "union_type": "joint", "parent_id": str(node("district")), "units": units}
    assert (await put_union(handler.bench, handler.union_id, body)).status_code == 200
    return handler


async def codes(handler: Handler, import_id: str) -> list[tuple[int, str, str | None, list[str]]]:
    rows = await handler.rows(import_id)
    return [
        (one["row"], one["outcome"]["code"], one["unit_id"], [n["code"] for n in one["errors"] + one["warnings"]])
        for one in rows
    ]


async def notes(handler: Handler, import_id: str) -> dict[str, str]:
    reading = (await handler.get(f"/imports/{import_id}"))["reading"]
    return {note["code"]: note["message"] for note in reading["notes"]}


async def test_a_unit_that_is_merged_over_rows_is_every_rows(factories: Handler):
    rows = [row(*NARROW, UNIT, TAG), somebody(1, "示例二厂", "劳模"), somebody(2), somebody(3)]
    import_id = await factories.check(book({"名单": sheet(rows, after=merges("D2:D4", "E2:E4"))}))
    second = str(factories.units[1])
    assert await codes(factories, import_id) == [
        (2, "created", second, []),
        (3, "created", second, ["CELL_FILLED", "CELL_FILLED"]),
        (4, "created", second, ["CELL_FILLED", "CELL_FILLED"]),
    ]
    assert (await factories.get(f"/imports/{import_id}"))["counts"]["warnings"] == 2
    assert len(await factories.rows(import_id, code="CELL_FILLED")) == 2


async def test_no_value_is_neither_the_ticked_unit_nor_no_card(factories: Handler):
    rows = [
        row(*NARROW, UNIT, SERVICE_CARD),
        somebody(1, NOT_AVAILABLE, UNCOMPUTED),
        row(*[UNCOMPUTED] * 3),
        somebody(3, BLANK, BLANK),
    ]
    import_id = await factories.check(book({"名单": rows}))
    assert await codes(factories, import_id) == [
        (2, "rejected", None, ["CELL_ERROR", "CELL_UNCOMPUTED"]),
        (3, "rejected", None, ["CELL_UNCOMPUTED"] * 3),
        (4, "created", str(factories.units[0]), []),
    ]


async def test_rejected_cells_stay_wrong_until_they_are_corrected(factories: Handler):
    rows = [
        row(*NARROW, UNIT, TAG),
        somebody(1, NOT_AVAILABLE),
        somebody(2, "示例二厂", UNCOMPUTED),
        somebody(3, BLANK, UNCOMPUTED),
    ]
    first = await factories.check(book({"名单": sheet(rows, after=merges("D3:D4"))}))
    answer = await factories.bench.client.get(f"/imports/{first}/error-file", headers=factories.headers())
    again = await factories.check(answer.content)
    assert [(outcome, fault_codes) for _, outcome, _, fault_codes in await codes(factories, again)] == [
        ("rejected", ["CELL_ERROR"]),
        ("rejected", ["CELL_ERROR"]),
        ("rejected", ["CELL_ERROR"]),
    ]
    assert (await factories.get(f"/imports/{again}"))["reading"]["unused_columns"] == []
    made = openpyxl.load_workbook(io.BytesIO(answer.content)).worksheets[0]
    assert [[cell.value for cell in line][3:5] for line in made.iter_rows(min_row=2)] == [
        ["#N/A", None],
        ["示例二厂", "#VALUE!"],
        ["示例二厂", "#VALUE!"],
    ]
    assert [cell.value for cell in made[1]][-1] == REASON


async def test_headings_of_exported_lists_are_read_and_unused_ones_named(factories: Handler):
    heads = row("会员编号", "姓名", "证件类型", "证件号码", "单位名称", "手机号码", "工会会员服务卡号", "备注", BLANK)
    line = row("", "张", "身份证", resident(1), "示例二厂", "13800138000", "621234567890123", "老员工", "x")
    done = await factories.bring_in(book({"名单": [heads, line]}))
    assert done["counts"]["created"] == 1
    assert done["reading"]["unused_columns"] == ["备注", "I列（无标题）"]
    assert "备注、I列" in (await notes(factories, done["import_id"]))["COLUMNS_UNUSED"]
    [member] = await factories.members()
    assert (member["unit_id"], member["has_service_card"]) == (str(factories.units[1]), True)


async def test_sheets_and_rows_that_were_read_or_not_are_reported(handler: Handler):
    sheets = {
        "填写说明": [row("请按模板填写")],
        "一车间": [HEAD, somebody(1), somebody(2, hidden="1"), row(), somebody(4)],
        "二车间": [HEAD, somebody(5), somebody(6)],
    }
    import_id = await handler.check(book(sheets))
    report = await handler.get(f"/imports/{import_id}")
    assert report["sheet"] == "一车间"
    reading = report["reading"]
    assert [(one["name"], one["role"], one["rows"]) for one in reading["sheets"]] == [
        ("填写说明", "no_roster", 0),
        ("一车间", "read", 3),
        ("二车间", "people", 2),
    ]
    assert (reading["read_rows"], reading["blank_rows"], reading["hidden_rows"]) == (3, 1, 1)
    messages = await notes(handler, import_id)
    assert "“二车间”（2行）" in messages["SHEETS_NOT_READ"]
    assert "1行被隐藏" in messages["ROWS_HIDDEN"]
    assert messages["ROWS_COUNTED"] == "列标题在第1行，其下共4行：读取3行，空行1行"
    assert [one["row"] for one in await handler.rows(import_id, code="ROW_HIDDEN")] == [3]

    other = await handler.check(book(sheets), sheet="二车间")
    assert (await handler.get(f"/imports/{other}"))["counts"]["rows"] == 2


async def test_a_sheet_that_is_not_there_names_those_that_are(handler: Handler):
    import_id = await handler.check(book({"一车间": [HEAD, somebody(1)]}), sheet="三车间")
    failure = (await handler.get(f"/imports/{import_id}"))["failure"]
    assert (failure["code"], "一车间" in failure["message"]) == ("SHEET_UNKNOWN", True)
    assert (await handler.upload(b"", sheet="长" * 201)).status_code == 422


async def test_leading_zeros_of_a_format_reach_the_card(handler: Handler):
    line = somebody(1, '<c s="1"><v>12345678</v></c>')
    await handler.bring_in(book({"名单": [row(*NARROW, SERVICE_CARD), line]}, style=styles("0" * 16)))
    found = await handler.post("/service-cards/search", {"card_number": "0000000012345678"})
    assert found.json()["total"] == 1


@pytest.mark.parametrize(
    ("strings", "rows", "code"),
    [
        # The file declares 4 billion strings; the reader must not trust that number.
        ("", [HEAD, somebody(1)], None),
        # One string of 1 MB, to which 600 cells refer.
        (f"<si><t>{'x' * 1048576}</t></si>", [HEAD, *[row(*['<c t="s"><v>0</v></c>'] * 3)] * 200], "TEXT_TOO_LONG"),
        # One string of exactly the allowed length, to which 9,000 cells refer.
        (f"<si><t>{'x' * 32767}</t></si>", [HEAD, *[row(*['<c t="s"><v>0</v></c>'] * 3)] * 3000], "TEXT_TOO_MUCH"),
    ],
)
async def test_no_declared_size_and_no_long_text_harms_the_service(
    handler: Handler, strings: str, rows: list[str], code: str | None
):
    shared = f'<sst xmlns="{MAIN}" count="9" uniqueCount="4294967295">{strings}</sst>'
    import_id = await handler.check(book({"名单": rows}, shared=shared))
    report = await handler.get(f"/imports/{import_id}")
    assert (report["failure"] or {}).get("code") == code


async def test_a_file_that_ends_its_reader_is_unreadable(handler: Handler, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PYTHONPATH", os.path.join(os.path.dirname(__file__), "..", "..", ".."))
    monkeypatch.setattr("member_svc.roster.reading.FUNCTION", "integration.member_svc.imports.deadly_reader:read")
    import_id = await handler.check(book({"名单": [HEAD, somebody(1)]}))
    assert (await handler.get(f"/imports/{import_id}"))["failure"]["code"] == "FILE_UNREADABLE"


async def test_a_check_that_is_cancelled_leaves_no_child_behind(handler: Handler):
    rows = [HEAD, *(somebody(n) for n in range(20_000))]
    import_id = (await handler.upload(book({"名单": rows}))).json()["import_id"]
    request = Job(UUID(int=1), "import.check", import_id, {"import_id": import_id}, 1, "c", None)
    checking = asyncio.create_task(ImportCheck(handler.bench.database).run(request))
    await asyncio.sleep(0.5)
    checking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await checking
    assert not any("roster_child" in command for command in _commands_of_children())


def _commands_of_children() -> list[str]:
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/stat") as status, open(f"/proc/{pid}/cmdline") as command:
                if int(status.read().rpartition(")")[2].split()[1]) == os.getpid():
                    found.append(command.read())
        except OSError:
            continue
    return found


async def test_a_roster_on_a_hidden_sheet_alone_is_refused_by_name(factories: Handler):
    data = book({"说明": [row("请看")], "名单": [HEAD, somebody(1)]}, hidden=["名单"])
    import_id = await factories.check(data)
    failure = (await factories.get(f"/imports/{import_id}"))["failure"]
    assert (failure["code"], "“名单”（1行）" in failure["message"]) == ("SHEET_HIDDEN", True)


async def test_blank_formulas_and_continuing_sheets_are_reported(factories: Handler):
    empty = '<c t="str"><f>IFERROR(A1,"")</f><v></v></c>'
    data = book({"名单": [row(*NARROW, UNIT), somebody(1, empty)], "续": [somebody(2), somebody(3)]})
    import_id = await factories.check(data)
    assert await codes(factories, import_id) == [(2, "created", str(factories.units[0]), ["CELL_BLANK_FORMULA"])]
    assert "“续”（2行）" in (await notes(factories, import_id))["SHEETS_WITHOUT_HEADINGS"]


async def test_a_number_with_an_unclear_format_rejects_its_row(factories: Handler):
    numeric = '<c s="{}"><v>1234567</v></c>'
    rows = [row(*NARROW, SERVICE_CARD), somebody(1, numeric.format(1)), somebody(2, numeric.format(2))]
    import_id = await factories.check(book({"名单": rows}, style=styles("[DBNum1]00000000", '[=0]"";00000000')))
    assert [found[1::2] for found in await codes(factories, import_id)] == [
        ("rejected", ["CELL_FORMAT"]),
        ("created", []),
    ]
    assert len(await factories.rows(import_id, code="CELL_FORMAT")) == 1
