"""What a record's number says at its place: the rules of ADR 0002, without a database.

A place is a topic and a key. Its owner numbers events from 1 without a gap and publishes them in that order; compaction
may remove earlier ones, and retention the first ones.
"""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

#: The sequences that were skipped, from the first to the last.
Gap = tuple[int, int]


class Standing(StrEnum):
    """`DUE` and `PASSED_OVER` are handled and move the position, `SEEN` is a copy, the others are kept for an operator.

    `TAKEN`: another record had that number. `PASSED_OVER`: on a compacted topic, where a fenced producer makes offsets
    the truth, a number that had been passed over comes after all; `LATE` is the same where offsets prove nothing.
    """

    DUE = "due"
    SEEN = "seen"
    JUMP = "jump"
    LATE = "late"
    TAKEN = "taken"
    PASSED_OVER = "passed over"


@dataclass(frozen=True, slots=True)
class Numbered:
    """A record by its number, with its id and where it lies."""

    sequence: int
    id: UUID
    partition: int
    offset: int


@dataclass(slots=True)
class Position:
    """The last record of a place that was taken; `last` is 0 where there was none.

    `gap` is what the last accepted jump passed over. `gaps` and `regressions` count what this transaction adds.
    """

    last: int = 0
    last_id: UUID | None = None
    partition: int | None = None
    offset: int | None = None
    gap: Gap | None = None
    gaps: int = 0
    regressions: int = 0

    def judge(self, record: Numbered, *, compacted: bool, began_at: int = 0) -> Standing:
        """`began_at` is the first offset that the partition still held when this reader began."""
        if record.sequence > self.last:
            due = record.sequence == self.last + 1 or self._may_jump(record, compacted, began_at)
            return Standing.DUE if due else Standing.JUMP
        if self.passed_over(record.sequence):
            if not compacted:
                return Standing.LATE
            return Standing.PASSED_OVER if self._lies_behind(record) else Standing.SEEN
        if record.sequence == self.last and self.last_id not in (None, record.id):
            return Standing.TAKEN
        return Standing.SEEN

    def take(self, record: Numbered) -> int:
        """Move to the record, also back to one that was passed over; returns how many numbers were passed over now."""
        missed = max(0, record.sequence - self.last - 1)
        if missed:
            self.gap = (self.last + 1, record.sequence - 1)
        elif record.sequence < self.last:
            self.regressions += 1
            self.gap = (self.gap[0], record.sequence - 1) if self.gap and self.gap[0] < record.sequence else None
        self.last, self.last_id = record.sequence, record.id
        self.partition, self.offset = record.partition, record.offset
        return missed

    def passed_over(self, sequence: int) -> bool:
        return self.gap is not None and self.gap[0] <= sequence <= self.gap[1]

    def _may_jump(self, record: Numbered, compacted: bool, began_at: int) -> bool:
        """A new reader begins where retention or compaction has left off.

        Later only compaction passes numbers over, and each that it removed had an offset of the partition.
        """
        if not self.last:
            return compacted or began_at > 0
        if not compacted:
            return False
        if self.offset is None:
            return True
        return self._lies_behind(record) and record.sequence - self.last <= record.offset - self.offset

    def _lies_behind(self, record: Numbered) -> bool:
        """It came later in the same partition than the last one taken."""
        return self.offset is not None and record.partition == self.partition and record.offset > self.offset
