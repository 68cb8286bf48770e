"""The demo runs with rosters and registry files as users have them, and runs a second time with the same files."""

import asyncio
import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import xlsxwriter
from click.testing import Result
from typer.testing import CliRunner

from enrollctl.__main__ import app
from enrollctl.reconciliation.stack_reconciliation import reconcile_stack
from enrollctl.roster.resident_ids import resident_id
from enrollctl.stack.stack import Stack

HEADINGS = ("姓名", "证件类型", "证件号码", "单位（选填）")


def number(order: int) -> str:
    return resident_id("310115", date(1987, 6, 12), order)


def workbook(path: Path, *rows: Sequence[str]) -> Path:
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("名单")
        for at, row in enumerate(rows):
            sheet.write_row(at, 0, row)
    return path


def registry(path: Path, *orders: int, encoding: str = "gbk") -> Path:
    lines = [f"{number(order)},正常,在职" for order in orders]
    path.write_bytes("\r\n".join(["id_number,card_status,employment_status", *lines, ""]).encode(encoding))
    return path


def demo(stack: Stack, roster: Path, answers: Path) -> tuple[Result, dict[str, Any]]:
    """Run the command on the running stack; return its result and its report."""
    report = roster.with_suffix(".json")
    words = ["--dir", str(stack.folders.root), "demo", "--roster", str(roster), "--registry", str(answers)]
    done = CliRunner().invoke(app, [*words, "--today", "2024/05/10", "--report", str(report)])
    return done, json.loads(report.read_text())


@pytest.fixture(scope="module")
def two_runs(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Result, dict[str, Any]]]:
    """Two runs of the demo with the same files. The roster has a title above the headings, a remark in a heading, and
    the name of a unit in each row.

    The registry file is a csv from Excel.
    """
    folder = tmp_path_factory.mktemp("given")
    people = [(name, "身份证", number(order), "某一公司") for name, order in (("赵一", 90), ("赵二", 91))]
    roster = workbook(folder / "r.xlsx", ["某公司会员名册"], HEADINGS, *people)
    answers = registry(folder / "r.csv", 90, 91)
    return [demo(stack, roster, answers) for _ in range(2)]


def test_a_title_above_the_headings_and_a_csv_from_excel_blind_nobody(
    two_runs: list[tuple[Result, dict[str, Any]]],
):
    done, found = two_runs[0]
    assert done.exit_code == 0, done.output
    assert (found["imported"], found["rejected_rows"], found["completed"]) == (2, 0, 2)
    assert "read as GB18030" in done.stderr
    assert "2 of 2" in done.stderr


def test_a_second_run_is_told_apart_from_what_was_there_before(two_runs: list[tuple[Result, dict[str, Any]]]):
    first, (done, found) = two_runs[0][1], two_runs[1]
    assert done.exit_code == 0, done.output
    assert (found["imported"], found["unchanged"], found["excluded"]["covered"]) == (0, 2, 2)
    assert not any(found["this_run"].values())
    assert found["before"] == first["this_run"]
    assert found["before"]["paid_fen"] == 2600
    assert found["events_this_run"] | {"plant": 0} == dict.fromkeys(found["events"], 0)
    assert "The roster added nobody: 2 people" in done.stderr
    assert "before this run" in done.stdout


def test_a_roster_of_which_every_row_is_rejected_is_no_success(stack: Stack, tmp_path: Path):
    rows = [("赵一", "身份证", "123"), ("赵二", "驾驶证", number(92))]
    done, found = demo(stack, workbook(tmp_path / "r.xlsx", HEADINGS[:3], *rows), registry(tmp_path / "r.csv"))
    assert done.exit_code == 1
    assert "rejected all 2 rows" in done.stderr
    assert "1 × 【证件号码】" in done.stderr
    assert [(one["row"], one["code"]) for one in found["rejected"]] == [
        (2, "NUMBER_MALFORMED"),
        (3, "DOCUMENT_TYPE_UNKNOWN"),
    ]


def test_some_rejected_rows_are_told_with_their_reasons(stack: Stack, tmp_path: Path):
    rows = [("赵一", "身份证", number(93)), ("赵二", "身份证", number(94)[:17])]
    done, found = demo(stack, workbook(tmp_path / "r.xlsx", HEADINGS[:3], *rows), registry(tmp_path / "r.csv", 93))
    assert done.exit_code == 0, done.output
    assert (found["imported"], found["rejected_rows"], found["completed"]) == (1, 1, 1)
    assert "Rejected rows: 1" in done.stdout
    assert "NUMBER_MALFORMED" in done.stdout


def test_a_person_missing_in_one_store_is_missed_by_a_demo_about_others(stack: Stack, tmp_path: Path):
    roster = workbook(tmp_path / "r.xlsx", HEADINGS[:3], ("赵一", "身份证", number(95)))
    member_id = execute(
        stack, "UPDATE candidates SET removed_at = now() WHERE removed_at IS NULL AND member_id = "
        "(SELECT min(member_id::text)::uuid FROM candidates WHERE removed_at IS NULL) RETURNING member_id"
    )  # fmt: skip
    try:
        done, found = demo(stack, roster, registry(tmp_path / "r.csv", 95))
    finally:
        execute(stack, "UPDATE candidates SET removed_at = NULL WHERE member_id = $1 RETURNING member_id", member_id)
    assert done.exit_code == 1
    assert found["lost"] == 0
    members = found["stack"]["members"]
    assert f"members: member-svc {members:,}, enrollment-svc {members - 1:,}" in done.stderr
    assert "not the same in 1 union (" in done.stderr
    assert "enrollctl dead-letters list" in done.stderr
    assert reconcile_stack(stack).problems() == []


def execute(stack: Stack, statement: str, *values: Any) -> Any:
    async def on_its_database() -> Any:
        connection = await asyncpg.connect(stack.database_url("enrollment-svc"))
        try:
            return await connection.fetchval(statement, *values)
        finally:
            await connection.close()

    return asyncio.run(on_its_database())
