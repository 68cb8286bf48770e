"""The last lines that a run of the fault rig prints, and its exit code."""

import argparse
from itertools import islice

import pytest

from faults import command
from faults.checks.reconciliation import Reconciliation
from faults.command import Folder, all_held, closing_line, disk_recovery_line, mutants, recovery_line, run
from faults.mutants import MUTANTS
from faults.rig.callers import PutOff
from faults.scenario import Outcome, broken, platform_scenario, scenario
from faults.scenarios import load_all
from faults.soak import plan

GOOD = Outcome("good", Reconciliation(redelivered=3), faults=2)
SKIPPED = Outcome("skipped", Reconciliation(), skipped="no such library")


def bad() -> Outcome:
    reconciliation = Reconciliation()
    reconciliation.find("lost", "an event")
    return Outcome("bad", reconciliation, faults=1)


@pytest.fixture(autouse=True)
def scenarios() -> None:
    load_all()


def test_a_run_holds_where_something_ran_and_nothing_was_bad():
    assert all_held([GOOD, SKIPPED])
    assert not all_held([GOOD, bad()])


def test_nothing_that_ran_is_no_success():
    assert not all_held([])
    assert not all_held([SKIPPED])


def test_who_asks_for_a_scenario_by_name_is_told_that_it_was_skipped():
    assert not all_held([GOOD, SKIPPED], whole=True)


def test_what_goes_wrong_with_the_rig_is_stuck_and_in_the_closing_line():
    line = closing_line([GOOD, broken("the rig", OSError("no port"))])
    assert line == "faults: 2 scenarios, 2 faults injected, lost=0 doubled=0 out_of_order=0 stuck=1 redelivered=3"
    assert not all_held([GOOD, broken("the rig", OSError())])


def test_the_closing_line_names_what_was_skipped():
    line = closing_line([GOOD, SKIPPED])
    assert line == "faults: 1 scenarios, 2 faults injected, lost=0 doubled=0 out_of_order=0 stuck=0 redelivered=3 " + (
        "skipped=1 (skipped)"
    )
    assert "skipped" not in closing_line([GOOD])


def test_recoveries_after_kills_are_told_where_there_were_any():
    found = [
        GOOD,
        Outcome("killed", Reconciliation(), recoveries=[9.0, 4.0]),
        Outcome("again", Reconciliation(), recoveries=[21.26]),
    ]
    assert recovery_line(found) == "faults: recovery p50=9.0 s max=21.3 s after 3 series of kills"
    assert recovery_line([GOOD]) == ""


def test_a_rig_that_cannot_begin_closes_with_its_line_and_keeps_its_folder(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    def no_ground(_: object) -> object:
        raise OSError("no port")

    kept: list[Folder] = []
    monkeypatch.setattr(Folder, "__exit__", lambda self, *_: kept.append(self))
    monkeypatch.setattr(command, "running_rig_stack", no_ground)
    options = argparse.Namespace(names=["killed_before_commit"], seed=1, keep=False)
    assert run(options) == 1
    assert "stuck=1" in capsys.readouterr().out.splitlines()[-1]
    assert kept[0].keep


@pytest.mark.parametrize("ask", [run, mutants])
def test_a_name_that_is_none_is_refused(ask, capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as refused:
        ask(argparse.Namespace(names=["typo"], seed=1, keep=False))
    assert refused.value.code == 2
    assert "typo" in capsys.readouterr().err


def test_any_trouble_is_not_enough_to_catch_a_planted_bug():
    mutant = next(one for one in MUTANTS if one.wrongs == ("lost",))
    stuck, lost = Reconciliation(), Reconciliation()
    stuck.find("stuck", "a service did not start")
    lost.find("lost", "an event")
    assert mutant.caught_by(stuck) is None
    assert mutant.caught_by(lost) == "lost 1: an event"


def test_a_soak_follows_from_its_seed_and_brings_every_scenario_before_any_comes_again():
    everything = set(scenario.found) | set(platform_scenario.found)
    first = list(islice(plan(7), 60))
    assert first == list(islice(plan(7), 60))
    assert first != list(islice(plan(8), 60))
    seen: list[str] = []
    for one in first:
        seen += [two.name for two in one.scenarios]
    assert set(seen[: len(everything)]) == everything


def test_recovery_from_full_disks_stands_on_a_line_of_its_own():
    found = [Outcome("disks", Reconciliation(), disk_recoveries=[3.0, 20.0, 4.0]), GOOD]
    assert disk_recovery_line(found) == "faults: recovery p50=4.0 s max=20.0 s after 3 full disks"
    assert disk_recovery_line([GOOD]) == ""


def answered(status: int, retry_after: str | None, text: str) -> PutOff:
    return PutOff("member-svc", status, retry_after, text)


def test_a_clear_refusal_is_a_503_with_a_sentence_and_when_to_come_again():
    assert answered(503, "2", "系统繁忙，本次操作未生效，请稍后重试").is_clear
    assert not answered(500, "2", "系统繁忙，本次操作未生效，请稍后重试").is_clear
    assert not answered(503, None, "系统繁忙，本次操作未生效，请稍后重试").is_clear
    assert not answered(503, "2", "Internal Server Error").is_clear
