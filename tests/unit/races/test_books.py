"""What the comparison after a race calls a contradiction."""

from typing import Any

import pytest
from races.books import Ends
from races.pairs import PAIRS

LINE = "line"


def ends(
    member: dict[str, bool] | None = None,
    candidate: dict[str, bool] | None = None,
    line: dict[str, Any] | None = None,
    reviewed: dict[str, Any] | None = None,
) -> Ends:
    """A listed member under review whom all stores see alike, but for what is given."""
    return Ends(
        {"removed": False, "pending": False, "card": False, "protected": True} | (member or {}),
        {"removed": False, "card": False} | (candidate or {}),
        {LINE: {"state": "in_review", "withdrawal": None, "held": True} | (line or {})},
        {LINE: {"state": "staged", "held": True} | (reviewed or {})},
    )


def test_a_person_whom_all_stores_see_alike_is_no_contradiction():
    assert list(ends().contradictions()) == []


def test_a_removed_person_under_review_is_one_even_where_all_stores_agree():
    gone = {"removed": True}
    assert list(ends(gone, gone).contradictions()) == ["removed and under review"]


@pytest.mark.parametrize(
    "differs",
    [
        {"member": {"pending": True}},
        {"member": {"removed": True}},
        {"candidate": {"card": True}},
        {"member": {"protected": False}},
        {"line": {"state": "withdrawn"}},
        {"line": {"withdrawal": "requested"}},
        {"reviewed": {"held": False}},
        {"reviewed": {"state": "returned"}},
    ],
    ids=str,
)
def test_whatever_two_stores_see_differently_is_one(differs: dict[str, Any]):
    assert list(ends(**differs).contradictions())


def test_a_line_that_one_of_two_services_knows_is_one():
    one = ends()
    one.reviewed.clear()
    assert list(one.contradictions())


def test_removal_and_submission_may_not_both_be_in_effect_nor_neither():
    [pair] = [pair for pair in PAIRS if pair.name == "removal-submission"]
    assert pair.also(ends()) is None
    assert pair.also(ends(line={"held": False}))
    assert pair.also(ends({"removed": True}))
