"""The states of a batch line: the allowed transitions, and the state that the unit sees."""

import pytest

from chassis.domain import Refusal
from contracts.words import Term
from enrollment_svc.domain.batches.enrolled import Enrolled, enrolled
from enrollment_svc.domain.batches.lines import LINE, LineState, PersonState, batch_state, states_before
from enrollment_svc.domain.overview.steps import Step, current_step
from enrollment_svc.domain.refusals import (
    LineNotCompletable,
    LineNotReassignable,
    LineNotRejectable,
    LineNotReturnable,
    LineNotWithdrawn,
    NotWithdrawable,
)
from enrollment_svc.domain.submissions.review_chain import reassigned
from enrollment_svc.domain.submissions.warnings import Caution, warnings_of

IN_REVIEW, COMPLETED, RETURNED, WITHDRAWN = LineState


@pytest.mark.row("A14", "A48", "A49", "A50", "A53")
@pytest.mark.parametrize(
    ("action", "leads", "refusal"),
    [
        ("return_people", {IN_REVIEW: IN_REVIEW, COMPLETED: IN_REVIEW}, LineNotReturnable),
        ("return", {IN_REVIEW: RETURNED, COMPLETED: RETURNED}, LineNotReturnable),
        ("complete", {IN_REVIEW: COMPLETED, COMPLETED: COMPLETED}, LineNotCompletable),
        ("center_reject", {COMPLETED: IN_REVIEW}, LineNotRejectable),
        ("request_withdrawal", {IN_REVIEW: IN_REVIEW}, NotWithdrawable),
        ("withdraw", {IN_REVIEW: WITHDRAWN, COMPLETED: WITHDRAWN}, LineNotWithdrawn),
        ("reassign", {IN_REVIEW: IN_REVIEW, COMPLETED: IN_REVIEW}, LineNotReassignable),
    ],
)
def test_each_act_leads_where_it_may_and_is_refused_by_name_elsewhere(
    action: str, leads: dict[LineState, LineState], refusal: type[Refusal]
):
    assert set(states_before(action)) == set(leads)
    for state in LineState:
        if state in leads:
            assert LINE.after(state, action) is leads[state]
        else:
            with pytest.raises(refusal):
                LINE.after(state, action)


def test_the_machine_ends_where_a_line_has_gone_back():
    assert LINE.ends == (RETURNED, WITHDRAWN)
    assert LINE.start == (IN_REVIEW,)


@pytest.mark.row("F183", "F184", "A13", "A14")
def test_a_batch_shows_the_least_finished_of_its_lines():
    assert batch_state({COMPLETED, IN_REVIEW}).label == "区局确认中"
    assert batch_state({COMPLETED, RETURNED}).label == "已完成"
    assert batch_state({RETURNED, WITHDRAWN}).label == "已退回"


@pytest.mark.row("F035", "A54")
@pytest.mark.parametrize(
    ("person", "line", "status"),
    [
        (PersonState.HELD, IN_REVIEW, "审核中"),
        (PersonState.HELD, COMPLETED, "已参保"),
        (PersonState.RETURNED, COMPLETED, "已退回"),
        (PersonState.RETURNED, IN_REVIEW, "已退回"),
        (PersonState.WITHDRAWN, WITHDRAWN, "已撤回"),
    ],
)
def test_cover_begins_with_the_completed_line(person: PersonState, line: LineState, status: str):
    assert enrolled(person, line).label == status
    assert Enrolled.from_label(status) is enrolled(person, line)


@pytest.mark.row("A56")
def test_a_closed_reviewer_is_replaced_where_he_stood():
    chain = [{"union_id": "s", "name": "街道"}, {"union_id": "d", "name": "区"}]
    assert reassigned(chain, "s", "n", "新街道") == [{"union_id": "n", "name": "新街道"}, chain[1]]
    assert reassigned(chain, "x", "n", "新街道") == chain


@pytest.mark.row("A56")
def test_a_closed_reviewer_whose_place_the_next_one_takes_is_left_out():
    chain = [{"union_id": "s", "name": "街道"}, {"union_id": "d", "name": "区"}]
    assert reassigned(chain, "s", "d", "区") == [chain[1]]


@pytest.mark.row("A49")
def test_whoever_came_back_across_the_middle_of_the_year_is_warned_of():
    full, half = Term.FULL_YEAR, Term.HALF_YEAR
    assert [(w.caution, w.people) for w in warnings_of([full, full, half], half)] == [(Caution.HALF_YEAR_NOW, 2)]
    assert warnings_of([full], full) == []
    assert warnings_of([half], half) == []
    assert [w.people for w in warnings_of([], full, employment_changed=3)] == [3]


@pytest.mark.row("F203")
@pytest.mark.parametrize(
    ("to_do", "current"),
    [
        ((5, 2, 5, 0, 0), Step.CHECK),
        ((0, 2, 5, 1, 0), Step.CONFIRM),
        ((0, 0, 5, 0, 0), Step.VERIFY),
        ((0, 0, 5, 1, 1), Step.READY),
        ((0, 0, 0, 0, 1), Step.SUBMIT),
        ((0, 0, 0, 0, 0), Step.CHECK),
    ],
)
def test_the_step_bar_stands_where_there_is_something_to_do(to_do: tuple[int, ...], current: Step):
    names = ("unchecked", "to_confirm", "to_verify", "ready", "submitted")
    assert current_step(**dict(zip(names, to_do, strict=True))) is current
