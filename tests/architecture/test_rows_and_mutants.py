"""The checks of the rows and of planted changes can fail."""

import json
from pathlib import Path

import pytest

from mutants.planting import Mutant, NotPlantable, plant, read_mutants
from rows import report
from rows.table import known, rows, screen_only

MUTANTS = Path(__file__).parents[1] / "mutants" / "rules.toml"
LEAST_MUTANTS = 25


def record(path: Path, *claims: tuple[str, list[str]]) -> Path:
    path.write_text("".join(json.dumps({"test": test, "rows": claimed}) + "\n" for test, claimed in claims))
    return path


def test_the_table_has_every_row_that_must_be_proved():
    wanted = [f"F{n:03d}" for n in range(69, 279)] + [f"D{n:02d}" for n in range(7, 28)]
    wanted += [f"A{n:02d}" for n in range(1, 63)]
    assert list(rows()) == wanted


def test_a_row_without_a_passed_test_fails_the_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    proved = [row for row in rows() if row not in screen_only()]
    complete = record(tmp_path / "all", *[(f"tests/t.py::test_{row}", [row]) for row in proved])
    assert report.main(complete) == 0
    lacking = record(tmp_path / "lacking", *[(f"tests/t.py::test_{row}", [row]) for row in proved if row != "F105"])
    assert report.main(lacking) == 1
    assert "NO TEST  F105" in capsys.readouterr().out


def test_a_run_that_recorded_nothing_fails_the_report(tmp_path: Path):
    assert report.main(tmp_path / "nothing") == 1


def mutant(old: str) -> Mutant:
    return Mutant("m", ("F201",), "services/review-svc", "src/review_svc/metrics.py", old, "changed", ("tests/unit",))


def test_a_change_is_planted_in_a_copy_alone(tmp_path: Path):
    text = (Path(__file__).parents[2] / "services/review-svc/src/review_svc/metrics.py").read_text()
    first_line = text.splitlines()[0]
    path = plant(mutant(first_line), tmp_path)
    assert (path / "review_svc/metrics.py").read_text() == text.replace(first_line, "changed")


def test_a_text_that_is_not_there_once_cannot_be_planted(tmp_path: Path):
    with pytest.raises(NotPlantable, match="0 times"):
        plant(mutant("no such text anywhere"), tmp_path)


def test_every_listed_mutant_can_be_planted_and_names_rows_and_tests(tmp_path: Path):
    listed = read_mutants(MUTANTS)
    assert len({one.name for one in listed}) == len(listed) >= LEAST_MUTANTS
    for number, one in enumerate(listed):
        plant(one, tmp_path / str(number))
        assert all(known(row) for row in one.rows)
        assert all((Path(__file__).parents[2] / test.split("::")[0]).exists() for test in one.tests)
