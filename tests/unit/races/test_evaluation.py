"""The evaluation finds a command whose answer did not hold, and an end state that no rule allows."""

from random import Random
from typing import Any, cast

import pytest
from races.pairs import PAIRS
from races.results.books import Ends
from races.results.evaluation import faults_of
from races.subjects import Answer, Subject
from races.world import World, own_home, runner
from unit.races.ends import LINE, MEMBER, paid, under_review

REFUSED = Answer(code="PEOPLE_REFUSED")
SUBMITTED = Answer({"lines": [{"line_id": LINE}]})
ASKED = Answer({"removal_id": "removal"})


def judged(name: str, one: Answer, other: Answer, ends: Ends, **of_subject: Any) -> list[str]:
    [pair] = [pair for pair in PAIRS if pair.name == name]
    subject = Subject(
        cast("World", None), own_home(1), runner(1), pair.start, Random(1), member_id=MEMBER, **of_subject
    )
    return list(faults_of(pair, subject, (one, other), ends))


def removed() -> Ends:
    ends = under_review(member={"removed": True, "protected": False}, candidate={"removed": True})
    ends.lines.clear()
    ends.reviewed.clear()
    return ends


def test_a_removal_that_was_granted_and_a_submission_that_was_refused_go_together():
    assert judged("removal-submission", ASKED, REFUSED, removed()) == []


def test_a_removal_that_came_to_nothing_must_have_been_told_of():
    ends = under_review()
    assert len(judged("removal-submission", ASKED, SUBMITTED, ends)) == 1
    ends.refusals = {"removal"}
    assert judged("removal-submission", ASKED, SUBMITTED, ends) == []


def test_a_submission_that_was_answered_and_is_not_there_is_no_promise_kept():
    assert judged("removal-submission", ASKED, SUBMITTED, removed())


def test_a_refused_submission_that_left_a_line_is_found():
    ends = under_review()
    ends.refusals = {"removal"}
    assert judged("removal-submission", ASKED, REFUSED, ends)


def test_two_vouchers_over_one_submission_are_found():
    ends = paid()
    ends.vouchers["another"] = ends.vouchers["voucher"] | {"amount_fen": 0}
    ends.center_vouchers["another"] = ends.center_vouchers["voucher"]
    answers = Answer({"voucher_id": "voucher"}), Answer({"voucher_id": "another"})
    assert judged("voucher-voucher", *answers, ends, line_id=LINE)


def test_one_key_with_two_answers_is_found():
    ends = under_review()
    assert judged("one_key-submission", SUBMITTED, SUBMITTED, ends) == []
    assert judged("one_key-submission", SUBMITTED, REFUSED, ends)


@pytest.mark.parametrize(("passed", "state"), [(True, "withdrawn"), (False, "staged")])
def test_a_line_is_withdrawn_or_passed_and_not_both(passed: bool, state: str):
    ends = under_review(reviewed={"passed_up": passed, "state": state})
    found = judged("withdrawal-pass_up", REFUSED, Answer({}), ends, line_id=LINE)
    assert any("allowed is" in one for one in found)
