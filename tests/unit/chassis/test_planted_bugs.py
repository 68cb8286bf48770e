"""For every bug that `make faults-mutants` plants: the replaced text is in the code, and its scenario exists."""

import pytest

from faults.mutants import MUTANTS, Mutant
from faults.scenario import platform_scenario, scenario
from faults.scenarios import load_all


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_planted_bug_still_has_its_place(mutant: Mutant):
    assert mutant.whole in mutant.checked_text()


def test_every_planted_bug_has_a_scenario_that_must_catch_it():
    load_all()
    assert {mutant.scenario for mutant in MUTANTS} <= scenario.found.keys() | platform_scenario.found.keys()
