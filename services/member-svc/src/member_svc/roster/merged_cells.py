"""Merged cells of a roster. A value merged over several rows is copied to each row if people can share it (A18)."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from member_svc.domain.roster.cell_kinds import MergedCell
from member_svc.domain.roster.refused_files import FileUnreadable
from member_svc.domain.roster.roster_columns import COLUMNS
from member_svc.workbook.sheet import Merge
from member_svc.workbook.wire import BLANK_FORMULA, pack_cell

#: Columns in which several people can have the same value. A name, a document number, a mobile number or a card belongs
#: to one person.
SHARED_COLUMNS = frozenset(column.heading for column in COLUMNS if column.shared)


def refuse_overlaps(merges: Sequence[Merge], places: Iterable[int]) -> None:
    """Raises FileUnreadable if two merged ranges overlap in a column. `places`: the indexes of the columns to check.

    Excel calls such a file damaged, and it would be unclear which value a cell shows.
    """
    for place in places:
        end = 0
        for merge in sorted(merge for merge in merges if merge.left <= place <= merge.right):
            if merge.top <= end:
                raise FileUnreadable
            end = merge.bottom


class MergedCells:
    """The merged ranges that touch known columns: those whose headings the import knows.

    Call `resolve` for the rows from top to bottom.
    """

    def __init__(self, merges: Iterable[Merge], places: Mapping[str, int], numbers: Sequence[int]) -> None:
        """`numbers`: the numbers of the rows that hold people, ascending."""
        self._names = {place: column for column, place in places.items()}
        touching = sorted(m for m in merges if any(m.left <= place <= m.right for place in self._names))
        self._below = list(reversed(touching))
        self._current: list[Merge] = []
        self._values: dict[Merge, Any] = {}
        self._numbers = numbers

    def touch(self, first: int, last: int) -> bool:
        """Whether a merged range includes a row from `first` to `last`. Call it for rows from top to bottom.

        Before the call, `resolve` must have been called for every row above `first` that a merged range includes.
        """
        begins = bool(self._below) and self._below[-1].top <= last
        return begins or any(merge.bottom >= first for merge in self._current)

    def resolve(self, number: int, line: list[Any]) -> list[str]:
        """Change the row's merged cells in place. Returns the columns that were filled from a row above.

        In a column of SHARED_COLUMNS, a cell gets the value of its merged range. If it is unclear to which person or
        column the value belongs, the cell becomes a MergedCell, and the row is rejected.
        """
        while self._below and self._below[-1].top <= number:
            self._current.append(self._below.pop())
        if not self._current:
            return []
        self._current = [merge for merge in self._current if merge.bottom >= number]
        filled: list[str] = []
        for merge in self._current:
            filled += self._resolve(merge, number, line)
        return filled

    def _resolve(self, merge: Merge, number: int, line: list[Any]) -> Iterable[str]:
        if number == merge.top:
            self._values[merge] = line[merge.left] if merge.left < len(line) else None
        value = self._values.get(merge)
        if value is None or value == "" or value == BLANK_FORMULA:
            self._mark_hidden_texts(merge, number, line)
            return
        for place, column in self._names.items():
            if not merge.left <= place <= merge.right:
                continue
            line += [None] * (place + 1 - len(line))
            if place > merge.left:
                line[place] = pack_cell(MergedCell())
            elif column not in SHARED_COLUMNS and self._people_in(merge) > 1:
                line[place] = pack_cell(MergedCell(_plain(value) if number == merge.top else None))
            elif column in SHARED_COLUMNS and number > merge.top:
                line[place] = value
                yield column

    def _mark_hidden_texts(self, merge: Merge, number: int, line: list[Any]) -> None:
        """Make texts in a blank merged range unreadable. Excel hides such texts, so the handler cannot know of them."""
        for place in self._names:
            inside = merge.left <= place <= merge.right and (number, place) != (merge.top, merge.left)
            if inside and place < len(line) and line[place] not in (None, "", BLANK_FORMULA):
                line[place] = pack_cell(MergedCell())

    def _people_in(self, merge: Merge) -> int:
        return bisect_right(self._numbers, merge.bottom) - bisect_left(self._numbers, merge.top)


def _plain(value: Any) -> Any:
    return None if isinstance(value, dict) else value
