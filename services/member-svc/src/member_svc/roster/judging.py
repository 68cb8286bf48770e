"""Judges the rows of a roster in the child process that reads it (D09, A58). Judging needs no key and no database.

People are sent unit by unit: up to 500 people of a unit together, in the order of the sheet. So the service stores and
applies them together, whatever the order of the units in the sheet.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

import orjson

from member_svc.domain.people import PLAIN
from member_svc.domain.roster import headings
from member_svc.domain.roster.roster_columns import COLUMNS
from member_svc.domain.roster.row_codes import RowCode
from member_svc.domain.roster.row_faults import RowFault
from member_svc.domain.roster.unit_directory import ListedUnit, UnitDirectory
from member_svc.domain.roster.validation import Entry, judge
from member_svc.roster import originals
from member_svc.roster.roster import Row, unpack_row
from member_svc.workbook.wire import ROWS_AT_ONCE, PackedRow

#: A name or document number is masked and reported only up to this length, because a cell can hold 32,767 characters.
LONGEST_SHOWN = 60
#: The same number as `MAX_PEOPLE_PER_PART` of the contracts. It is repeated here, because that module takes long to
#: load.
MOST_TOGETHER = 500
#: People wait until there are `MOST_TOGETHER` people of their unit. If more people than `MOST_WAITING` wait, the people
#: of the units with the most waiting people are sent. So memory is bounded, and the service works while rows are
#: judged.
MOST_WAITING = 10 * ROWS_AT_ONCE
#: The "column" of a fault that concerns the whole row.
WHOLE_ROW = "整行"
#: The warning for a formula with an empty result, by heading.
BLANK_FORMULAS = {column.heading: column.blank_formula for column in COLUMNS if column.blank_formula}
ROW_HIDDEN = RowFault(
    WHOLE_ROW,
    RowCode.ROW_HIDDEN,
    "该行在工作表中被隐藏或筛选掉，已照常读取；如不需要导入，请在文件中删除后重新上传",
)


@dataclass(frozen=True, slots=True)
class Rules:
    """The data by which rows are judged. `units`: the units of the union. `ticked`: the unit for a blank 单位 cell.
    `today`: the day of the check.
    """

    units: Sequence[ListedUnit]
    ticked: UUID
    today: date

    def packed(self) -> dict[str, Any]:
        """The rules as JSON values."""
        units = [(str(unit.unit_id), *unit[1:]) for unit in self.units]
        return {"units": units, "ticked": str(self.ticked), "today": self.today.isoformat()}


def unpack_rules(packed: dict[str, Any]) -> Rules:
    units = [ListedUnit(UUID(unit_id), *more) for unit_id, *more in packed["units"]]
    return Rules(units, UUID(packed["ticked"]), date.fromisoformat(packed["today"]))


#: A valid row: its row number, document type, document number, name, mobile number, card number, warnings, and
#: `PlainValues`. A missing value is None.
JudgedPerson = tuple[Any, ...]


class RejectedRow(NamedTuple):
    """A row with errors. `name` and `number` are cut to `LONGEST_SHOWN`.

    `is_findable`: whether a person's story can find the row by its document number. It is False if this number is
    empty, is too long or has lost digits. `original`: the cells of the row, as `originals.pack` packs them.
    """

    row_no: int
    name: str
    number: str
    is_findable: bool
    faults: list[tuple[str, str, str]]
    original: Any


class RowJudge:
    """Judges the rows of one file in order, and remembers earlier people to find duplicates."""

    def __init__(self, rules: Rules) -> None:
        self._units = UnitDirectory(rules.units, ticked=rules.ticked)
        self._today = rules.today
        self._seen: dict[tuple[UUID, str], dict[str, int]] = defaultdict(dict)
        self._waiting: dict[UUID, list[JudgedPerson]] = defaultdict(list)
        self._rejected: list[RejectedRow] = []

    def judged(self, portions: Iterable[Iterable[PackedRow]], places: dict[str, int]) -> Iterator[dict[str, Any]]:
        """Records of people and rejected rows, ready to be sent."""
        for rows in portions:
            for packed in rows:
                self._judge(unpack_row(packed, places))
            ready = list(self._ready())
            if ready or self._rejected:
                yield self._record(ready)
        yield from self._rest()

    def _judge(self, row: Row) -> None:
        entry, faults, name, number = judge(row.cells, self._units, self._today)
        if entry is None:
            self._reject(row, name, number, faults)
            return
        earlier = self._seen[entry.unit_id, entry.document_type].setdefault(entry.number, row.number)
        if earlier != row.number:
            message = f"与第{earlier}行重复：同一单位中同一证件只能出现一次，请删除多余的行"
            self._reject(row, name, number, [RowFault(headings.NUMBER, RowCode.DUPLICATE_IN_FILE, message)])
            return
        self._waiting[entry.unit_id].append(_person(row, entry))

    def _reject(self, row: Row, name: str, number: str, faults: list[RowFault]) -> None:
        lost = any(fault.code is RowCode.NUMBER_NUMERIC_CELL for fault in faults)
        is_findable = not lost and 0 < len(number) <= LONGEST_SHOWN
        original = orjson.Fragment(originals.pack(row.line))
        shown = name[:LONGEST_SHOWN], number[:LONGEST_SHOWN]
        found = [(fault.column, fault.code.value, fault.message) for fault in faults]
        self._rejected.append(RejectedRow(row.number, *shown, is_findable, found, original))

    def _ready(self) -> Iterator[tuple[UUID, list[JudgedPerson]]]:
        """The people of full parts, and of the largest units if too many people wait."""
        waiting = 0
        for unit_id, people in self._waiting.items():
            while len(people) >= MOST_TOGETHER:
                yield unit_id, people[:MOST_TOGETHER]
                del people[:MOST_TOGETHER]
            waiting += len(people)
        if waiting > MOST_WAITING:
            for unit_id in sorted(self._waiting, key=lambda unit_id: len(self._waiting[unit_id]), reverse=True):
                people = self._waiting.pop(unit_id)
                yield unit_id, people
                waiting -= len(people)
                if waiting <= MOST_WAITING:
                    return

    def _rest(self) -> Iterator[dict[str, Any]]:
        ready: list[tuple[UUID, list[JudgedPerson]]] = []
        count = 0
        for unit_id, people in self._waiting.items():
            # The list of a unit is empty if all its people were sent in full parts.
            if people:
                ready.append((unit_id, people))
            count += len(people)
            if count >= ROWS_AT_ONCE:
                yield self._record(ready)
                ready, count = [], 0
        if count:
            yield self._record(ready)

    def _record(self, ready: Sequence[tuple[UUID, list[JudgedPerson]]]) -> dict[str, Any]:
        rejected, self._rejected = self._rejected, []
        people = [(str(unit_id), people) for unit_id, people in ready]
        return {"people": people, "rejected": [tuple(row) for row in rejected]}


def _person(row: Row, entry: Entry) -> JudgedPerson:
    return (
        row.number,
        entry.document_type.value,
        entry.number,
        entry.name,
        entry.mobile,
        entry.card_number,
        [tuple(note) for note in _notes(row)] or None,
        *PLAIN.values(entry),
    )


def _notes(row: Row) -> Sequence[RowFault]:
    return tuple(_warnings(row)) if row.filled or row.blank_formulas or row.is_hidden else ()


def _warnings(row: Row) -> Iterator[RowFault]:
    for column in row.filled:
        yield RowFault(column, RowCode.CELL_FILLED, f"“{column}”取自上方的合并单元格，请核对是否属于该会员")
    for column in row.blank_formulas:
        if column in BLANK_FORMULAS:
            yield RowFault(column, RowCode.CELL_BLANK_FORMULA, BLANK_FORMULAS[column])
    if row.is_hidden:
        yield ROW_HIDDEN
