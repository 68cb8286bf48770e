"""For every bug that is planted to test the races: the text that it replaces is in the code."""

import pytest
from races.mutants import MUTANTS
from races.pairs import PAIRS

from faults.mutants import Mutant


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_planted_bug_has_its_place_and_its_pair(mutant: Mutant):
    mutant.checked_text()
    assert mutant.scenario in {pair.name for pair in PAIRS}
