"""After a race, the stores of the services are compared. The tests check which differences count as contradictions."""

from typing import Any

import pytest
from races.results.contradictions import contradictions
from unit.races.final_states import paid, under_review


def test_what_all_stores_see_alike_is_no_contradiction():
    assert list(contradictions(under_review())) == []
    assert list(contradictions(paid())) == []


def test_a_removed_person_under_review_is_one_even_where_all_stores_agree():
    gone = {"removed": True}
    assert list(contradictions(under_review(member=gone, candidate=gone))) == ["removed and under review"]


def test_a_removed_person_whom_the_center_rejected_is_none():
    gone = {"removed": True}
    final = under_review(member=gone, candidate=gone)
    final.sent = {"line": [{"sent": "rejected"}]}
    assert list(contradictions(final)) == []


def test_whose_unit_moved_after_his_removal_is_none():
    """When a unit moves to another union, only its members move with it (A56), not people who were removed before. So
    two stores can name different unions for a removed person.
    """
    elsewhere = {"removed": True, "union_id": "another"}
    final = under_review(member=elsewhere | {"protected": False}, candidate={"removed": True})
    final.lines, final.reviewed = {}, {}
    assert list(contradictions(final)) == []
    final.candidates["member"]["unit_id"] = "another"
    assert list(contradictions(final)) == ["unit_id: member-svc unit, enrollment-svc another"]


@pytest.mark.parametrize(
    "differs",
    [
        {"member": {"pending": True}},
        {"member": {"removed": True}},
        {"member": {"union_id": "another"}},
        {"member": {"protected": False}},
        {"candidate": {"card": True}},
        {"candidate": {"employment": "deceased"}},
        {"line": {"state": "withdrawn"}},
        {"line": {"withdrawal": "requested"}},
        {"line": {"chain": ["street", "street"]}},
        {"line": {"district_fen": 1301}},
        {"line": {"flagged": "deceased"}},
        {"reviewed": {"held": False}},
        {"reviewed": {"state": "returned"}},
        {"union": {"active": False}},
    ],
    ids=str,
)
def test_whatever_two_stores_see_differently_under_review_is_one(differs: dict[str, Any]):
    assert list(contradictions(under_review(**differs)))


@pytest.mark.parametrize(
    "differs",
    [
        {"line": {"submission_no": "CB202405109001"}},
        {"center": {"state": "rejected"}},
        {"center": {"district_fen": 0}},
        {"due": {"district_fen": 2600}},
        {"due": {"state": "payable"}},
        {"due": {"paid_fen": 0}},
        {"due": {"due_fen": 1000}},
        {"voucher": {"state": "rejected"}},
        {"center_voucher": {"state": "received"}},
    ],
    ids=str,
)
def test_money_that_two_stores_see_differently_is_one(differs: dict[str, Any]):
    assert list(contradictions(paid(**differs)))


def test_a_line_that_one_of_two_services_knows_is_one():
    final = under_review()
    final.reviewed.clear()
    assert list(contradictions(final))


def test_a_person_in_two_lines_is_one():
    final = under_review()
    final.lines["another"] = final.lines["line"]
    final.reviewed["another"] = final.reviewed["line"]
    assert list(contradictions(final)) == ["enrolled in 2 lines at once"]
