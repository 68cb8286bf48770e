"""Every value of a member that is not sealed (encrypted) is read from the roster, published, listed and exported."""

import pytest

from contracts.members import Member
from member_svc.api.members.schemas import MemberView
from member_svc.domain.people import PLAIN
from member_svc.domain.roster.roster_columns import DETAIL_COLUMNS
from member_svc.texts import columns

PLACES = {
    "the columns of the roster": {column.field for column in DETAIL_COLUMNS},
    "the event": set(Member.model_fields),
    "the member list": set(MemberView.model_fields),
    "the export": {column.field for column in columns.MEMBERS},
}


@pytest.mark.parametrize("place", PLACES)
def test_every_plain_value_is_in(place: str):
    assert set(PLAIN.names) - PLACES[place] == set()
