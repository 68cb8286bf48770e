"""Who is allowed to send which command about a line, and when (F207–F248)."""

from dataclasses import replace
from datetime import datetime
from uuid import uuid4

import pytest

from chassis.domain import SHANGHAI, Forbidden, Refusal, StaleVersion
from contracts.words import EnrollmentType
from review_svc.domain import line_refusals, lines, returns
from review_svc.domain.lines import LINE as MACHINE
from review_svc.domain.lines import Line, LineState, Reviewer, UnitLineState, unit_state_of
from review_svc.domain.submissions import SUBMISSION, SubmissionState

STREET, DISTRICT = uuid4(), uuid4()
LINE = Line(
    line_id=uuid4(),
    batch_no="CB202405100001",
    union_id=uuid4(),
    unit_id=uuid4(),
    enrollment_type=EnrollmentType.IMMEDIATE,
    chain=(STREET, DISTRICT),
    step=0,
    state=LineState.PENDING,
    version=3,
    passed_up=False,
    heads=2,
    submitted_by="handler",
)
STAGED = replace(LINE, state=LineState.STAGED)
AT_DISTRICT = replace(STAGED, step=1, passed_up=True)
STREET_REVIEWER = Reviewer("street", STREET)
DISTRICT_REVIEWER = Reviewer("district", DISTRICT)


def return_people(line: Line, chosen=None, reason: str = "错", version: int = 3) -> LineState:
    return returns.return_people(line, chosen, reason, reviewer=STREET_REVIEWER, version=version)


@pytest.mark.row("D20", "A15")
def test_the_district_does_not_act_before_the_second_level():
    with pytest.raises(line_refusals.NotYourTurn):
        lines.stage(LINE, DISTRICT_REVIEWER, 3)
    assert lines.stage(LINE, STREET_REVIEWER, 3) is LineState.STAGED


@pytest.mark.row("D02")
def test_a_stranger_gets_the_same_answer_for_a_line_as_for_no_line():
    with pytest.raises(Forbidden):
        lines.stage(LINE, Reviewer("stranger", uuid4()), 3)


@pytest.mark.row("D03")
def test_no_account_reviews_a_line_that_it_submitted():
    with pytest.raises(line_refusals.OwnSubmission):
        lines.stage(LINE, Reviewer("handler", STREET), 3)


@pytest.mark.row("D03")
def test_no_union_reviews_its_own_line():
    with pytest.raises(line_refusals.OwnSubmission):
        lines.stage(replace(LINE, union_id=STREET), STREET_REVIEWER, 3)


@pytest.mark.row("D03")
@pytest.mark.parametrize("step", [0, 1])
def test_no_union_reviews_a_line_that_its_account_submitted_on_behalf_of_a_union_below_it(step: int):
    place = LINE.chain[step]
    line = replace(LINE, step=step, submitted_by="someone", submitted_by_union_id=place)
    staged = replace(line, state=LineState.STAGED)
    mine = Reviewer("another", place)
    acts = [
        lambda: lines.stage(line, mine, 3),
        lambda: lines.unstage(staged, mine, 3),
        lambda: lines.pass_up(staged, mine),
        lambda: lines.send_to_center(staged, mine),
        lambda: returns.return_people(line, None, "错", reviewer=mine, version=3),
    ]
    for act in acts:
        with pytest.raises(line_refusals.OwnSubmission):
            act()


@pytest.mark.row("D03")
def test_another_superior_reviews_a_line_that_a_superior_submitted_on_behalf_of_a_union():
    street = replace(LINE, chain=(DISTRICT,), submitted_by="street handler", submitted_by_union_id=STREET)
    assert lines.stage(street, DISTRICT_REVIEWER, 3) is LineState.STAGED
    assert lines.send_to_center(replace(street, state=LineState.STAGED), DISTRICT_REVIEWER) is LineState.COMPLETED
    with pytest.raises(line_refusals.OwnSubmission):
        lines.stage(street, STREET_REVIEWER, 3)


@pytest.mark.row("D19")
def test_a_stale_screen_is_refused():
    acts = [
        lambda: lines.stage(LINE, STREET_REVIEWER, 2),
        lambda: lines.unstage(STAGED, STREET_REVIEWER, 2),
        lambda: return_people(LINE, version=2),
    ]
    for act in acts:
        with pytest.raises(StaleVersion):
            act()


@pytest.mark.row("F208", "F236")
def test_only_the_end_of_the_chain_submits_to_the_center():
    with pytest.raises(line_refusals.NotLastReviewer):
        lines.send_to_center(STAGED, STREET_REVIEWER)
    assert lines.send_to_center(AT_DISTRICT, DISTRICT_REVIEWER) is LineState.COMPLETED
    with pytest.raises(line_refusals.LastReviewer):
        lines.pass_up(AT_DISTRICT, DISTRICT_REVIEWER)


@pytest.mark.row("F225", "D18", "A48")
def test_a_return_needs_a_reason_and_a_line_that_is_pending():
    with pytest.raises(returns.ReasonMissing):
        return_people(LINE, reason="  ")
    with pytest.raises(line_refusals.NotPending):
        return_people(STAGED)
    with pytest.raises(line_refusals.NothingTicked):
        return_people(LINE, [])
    assert return_people(LINE) is LineState.RETURNED


@pytest.mark.row("A48", "A16")
def test_chosen_people_leave_the_line_where_it_is_and_the_last_one_ends_it():
    assert return_people(LINE, [uuid4()]) is LineState.PENDING
    assert return_people(LINE, [uuid4(), uuid4()]) is LineState.RETURNED


ENDED = [LineState.ARRIVING, LineState.COMPLETED, LineState.RETURNED, LineState.WITHDRAWN]


@pytest.mark.parametrize("state", ENDED)
def test_nothing_can_be_done_with_a_line_that_is_not_before_a_reviewer(state: LineState):
    line = replace(LINE, state=state)
    acts = [
        lambda: lines.stage(line, STREET_REVIEWER, 3),
        lambda: lines.unstage(line, STREET_REVIEWER, 3),
        lambda: lines.pass_up(line, STREET_REVIEWER),
        lambda: return_people(line),
        lambda: lines.send_to_center(replace(line, step=1), DISTRICT_REVIEWER),
    ]
    for act in acts:
        with pytest.raises(Refusal) as refusal:
            act()
        assert refusal.value.code in ("LINE_NOT_PENDING", "LINE_NOT_STAGED")
    assert lines.refusal_to_withdraw(line) == f"LINE_{state.value.upper()}"


@pytest.mark.row("A50")
def test_a_line_can_be_withdrawn_until_a_reviewer_acts():
    assert lines.refusal_to_withdraw(LINE) is None
    assert lines.refusal_to_withdraw(STAGED) == "LINE_STAGED"
    assert lines.refusal_to_withdraw(replace(LINE, step=1)) == "REVIEWER_HAS_ACTED"
    assert lines.refusal_to_withdraw(replace(LINE, passed_up=True)) == "REVIEWER_HAS_ACTED"


@pytest.mark.row("A14")
def test_what_the_unit_is_told_in_detail():
    for state in (LineState.PENDING, LineState.STAGED):
        assert unit_state_of(state, at_last_step=False) is UnitLineState.SECOND_LEVEL_REVIEW
        assert unit_state_of(state, at_last_step=True) is UnitLineState.IN_REVIEW
    for state in (LineState.COMPLETED, LineState.RETURNED, LineState.WITHDRAWN):
        assert unit_state_of(state, at_last_step=True).label == state.label
    assert UnitLineState.SECOND_LEVEL_REVIEW.label == "二级审核中"


@pytest.mark.row("A53", "D21")
def test_only_what_was_completed_can_be_rejected_and_goes_back_before_the_district():
    assert lines.reopen(replace(LINE, state=LineState.COMPLETED)) is LineState.PENDING
    with pytest.raises(line_refusals.NotCompleted):
        lines.reopen(LINE)


@pytest.mark.row("D21")
def test_the_machines_end_where_the_state_tables_end():
    assert set(MACHINE.ends) == {LineState.RETURNED, LineState.WITHDRAWN}
    assert set(SUBMISSION.ends) == {SubmissionState.REJECTED}
    assert not SUBMISSION.allows(SubmissionState.CONFIRMED, "reject")


@pytest.mark.row("A49")
@pytest.mark.parametrize(
    ("submitted", "now", "crossed"), [((6, 30), (7, 1), True), ((6, 29), (6, 30), False), ((7, 1), (7, 2), False)]
)
def test_a_return_that_crosses_the_half_year_is_told(submitted: tuple[int, int], now: tuple[int, int], crossed: bool):
    instants = [datetime(2024, *day, 12, tzinfo=SHANGHAI) for day in (submitted, now)]
    assert returns.crossed_half_year(*instants) is crossed
