"""Checks the lists of mutants. Shows that the report of requirement rows can fail, and that the run of mutants can
fail.

A mutant is a bug that a run plants in the code, to see that a test fails.
"""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from mutants.planting import ROOT, Mutant, NotPlantable, changed_text, plant, read_mutants
from mutants.run import failed_rightly
from requirements import report
from requirements.table import known, rows, screen_only

MUTANTS = Path(__file__).parents[1] / "mutants"
#: The two lists of mutants, and the least number of mutants that each list must have.
RULES, HOLES = "rules.toml", "holes.toml"
LEAST = {RULES: 25, HOLES: 26}


def record(path: Path, *claims: tuple[str, list[str]]) -> Path:
    path.write_text("".join(json.dumps({"test": test, "rows": claimed}) + "\n" for test, claimed in claims))
    return path


def test_the_table_has_every_row_that_must_be_proved():
    expected = [f"F{n:03d}" for n in range(69, 279)] + [f"D{n:02d}" for n in range(7, 28)]
    expected += [f"A{n:02d}" for n in range(1, 63)]
    assert list(rows()) == expected


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
    text = (ROOT / "services/review-svc/src/review_svc/metrics.py").read_text()
    first_line = text.splitlines()[0]
    path = plant(mutant(first_line), tmp_path)
    assert (path / "review_svc/metrics.py").read_text() == text.replace(first_line, "changed")


def test_a_text_that_is_not_there_once_cannot_be_planted(tmp_path: Path):
    with pytest.raises(NotPlantable, match="0 times"):
        plant(mutant("no such text anywhere"), tmp_path)


@pytest.mark.parametrize("name", LEAST)
def test_every_listed_mutant_can_be_planted_and_names_rows_and_tests(name: str):
    listed = read_mutants(MUTANTS / name)
    assert len({one.name for one in listed}) == len(listed) >= LEAST[name]
    for one in listed:
        compile(changed_text(one), one.file, "exec")
        assert all(known(row) for row in one.rows)
        assert one.tests
        assert all(is_there(test) for test in one.tests), one.name


def is_there(test: str) -> bool:
    """Whether the file in a node id of pytest exists and defines the test function in the node id."""
    file, _, function = test.partition("::")
    path = ROOT / file
    return path.exists() and (not function or f"def {function}(" in path.read_text())


def test_the_list_of_a_test_that_was_renamed_is_noticed():
    assert is_there("tests/architecture/test_rows_and_mutants.py::test_the_list_of_a_test_that_was_renamed_is_noticed")
    assert not is_there("tests/architecture/test_rows_and_mutants.py::test_renamed")
    assert not is_there("tests/architecture/test_nowhere.py")


def test_every_rule_names_rows_and_every_hole_its_kind_and_what_its_failure_shows():
    assert all(one.rows for one in read_mutants(MUTANTS / RULES))
    assert all(one.kind and one.shows for one in read_mutants(MUTANTS / HOLES))


def test_a_failure_counts_only_if_it_shows_what_the_list_expects():
    one = replace(mutant("x"), shows="assert 3 == 2")
    printed = "tests/t.py:1: in test_a\n    assert a == 2\nE   assert {} == 2\nFAILED tests/t.py::test_a - assert\n"
    assert failed_rightly(one, printed.format("3")) == (True, "caught by t.py::test_a\n    assert 3 == 2")
    assert failed_rightly(one, printed.format("'assert a == 2'"))[0] is False
