import csv
import json
from datetime import date, datetime
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook
from typer.testing import CliRunner

from enrollctl.commands.roster import app
from enrollctl.roster import make_roster, write_registry_csv, write_xlsx
from enrollctl.roster.columns import COLUMNS
from simulator.registries.words import CARD_CODES, EMPLOYMENT_CODES


def sheet_of(path: Path) -> list[list[object]]:
    return list(CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python())


def test_the_sheet_holds_each_row_where_it_says(tmp_path: Path) -> None:
    roster = make_roster(400, 7)
    write_xlsx(roster, tmp_path / "roster.xlsx")
    sheet = sheet_of(tmp_path / "roster.xlsx")
    assert tuple(sheet[0]) == COLUMNS
    for row in roster.rows():
        for wanted, found in zip(row.cells, sheet[row.sheet_row - 1], strict=True):
            found = found.date() if isinstance(found, datetime) else found
            assert found == ("" if wanted is None else wanted)


def test_kinds_of_cells_survive_the_file(tmp_path: Path) -> None:
    write_xlsx(make_roster(400, 7), tmp_path / "roster.xlsx")
    rows = sheet_of(tmp_path / "roster.xlsx")[1:]
    assert {type(row[2]) for row in rows} == {str, float}
    assert {isinstance(row[6], date) for row in rows} == {True, False}


def test_two_writes_of_one_roster_hold_the_same(tmp_path: Path) -> None:
    for name in ("a.xlsx", "b.xlsx"):
        write_xlsx(make_roster(300, 5), tmp_path / name)
    assert sheet_of(tmp_path / "a.xlsx") == sheet_of(tmp_path / "b.xlsx")


def test_registry_words_are_those_the_registries_take(tmp_path: Path) -> None:
    write_registry_csv(make_roster(2000, 7), tmp_path / "registry.csv")
    with (tmp_path / "registry.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["card_status"] for row in rows} <= set(CARD_CODES)
    assert {row["employment_status"] for row in rows} <= set(EMPLOYMENT_CODES)


def test_the_command_writes_both_files_and_tells_the_figures(tmp_path: Path) -> None:
    out, registry = tmp_path / "r.xlsx", tmp_path / "r.csv"
    arguments = ["make", "--rows", "250", "--seed", "9", "--out", str(out), "--registry", str(registry)]
    told = CliRunner().invoke(app, [*arguments, "--json"])
    assert told.exit_code == 0
    assert json.loads(told.output)["expected"] == json.loads(json.dumps(make_roster(250, 9).expected.as_dict()))
    assert out.exists()
    assert registry.exists()
    assert "a new one" in json.loads(told.output)["holds_on"]
    table = CliRunner().invoke(app, arguments).output
    assert "250" in table
    assert "Holds on a stack that has none of these people" in " ".join(table.split())


@pytest.mark.parametrize("option", ["--out", "--registry"])
def test_a_folder_that_is_not_there_is_named(tmp_path: Path, option: str) -> None:
    files = {"--out": str(tmp_path / "r.xlsx"), "--registry": str(tmp_path / "r.csv")}
    files[option] = str(tmp_path / "missing" / "file")
    arguments = [word for pair in files.items() for word in pair]
    result = CliRunner().invoke(app, ["make", "--rows", "20", *arguments])
    assert result.exit_code == 1
    assert "missing" in result.output
