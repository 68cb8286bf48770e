"""Numbers of batches, and who reviews them."""

import re
from datetime import date
from uuid import uuid4

import pytest

from contracts.words import UnionType
from enrollment_svc.domain.refusals import NoSuperior
from enrollment_svc.domain.submissions.batch_numbers import batch_no, next_sequence
from enrollment_svc.domain.submissions.review_chain import UnionNode, review_chain


@pytest.mark.row("F201", "A47", "A23")
@pytest.mark.parametrize(
    ("last", "following"), [(0, 1), (8, 9), (89, 90), (899, 900), (8998, 8999), (8999, 10000), (89999, 100000)]
)
def test_sequences_leave_out_those_that_begin_with_nine(last: int, following: int):
    assert next_sequence(last) == following
    assert re.fullmatch(r"CB20240509(?!9)\d{4,6}", batch_no(date(2024, 5, 9), following))


@pytest.mark.row("F201")
def test_a_number_has_at_least_four_digits():
    assert batch_no(date(2024, 5, 9), 2) == "CB202405090002"


def node(kind: UnionType, **more: bool) -> UnionNode:
    return UnionNode(uuid4(), kind.label, kind, **more)


CITY, DISTRICT, STREET = node(UnionType.MUNICIPAL), node(UnionType.DISTRICT), node(UnionType.STREET)


@pytest.mark.row("A51", "D20")
def test_the_chain_goes_up_to_the_district_and_skips_who_cannot_review():
    closed, empty = node(UnionType.COMMITTEE, active=False), node(UnionType.STREET, has_reviewer=False)
    federation, group = node(UnionType.FEDERATION), node(UnionType.COMMITTEE)
    assert review_chain([group, federation, closed, empty, STREET, DISTRICT, CITY]) == [group, STREET, DISTRICT]
    assert review_chain([node(UnionType.INDUSTRY), CITY])[0].union_type is UnionType.INDUSTRY


@pytest.mark.row("A51")
@pytest.mark.parametrize(
    "above", [[], [CITY], [STREET, CITY], [STREET, node(UnionType.DISTRICT, has_reviewer=False), CITY]]
)
def test_without_a_district_that_reviews_there_is_no_superior(above: list[UnionNode]):
    with pytest.raises(NoSuperior):
        review_chain(above)
