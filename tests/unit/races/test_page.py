"""docs/races.md lists exactly the pairs of commands that `make races` runs."""

from races.pairs import PAIRS
from races.table import PAGE, page


def test_the_page_is_written_from_the_pairs():
    assert PAGE.read_text() == page(), "run `make docs`"


def test_names_are_those_of_one_pair_each():
    names = [pair.name for pair in PAIRS]
    assert len(names) == len(set(names))
