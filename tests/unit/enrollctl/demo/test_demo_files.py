"""Messages about the demo's files and options before the stack starts."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from click.testing import Result
from typer.testing import CliRunner

from contracts.words import EnrollmentType
from enrollctl.__main__ import app
from enrollctl.commands.demo import next_seed
from enrollctl.demo.inputs import plans
from enrollctl.demo.inputs.registry_file import read_registry
from enrollctl.demo.inputs.roster_file import read_roster, units_of
from enrollctl.errors import Failure
from enrollctl.stack.stack import Stack
from enrollctl.workspace.folders import Folders

HEADINGS = ("姓名", "证件类型", "证件号码", "单位（选填）")
REGISTRY = "id_number,card_status,employment_status\n310115198706120906,正常,在职\n"


@pytest.fixture(autouse=True)
def no_stack_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    def start(*_: Any, **__: Any) -> None:
        raise AssertionError("a stack was started")

    monkeypatch.setattr(Stack, "start", start)


@pytest.fixture
def roster(tmp_path: Path) -> Path:
    return workbook(
        tmp_path / "roster.xlsx", ["某公司会员名册"], HEADINGS, ["赵一", "身份证", "310115198706120906", "甲"]
    )


@pytest.fixture
def registry(tmp_path: Path) -> Path:
    return written(tmp_path / "registry.csv", REGISTRY.encode())


def workbook(path: Path, *rows: Any) -> Path:
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        for at, row in enumerate(rows):
            sheet.write_row(at, 0, row)
    return path


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def demo(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(app, ["--dir", str(folder / "stack"), "demo", *words], env={"NO_COLOR": "1"})


def given(folder: Path, roster: Path, registry: Path, *more: str) -> Result:
    return demo(folder, "--roster", str(roster), "--registry", str(registry), "--today", "2024-05-10", *more)


def test_a_roster_is_read_as_member_svc_reads_it(roster: Path):
    found = read_roster(roster)
    assert (found.rows, found.units, found.numbers) == (1, ["甲"], {"310115198706120906"})


def test_another_sheet_is_read_where_it_is_asked_for(tmp_path: Path, registry: Path):
    path = tmp_path / "r.xlsx"
    with xlsxwriter.Workbook(path) as book:
        for name, unit in (("第一批", "甲"), ("第二批", "乙")):
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, HEADINGS)
            sheet.write_row(1, 0, ["赵一", "身份证", "310115198706120906", unit])
    assert read_roster(path).units == ["甲"]
    assert read_roster(path, "第二批").units == ["乙"]
    both = [
        plans.plan_for_files(path, registry, date(2024, 5, 10), confirm_all=False, sheet=at) for at in (None, "第二批")
    ]
    assert both[0].seed != both[1].seed
    done = given(tmp_path, path, registry, "--sheet", "第三批")
    assert (done.exit_code, "SHEET_UNKNOWN" in done.stderr) == (1, True)


def test_a_made_roster_of_centralized_enrollment_has_its_own_day(tmp_path: Path):
    def day(kind: EnrollmentType) -> date:
        return plans.plan_for_new_roster(200, 7, tmp_path, None, confirm_all=False, enrollment_type=kind)[0].today

    assert day(EnrollmentType.IMMEDIATE) == date(2024, 5, 10)
    assert day(EnrollmentType.CENTRALIZED) == date(2024, 12, 10)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "FILE_NOT_XLSX"),
        ("姓名,证件号码\n".encode("gbk"), "FILE_NOT_XLSX"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "FILE_ENCRYPTED"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "FILE_NOT_XLSX"),
        (b"x" * (20 * 1024 * 1024 + 1), "FILE_TOO_LARGE"),
    ],
)
def test_a_file_that_member_svc_would_refuse_is_refused_with_its_sentence_at_once(
    tmp_path: Path, registry: Path, content: bytes, said: str
):
    done = given(tmp_path, written(tmp_path / "bad.xlsx", content), registry)
    assert done.exit_code == 1
    assert said in done.stderr
    assert "bad.xlsx" in done.stderr
    assert "{" not in done.stderr


def test_a_roster_without_its_headings_or_rows_is_refused_at_once(tmp_path: Path, registry: Path):
    done = given(tmp_path, workbook(tmp_path / "r.xlsx", ["称呼", "号码"], ["赵一", "1"]), registry)
    assert (done.exit_code, "COLUMN_MISSING" in done.stderr) == (1, True)
    done = given(tmp_path, workbook(tmp_path / "r.xlsx", HEADINGS), registry)
    assert (done.exit_code, "NO_ROWS" in done.stderr) == (1, True)


@pytest.mark.parametrize("which", ["roster", "registry"])
def test_a_path_without_a_file_is_named(tmp_path: Path, roster: Path, registry: Path, which: str):
    files = {"roster": roster, "registry": registry}
    done = given(tmp_path, **files | {which: tmp_path / "missing"})
    assert (done.exit_code, "missing: No such file or directory" in done.stderr) == (1, True)
    done = given(tmp_path, **files | {which: tmp_path})
    assert (done.exit_code, "is a folder" in done.stderr) == (1, True)


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["A1,正常"], "line 3 has 2 cells"),
        ([",正常,在职"], "line 3 has no id_number"),
        (["A1,正常,上班"], "line 3 has an unknown word in employment_status"),
        (["A1,正常,在职", "", "B2,-,-", " a1 ,正常,在职"], "line 6 has the id_number of line 3 again"),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "gbk", "utf-16"])
def test_a_bad_registry_line_is_one_sentence(tmp_path: Path, roster: Path, lines: list[str], said: str, encoding: str):
    registry = written(tmp_path / "bad.csv", (REGISTRY + "\n".join(lines)).encode(encoding))
    done = given(tmp_path, roster, registry)
    assert done.exit_code == 1
    assert f"bad.csv is refused as registry answers: {said}" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_files_that_were_swapped_are_told(tmp_path: Path, roster: Path, registry: Path):
    done = given(tmp_path, registry, roster)
    assert (done.exit_code, "FILE_NOT_XLSX" in done.stderr) == (1, True)
    with pytest.raises(Failure, match="this is a workbook"):
        read_registry(roster)


def test_the_terminal_says_how_the_registry_was_read(tmp_path: Path, roster: Path):
    text = REGISTRY.replace(",", ";").replace("310115", '="310115').replace("0906", '0906"') + "Z9;-;-\n"
    found = read_registry(written(tmp_path / "r.csv", text.encode("gbk")))
    sentence = found.sentence(Path("r.csv"), read_roster(roster).numbers | {"B2"})
    assert sentence == (
        "r.csv: read as GB18030, separated by semicolons; records: 2, unused columns: 0; "
        "people of the roster listed: 1 of 2 (the other 1 are answered 不明确)"
    )


@pytest.mark.parametrize("day", ["2024-13-01", "2024-02-30", "10.05.2024", "yesterday", "", "1999-01-01", "9999-12-31"])
def test_a_date_that_is_none_is_wrong_use_and_the_right_form_is_said(tmp_path: Path, day: str):
    done = demo(tmp_path, "--today", day)
    assert done.exit_code == 2
    assert "2024-05-10" in done.stderr or "2014-01-01" in done.stderr


@pytest.mark.parametrize(
    "words",
    [
        ["--rows", "0"],
        ["--rows", "-5"],
        ["--rows", "100001"],
        ["--rows", "many"],
        ["--seed", "x"],
        ["--roster", "a.xlsx"],
        ["--registry", "a.csv"],
        ["--sheet", "名单"],
        ["--roster", "a.xlsx", "--registry", "a.csv"],
        ["--enrollment-type", "yearly"],
        ["--nonsense"],
    ],
    ids=" ".join,
)
def test_wrong_options_are_wrong_use(tmp_path: Path, words: list[str]):
    assert demo(tmp_path, *words).exit_code == 2


def test_a_report_that_cannot_be_written_is_told_before_the_start(tmp_path: Path, roster: Path, registry: Path):
    for path in (tmp_path / "missing" / "out.json", tmp_path):
        done = given(tmp_path, roster, registry, "--report", str(path))
        assert (done.exit_code, "cannot write the report" in done.stderr) == (1, True)


def test_a_stack_cannot_be_kept_in_a_file(tmp_path: Path):
    done = CliRunner().invoke(app, ["--dir", str(written(tmp_path / "file", b"")), "demo"])
    assert (done.exit_code, "name another folder with --dir" in done.stderr) == (1, True)


def test_an_earlier_report_stays_until_there_is_a_new_one(tmp_path: Path, roster: Path):
    kept, new = written(tmp_path / "kept.json", b"{}"), tmp_path / "new.json"
    for report in (kept, new):
        given(tmp_path, roster, tmp_path / "missing", "--report", str(report))
    assert json.loads(kept.read_text()) == {}
    assert not new.exists()


@pytest.mark.parametrize(
    ("cells", "units"),
    [
        ([], []),
        (["", ""], []),
        (["甲"], ["甲"]),
        (["甲"] * 50 + ["乙"] * 49 + ["错"], ["甲", "乙"]),
        (["", "", ""] * 99 + ["错", "误"], []),
        ([f"第{at}公司" for at in range(300)], [f"第{at}公司" for at in range(300)]),
    ],
)
def test_the_units_are_what_the_column_is_about(cells: list[str], units: list[str]):
    assert units_of(cells) == units


def test_files_of_other_names_do_not_disturb_the_next_seed(tmp_path: Path):
    folder = tmp_path / "demo"
    folder.mkdir()
    for name in ("roster-200-7.xlsx", "roster-200-mine.xlsx", "roster-a-b-c.xlsx", "roster-200--3.xlsx"):
        (folder / name).touch()
    assert next_seed(Folders(tmp_path)) == 8
