"""The ids of new members begin with the time and end with random bits."""

import time
from uuid import RFC_4122

from member_svc.jobs.member_ids import new_member_ids


def test_an_id_begins_with_the_time_and_ends_at_random():
    before = time.time_ns() // 1_000_000
    ids = new_member_ids(1000)
    after = time.time_ns() // 1_000_000
    assert all(before <= one.int >> 80 <= after for one in ids)
    assert {(one.version, one.variant) for one in ids} == {(7, RFC_4122)}
    assert len({one.int & (1 << 62) - 1 for one in ids}) == len(ids)


def test_a_later_id_is_greater():
    [first] = new_member_ids(1)
    time.sleep(0.002)
    assert first < new_member_ids(1)[0]
