"""`Position.judge` classifies a record by its sequence number and its offset, for every combination."""

from uuid import UUID

import pytest

from chassis.messaging import Arrival, Numbered, Position

HANDLED_ID, OTHER_ID = UUID(int=1), UUID(int=2)
#: The position of a key of which six records were handled. The sixth record is at offset 60 of partition 0.
KNOWN = {"last": 6, "last_id": HANDLED_ID, "partition": 0, "offset": 60}


def record(sequence: int, *, offset: int = 61, partition: int = 0, id: UUID = OTHER_ID) -> Numbered:
    return Numbered(sequence, id, partition, offset)


@pytest.mark.parametrize("compacted", [False, True])
@pytest.mark.parametrize(
    ("sequence", "id", "arrival"),
    [
        (7, OTHER_ID, Arrival.DUE),
        (1006, OTHER_ID, Arrival.JUMP),
        (2**63 - 1, OTHER_ID, Arrival.JUMP),
        (6, HANDLED_ID, Arrival.SEEN),
        (6, OTHER_ID, Arrival.TAKEN),
        (3, OTHER_ID, Arrival.SEEN),
    ],
)
def test_at_a_key_that_was_read_before(compacted: bool, sequence: int, id: UUID, arrival: Arrival):
    assert Position(**KNOWN).judge(record(sequence, id=id), compacted=compacted) is arrival


@pytest.mark.parametrize(
    ("compacted", "first_offset", "sequence", "arrival"),
    [
        (False, 0, 1, Arrival.DUE),
        (False, 0, 1000, Arrival.JUMP),
        (False, 400, 1000, Arrival.DUE),
        (True, 0, 1, Arrival.DUE),
        (True, 0, 1000, Arrival.DUE),
    ],
)
def test_at_a_key_that_is_new(compacted: bool, first_offset: int, sequence: int, arrival: Arrival):
    """If the partition begins above offset 0, retention has removed the first records; compaction can remove records
    anywhere.
    """
    assert Position().judge(record(sequence), compacted=compacted, first_offset=first_offset) is arrival


@pytest.mark.parametrize(
    ("sequence", "offset", "partition", "arrival"),
    [
        (9, 63, 0, Arrival.DUE),
        (10, 63, 0, Arrival.JUMP),
        (9, 63, 1, Arrival.JUMP),
        (9, 12, 0, Arrival.JUMP),
        (7, 3, 0, Arrival.DUE),
    ],
)
def test_compaction_cannot_have_removed_more_than_the_partition_held(
    sequence: int, offset: int, partition: int, arrival: Arrival
):
    found = Position(**KNOWN).judge(record(sequence, offset=offset, partition=partition), compacted=True)
    assert found is arrival


def test_a_position_without_an_offset_accepts_a_compacted_jump():
    assert Position(last=6).judge(record(1006), compacted=True) is Arrival.DUE


class TestBehindAJump:
    def jumped(self) -> Position:
        position = Position(**KNOWN)
        assert position.move_to(record(20, offset=90)) == 13
        assert position.gap == (7, 19)
        return position

    def test_a_skipped_number_is_late_where_offsets_prove_nothing(self):
        assert self.jumped().judge(record(7, offset=91), compacted=False) is Arrival.LATE

    def test_a_skipped_number_fills_the_gap_on_a_compacted_topic_if_it_lies_after_the_jump(self):
        assert self.jumped().judge(record(7, offset=91), compacted=True) is Arrival.FILLS_GAP
        assert self.jumped().judge(record(7, offset=80), compacted=True) is Arrival.SEEN

    def test_a_number_from_before_the_jump_is_still_a_duplicate(self):
        assert self.jumped().judge(record(5, offset=91), compacted=False) is Arrival.SEEN
        assert self.jumped().judge(record(5, offset=91), compacted=True) is Arrival.SEEN

    def test_a_move_into_the_gap_sets_the_position_back_and_the_next_number_is_due(self):
        position = self.jumped()
        assert position.move_to(record(9, offset=91)) == 0
        assert (position.last, position.gap, position.regressions) == (9, (7, 8), 1)
        assert position.judge(record(10, offset=92), compacted=True) is Arrival.DUE

    def test_a_move_to_the_first_skipped_number_ends_the_gap(self):
        position = self.jumped()
        position.move_to(record(7, offset=91))
        assert (position.last, position.gap) == (7, None)
