"""Compares a record's sequence number with the position of its topic and key: the rules of ADR 0002, without a
database.

The owner of a topic numbers the events of each key from 1 without a gap and publishes them in that order. On a
compacted topic Kafka can remove every event of a key except the last. On other topics Kafka removes the oldest events.
"""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

#: The sequence numbers that were skipped: the first and the last of them.
Gap = tuple[int, int]


class Arrival(StrEnum):
    """How a record's sequence number compares with the position of its topic and key.

    `DUE` and `FILLS_GAP` records are handled and move the position. A `SEEN` record is a duplicate. `JUMP`, `TAKEN` and
    `LATE` records become dead letters. `JUMP`: numbers before this one are missing. `TAKEN`: another record had this
    number. `FILLS_GAP` and `LATE`: this number was skipped before and comes now, for example 2 in the order 1, 3, 2.
    Such a number can be a late copy: an old relay can still send copies of its records after a new relay has started.
    On a compacted topic Kafka refuses late copies, so a 2 that arrives is genuine and is handled (`FILLS_GAP`). On a
    topic that is not compacted, the 2 is possibly a late copy, so an operator decides (`LATE`).
    """

    DUE = "due"
    SEEN = "seen"
    JUMP = "jump"
    LATE = "late"
    TAKEN = "taken"
    FILLS_GAP = "fills gap"


@dataclass(frozen=True, slots=True)
class Numbered:
    """The number, id, partition and offset of a record."""

    sequence: int
    id: UUID
    partition: int
    offset: int


@dataclass(slots=True)
class Position:
    """The last record of a topic and key that was handled; `last` is 0 if there was none.

    `gap`: the numbers that were skipped when the position last moved forward by more than 1. `gaps` and `regressions`:
    how many numbers were skipped, and how often the position moved back, in this transaction. `gaps` and `regressions`
    are added to the counts in `inbox_positions`.
    """

    last: int = 0
    last_id: UUID | None = None
    partition: int | None = None
    offset: int | None = None
    gap: Gap | None = None
    gaps: int = 0
    regressions: int = 0

    def judge(self, record: Numbered, *, compacted: bool, first_offset: int = 0) -> Arrival:
        """Compare a record with this position.

        `first_offset`: above 0 if earlier records of the partition are missing (`skipped_ranges.first_offsets`).
        """
        if record.sequence > self.last:
            due = record.sequence == self.last + 1 or self._may_jump(record, compacted, first_offset)
            return Arrival.DUE if due else Arrival.JUMP
        if self.is_in_gap(record.sequence):
            if not compacted:
                return Arrival.LATE
            return Arrival.FILLS_GAP if self._lies_after(record) else Arrival.SEEN
        if record.sequence == self.last and self.last_id not in (None, record.id):
            return Arrival.TAKEN
        return Arrival.SEEN

    def move_to(self, record: Numbered) -> int:
        """Move the position to the record; returns how many numbers this skips.

        If the record's number is lower than the position, the position moves back. Then only numbers that are lower
        than the record's number stay in the gap.
        """
        skipped = max(0, record.sequence - self.last - 1)
        if skipped:
            self.gap = (self.last + 1, record.sequence - 1)
        elif record.sequence < self.last:
            self.regressions += 1
            self.gap = (self.gap[0], record.sequence - 1) if self.gap and self.gap[0] < record.sequence else None
        self.last, self.last_id = record.sequence, record.id
        self.partition, self.offset = record.partition, record.offset
        return skipped

    def is_in_gap(self, sequence: int) -> bool:
        return self.gap is not None and self.gap[0] <= sequence <= self.gap[1]

    def _may_jump(self, record: Numbered, compacted: bool, first_offset: int) -> bool:
        """Whether it is allowed to skip the numbers between the position and this record.

        If no record of the key was handled yet, it is allowed if retention or compaction has possibly removed the first
        records. If a record of the key was handled, it is allowed only on a compacted topic. On a topic that is not
        compacted, a missing number can mean a lost record, so an operator decides. Each record that compaction has
        removed had an offset of its own. So if the number rises from 3 to 10, the offset must rise by 7 or more.
        """
        if not self.last:
            return compacted or first_offset > 0
        if not compacted:
            return False
        if self.offset is None:
            return True
        return self._lies_after(record) and record.sequence - self.last <= record.offset - self.offset

    def _lies_after(self, record: Numbered) -> bool:
        """Whether the record lies after the last handled one, in the same partition."""
        return self.offset is not None and record.partition == self.partition and record.offset > self.offset
