"""Who reviews the people that a superior submits on behalf of a union below it (D03, A51)."""

from uuid import uuid4

import pytest

from contracts.words import UnionType
from enrollment_svc.domain.refusals import NoOtherReviewer
from enrollment_svc.domain.submissions.review_chain import UnionNode, reviewed_by_others

STREET = UnionNode(uuid4(), "街道", UnionType.STREET)
COMPANY = UnionNode(uuid4(), "集团", UnionType.COMMITTEE)
DISTRICT = UnionNode(uuid4(), "区", UnionType.DISTRICT)
CHAIN = [COMPANY, STREET, DISTRICT]


@pytest.mark.row("D03")
def test_a_superior_that_submits_is_left_out_and_the_others_review():
    assert reviewed_by_others(CHAIN, COMPANY.union_id) == [STREET, DISTRICT]
    assert reviewed_by_others(CHAIN, STREET.union_id) == [COMPANY, DISTRICT]


@pytest.mark.row("D03")
def test_the_unions_own_account_and_one_above_all_reviewers_leave_the_chain_as_it_is():
    assert reviewed_by_others(CHAIN, uuid4()) == CHAIN
    assert reviewed_by_others(CHAIN, None) == CHAIN


@pytest.mark.row("D03")
def test_the_last_of_the_chain_cannot_be_left_out():
    with pytest.raises(NoOtherReviewer):
        reviewed_by_others(CHAIN, DISTRICT.union_id)
    with pytest.raises(NoOtherReviewer):
        reviewed_by_others([DISTRICT], DISTRICT.union_id)
