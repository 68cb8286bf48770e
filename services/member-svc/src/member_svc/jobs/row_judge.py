"""Turns a roster row into a report row: validates it, encrypts it, compares it with the members (D09, A58, A59)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from chassis.database import Tools
from chassis.privacy import mask_name, mask_number
from chassis.routes import number_key
from member_svc.domain.people import PLAIN, ExistingMembership, StagedPerson, differs, person_in_unit
from member_svc.domain.roster import headings
from member_svc.domain.roster.roster_columns import COLUMNS
from member_svc.domain.roster.row_codes import RowCode
from member_svc.domain.roster.row_faults import RowFault
from member_svc.domain.roster.unit_directory import UnitDirectory
from member_svc.domain.roster.validation import Entry, judge
from member_svc.domain.states import RowOutcome
from member_svc.jobs.member_ids import new_member_id
from member_svc.roster import originals
from member_svc.roster.roster import Row
from member_svc.store.import_rows import ReportRow

#: A name or number is masked and reported only up to this length, because a cell may hold 32,767 characters.
LONGEST_SHOWN = 60
#: The "column" of a fault that concerns the whole row.
WHOLE_ROW = "整行"


@dataclass(slots=True)
class JudgedRow:
    """A valid row has `person`, and `notes` with warnings.

    A rejected row has `faults` and `original`, its sealed cells for the error workbook.
    """

    row_no: int
    masked_name: str
    masked_number: str
    person: StagedPerson | None
    faults: list[RowFault]
    original: bytes | None = None
    notes: tuple[RowFault, ...] = ()
    number_key: str | None = None

    def report(self, memberships: Mapping[str, Sequence[ExistingMembership]]) -> ReportRow:
        """The row of the report with the expected outcome. The outcome is decided again when the import is applied."""
        person = self.person
        if person is None:
            return self._row(RowOutcome.REJECTED, None, self.faults, warned=False)
        own, elsewhere = _own_and_elsewhere(memberships.get(person.person_key, ()), person.unit_id)
        warnings = [*self.notes, *([OTHER_UNIT] if elsewhere else [])]
        return self._row(_outcome(person, own), person.unit_id, warnings, warned=bool(warnings))

    def _row(self, outcome: RowOutcome, unit_id: UUID | None, faults: Sequence[RowFault], *, warned: bool) -> ReportRow:
        fault_objects = [{"column": f.column, "code": f.code.value, "message": f.message} for f in faults]
        return ReportRow(
            self.row_no,
            outcome.value,
            warned,
            unit_id,
            self.masked_name,
            self.masked_number,
            fault_objects or None,
            self.number_key,
        )


OTHER_UNIT = RowFault(
    headings.NUMBER,
    RowCode.OTHER_UNIT,
    "已在其他单位登记；如已调入本单位，请会员联系原单位在会员管理中删除后转入，未转出前两单位均可办理",
)


#: The warning for a formula with an empty result, by heading.
BLANK_FORMULAS = {column.heading: column.blank_formula for column in COLUMNS if column.blank_formula}
ROW_HIDDEN = RowFault(
    WHOLE_ROW,
    RowCode.ROW_HIDDEN,
    "该行在工作表中被隐藏或筛选掉，已照常读取；如不需要导入，请在文件中删除后重新上传",
)


class RowJudge:
    """Judges the rows of one file in order, and remembers earlier people to find duplicates."""

    def __init__(self, import_id: UUID, units: UnitDirectory, tools: Tools, today: date) -> None:
        self._import_id = import_id
        self._units = units
        self._row_cipher = tools.row_cipher
        self._index = tools.index
        self._today = today
        self._seen: dict[int, int] = {}

    def judge(self, row: Row) -> JudgedRow:
        judged, number = self._judged(row)
        judged.number_key = self._number_key(number, judged.faults)
        return judged

    def _number_key(self, number: str, faults: list[RowFault]) -> str | None:
        """The key by which a person's story finds rows. None if the number is empty, too long or has lost digits."""
        lost = bool(faults) and any(fault.code is RowCode.NUMBER_NUMERIC_CELL for fault in faults)
        return None if lost or not 0 < len(number) <= LONGEST_SHOWN else number_key(self._index, number)

    def _judged(self, row: Row) -> tuple[JudgedRow, str]:
        entry, faults, name, number = judge(row.cells, self._units, self._today)
        masked = mask_name(name[:LONGEST_SHOWN]) if name else "", mask_number(number[:LONGEST_SHOWN])
        if entry is None:
            return self._rejected(row, masked, faults), number
        person = self._person(row.number, entry)
        earlier = self._seen.setdefault(person_in_unit(person.unit_id, person.person_key), row.number)
        if earlier != row.number:
            message = f"与第{earlier}行重复：同一单位中同一证件只能出现一次，请删除多余的行"
            duplicate = RowFault(headings.NUMBER, RowCode.DUPLICATE_IN_FILE, message)
            return self._rejected(row, masked, [duplicate]), number
        return JudgedRow(row.number, *masked, person, [], notes=_notes(row)), number

    def _rejected(self, row: Row, masked: tuple[str, str], faults: list[RowFault]) -> JudgedRow:
        original = self._row_cipher.seal_bytes(originals.pack(row.line), self._import_id)
        return JudgedRow(row.number, *masked, None, faults, original)

    def _person(self, row_no: int, entry: Entry) -> StagedPerson:
        index, row_cipher = self._index, self._row_cipher
        person_key = index.person_key(entry.document_type.value, entry.number)
        member_id = new_member_id()
        name_key, name_written_key = index.name_and_written_key(entry.name)
        card = entry.card_number
        return StagedPerson(
            row_no=row_no,
            unit_id=entry.unit_id,
            person_key=person_key,
            member_id=member_id,
            document_type=entry.document_type.value,
            name_key=name_key,
            name_written_key=name_written_key,
            mobile_key=index.of("mobile", entry.mobile) if entry.mobile else None,
            card_key=index.of("card", card) if card else None,
            sealed=row_cipher.seal_values(entry.name, entry.number, entry.mobile, member_id),
            card_sealed=row_cipher.seal_bytes(card.encode(), member_id) if card else None,
            **PLAIN.of(entry),
        )


def _notes(row: Row) -> tuple[RowFault, ...]:
    return tuple(_warnings(row)) if row.filled or row.blank_formulas or row.is_hidden else ()


def _warnings(row: Row) -> Iterator[RowFault]:
    for column in row.filled:
        yield RowFault(column, RowCode.CELL_FILLED, f"“{column}”取自上方的合并单元格，请核对是否属于该会员")
    for column in row.blank_formulas:
        if column in BLANK_FORMULAS:
            yield RowFault(column, RowCode.CELL_BLANK_FORMULA, BLANK_FORMULAS[column])
    if row.is_hidden:
        yield ROW_HIDDEN


def _own_and_elsewhere(
    memberships: Sequence[ExistingMembership], unit_id: UUID
) -> tuple[ExistingMembership | None, bool]:
    """The membership in this unit, and whether another unit has a membership that is not removed."""
    own = next((one for one in memberships if one.unit_id == unit_id), None)
    return own, any(one.unit_id != unit_id and not one.removed for one in memberships)


def _outcome(person: StagedPerson, own: ExistingMembership | None) -> RowOutcome:
    if own is None or own.removed or own.removal_pending:
        return RowOutcome.CREATED
    return RowOutcome.UPDATED if differs(person, own) else RowOutcome.UNCHANGED
