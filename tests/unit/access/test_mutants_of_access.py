"""Every hole that is planted to test the walk still matches the code."""

import pytest
from access.mutants import HOLES, PlantedHole


@pytest.mark.parametrize("hole", HOLES, ids=lambda hole: hole.mutant.name)
def test_a_planted_hole_has_its_place(hole: PlantedHole):
    hole.mutant.checked_text()


def test_the_services_import_all_planted_holes_at_once():
    packages = [hole.mutant.package for hole in HOLES]
    assert len(set(packages)) == len(packages)
