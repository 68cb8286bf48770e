"""The evaluation of a race finds an answer that contradicts the final state, and a final state that no rule allows."""

from random import Random
from typing import Any, cast

import pytest
from races.pairs import PAIRS
from races.results.evaluation import faults_of
from races.results.final_state import FinalState
from races.subjects import Answer, Subject
from races.world import World, own_home, runner
from unit.races.final_states import LINE, MEMBER, paid, under_review

REFUSED = Answer(code="PEOPLE_REFUSED")
SUBMITTED = Answer({"lines": [{"line_id": LINE}]})
ASKED = Answer({"removal_id": "removal"})


def judged(name: str, one: Answer, other: Answer, final: FinalState, **of_subject: Any) -> list[str]:
    [pair] = [pair for pair in PAIRS if pair.name == name]
    subject = Subject(
        cast("World", None), own_home(1), runner(1), pair.start, Random(1), member_id=MEMBER, **of_subject
    )
    return list(faults_of(pair, subject, (one, other), final))


def removed() -> FinalState:
    final = under_review(member={"removed": True, "protected": False}, candidate={"removed": True})
    final.lines.clear()
    final.reviewed.clear()
    return final


def test_a_removal_that_was_granted_and_a_submission_that_was_refused_go_together():
    assert judged("removal-submission", ASKED, REFUSED, removed()) == []


def test_a_removal_that_came_to_nothing_must_have_been_told_of():
    final = under_review()
    assert len(judged("removal-submission", ASKED, SUBMITTED, final)) == 1
    final.refusals = {"removal"}
    assert judged("removal-submission", ASKED, SUBMITTED, final) == []


def test_a_submission_that_was_answered_and_is_not_there_is_no_promise_kept():
    assert judged("removal-submission", ASKED, SUBMITTED, removed())


def test_a_refused_submission_that_left_a_line_is_found():
    final = under_review()
    final.refusals = {"removal"}
    assert judged("removal-submission", ASKED, REFUSED, final)


def test_two_vouchers_over_one_submission_are_found():
    final = paid()
    final.vouchers["another"] = final.vouchers["voucher"] | {"amount_fen": 0}
    final.center_vouchers["another"] = final.center_vouchers["voucher"]
    answers = Answer({"voucher_id": "voucher"}), Answer({"voucher_id": "another"})
    assert judged("voucher-voucher", *answers, final, line_id=LINE)


def test_one_key_with_two_answers_is_found():
    final = under_review()
    assert judged("one_key-submission", SUBMITTED, SUBMITTED, final) == []
    assert judged("one_key-submission", SUBMITTED, REFUSED, final)


@pytest.mark.parametrize(("passed", "state"), [(True, "withdrawn"), (False, "staged")])
def test_a_line_is_withdrawn_or_passed_and_not_both(passed: bool, state: str):
    final = under_review(reviewed={"passed_up": passed, "state": state})
    found = judged("withdrawal-pass_up", REFUSED, Answer({}), final, line_id=LINE)
    assert any("allowed is" in one for one in found)
