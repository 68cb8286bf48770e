"""Reads a small set of workbooks that are damaged at random from a seed. `make fuzz-workbooks` reads ten thousand."""

from pathlib import Path

import pytest

from fuzz.workbook_mutations import mutant, starts
from fuzz.workbooks import MIB, MOST_MIB, own_peak_mib, run


@pytest.fixture(autouse=True)
def _child_finds_the_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))


async def test_each_is_read_or_refused_with_a_known_code():
    tally = await run(200, seed=7, minutes=5)
    assert tally.crashed == []
    assert sum(tally.outcomes.values()) == 200
    assert tally.outcomes["read"] > 30
    assert len(tally.outcomes) > 4
    assert 0 < tally.peak_child // MIB < MOST_MIB
    assert own_peak_mib() > 0


def test_the_same_seed_is_the_same_file():
    start = starts()
    assert [mutant(3, n, start) for n in range(20)] == [mutant(3, n, start) for n in range(20)]
    assert len({mutant(3, n, start) for n in range(20)}) > 15
