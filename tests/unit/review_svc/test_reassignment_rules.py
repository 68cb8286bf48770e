"""Which union replaces a closed union in a review chain (A56)."""

from dataclasses import replace
from uuid import uuid4

import pytest

from contracts.words import EnrollmentType, UnionType
from review_svc.domain import reassignments as rules
from review_svc.domain.line_refusals import LineClosed
from review_svc.domain.lines import Line, LineState
from review_svc.domain.reassignments import ReviewingUnion, reassigned, require_reassignable

STREET, GROUP, DISTRICT, UNION = uuid4(), uuid4(), uuid4(), uuid4()
LINE = Line(
    line_id=uuid4(),
    batch_no="CB202405100001",
    union_id=UNION,
    unit_id=uuid4(),
    enrollment_type=EnrollmentType.IMMEDIATE,
    chain=(STREET, GROUP, DISTRICT),
    step=1,
    state=LineState.STAGED,
    version=1,
    passed_up=True,
    heads=1,
    submitted_by="handler",
)
CLOSED = ReviewingUnion(GROUP, UnionType.COMMITTEE, active=False, has_reviewer=True)
OTHER = ReviewingUnion(uuid4(), UnionType.STREET, active=True, has_reviewer=True)
OTHER_DISTRICT = replace(OTHER, union_type=UnionType.DISTRICT)
NEXT = ReviewingUnion(DISTRICT, UnionType.DISTRICT, active=True, has_reviewer=True)

pytestmark = pytest.mark.row("A56")


def test_another_union_takes_the_closed_ones_place_and_a_staged_line_is_pending_again():
    assert reassigned(LINE, GROUP, OTHER) == ((STREET, OTHER.union_id, DISTRICT), LineState.PENDING)


def test_where_the_next_union_takes_over_the_closed_place_is_left_out():
    assert reassigned(LINE, GROUP, NEXT) == ((STREET, DISTRICT), LineState.PENDING)


def test_a_line_that_has_not_come_to_the_closed_union_stays_where_it_is():
    assert reassigned(LINE, DISTRICT, OTHER_DISTRICT) == ((STREET, GROUP, OTHER_DISTRICT.union_id), LineState.STAGED)


def test_the_end_of_the_chain_stays_a_district():
    with pytest.raises(rules.MustSubmitToCenter):
        reassigned(LINE, DISTRICT, OTHER)


def test_what_the_closed_union_has_reviewed_already_is_not_given_away():
    with pytest.raises(rules.NotInChain):
        reassigned(LINE, STREET, OTHER)


@pytest.mark.parametrize("union_id", [STREET, UNION])
def test_neither_who_reviewed_it_nor_who_submitted_it_takes_over(union_id):
    with pytest.raises(rules.CannotReview):
        reassigned(LINE, GROUP, replace(OTHER, union_id=union_id))


@pytest.mark.parametrize("state", [LineState.COMPLETED, LineState.RETURNED, LineState.WITHDRAWN])
def test_a_line_that_is_closed_is_left_alone(state: LineState):
    with pytest.raises(LineClosed):
        reassigned(replace(LINE, state=state), GROUP, OTHER)


def test_a_reassignment_needs_a_reason_a_closed_union_and_one_that_can_review():
    require_reassignable(CLOSED, OTHER, "撤销")
    with pytest.raises(rules.ReassignmentReasonMissing):
        require_reassignable(CLOSED, OTHER, " ")
    with pytest.raises(rules.UnionStillActive):
        require_reassignable(replace(CLOSED, active=True), OTHER, "撤销")
    unfit = [
        replace(OTHER, active=False), replace(OTHER, has_reviewer=False),
        replace(OTHER, union_type=UnionType.FEDERATION), replace(OTHER, union_type=UnionType.MUNICIPAL),
    ]  # fmt: skip
    for union in unfit:
        with pytest.raises(rules.CannotReview):
            require_reassignable(CLOSED, union, "撤销")
