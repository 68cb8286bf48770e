"""Judges one roster row. The result is all its errors, or a valid `Entry` (F081–F086, A18, A37, A58). No I/O."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from chassis.normalization import NameProblem, bare_code_key, display_name, is_plain_name, name_problem
from contracts.words import DocumentType
from member_svc.domain.people import PlainValues
from member_svc.domain.roster import headings
from member_svc.domain.roster.cell_kinds import Cell, LongCell, UnreadableCell
from member_svc.domain.roster.cells import compact_of, is_number, text_of, written
from member_svc.domain.roster.documents import is_resident_number, number_faults
from member_svc.domain.roster.roster_columns import CARD_PATTERN, DETAIL_COLUMNS, Problem
from member_svc.domain.roster.row_codes import RowCode
from member_svc.domain.roster.row_faults import RowFault, unreadable_fault
from member_svc.domain.roster.unit_directory import UnitDirectory

RESIDENT_ID = DocumentType.RESIDENT_ID
RESIDENT_LABEL = RESIDENT_ID.label
DOCUMENT_TYPES = {kind.label: kind for kind in DocumentType}
MOST_NAME = 50
#: The maximum length of a cell's text, spaces included. A longer text is rejected and never normalized, because
#: normalization can turn a single character into 18 characters.
LONGEST = 500
BLANK_DETAILS = dict.fromkeys(column.field for column in DETAIL_COLUMNS)
#: The heading, field and reader of each `DetailColumn`. In a column where many people have the same value, the result
#: of reading a value is remembered, so that the same value is not read again.
READERS = [
    (column.heading, column.field, lru_cache(1024, typed=True)(column.read) if column.shared else column.read)
    for column in DETAIL_COLUMNS
]
NAME_PROBLEMS = {
    NameProblem.NO_LETTER_FIRST: (
        RowCode.NAME_MALFORMED,
        "姓名应以汉字或字母开头，不能是公式、数字或符号，请填写证件上的姓名",
    ),
    NameProblem.MASKED: (
        RowCode.NAME_MASKED,
        "姓名中有“*”等遮盖符号，是脱敏后的姓名，请按证件填写完整姓名",
    ),
    NameProblem.LOST: (
        RowCode.NAME_CHARACTER_LOST,
        "姓名中有字已丢失（显示为“�”“?”“〓”或乱码），多为文件转换编码或复制时所致，请按证件重新填写姓名",
    ),
    NameProblem.IMPOSSIBLE: (
        RowCode.NAME_CHARACTER_LOST,
        "姓名中有不存在的字符编码，系统无法保存，请按证件重新填写姓名",
    ),
}


@dataclass(slots=True)
class Entry(PlainValues):
    """A valid row, normalized. None = the cell was empty."""

    unit_id: UUID
    document_type: DocumentType
    number: str
    name: str
    mobile: str | None
    card_number: str | None


class Judgement(NamedTuple):
    """`entry` is None if there are `faults`. The report shows `name` and `number` masked, even of a rejected row."""

    entry: Entry | None
    faults: list[RowFault]
    name: str
    number: str


def card_number_of(text: str) -> str | None:
    """The normalized number of a service card, or None if the text cannot be one."""
    number = bare_code_key(text)
    return number if CARD_PATTERN.fullmatch(number) else None


def judge(cells: dict[str, Cell], units: UnitDirectory, today: date) -> Judgement:
    """The valid entry of a row, or all its errors in the order of the template's columns."""
    if plain := _plain_entry(cells, units, today):
        return Judgement(plain, [], plain.name, plain.number)
    unreadable = _unreadable(cells)
    if unreadable:
        cells = {column: cell for column, cell in cells.items() if column not in unreadable}
    name, number = display_name(written(cells.get(headings.NAME, ""))), compact_of(cells.get(headings.NUMBER, ""))
    kind = _document_type(cells)
    unit_id = units.find(written(cells.get(headings.UNIT, "")))
    details, problems = _details(cells)
    faults = [
        *_name_faults(cells.get(headings.NAME, ""), name),
        *_document_faults(cells, kind, number, today),
        *problems,
    ]
    if unit_id is None:
        faults.append(
            _fault(headings.UNIT, RowCode.UNIT_UNKNOWN, "单位不是本工会的关联单位，请填写单位全称或代码，或留空")
        )
    if unreadable:
        # An unreadable cell is neither blank nor a value. So all faults that were found for its column are wrong.
        faults = [fault for fault in faults if fault.column not in unreadable]
        faults += (unreadable_fault(column, cell) for column, cell in unreadable.items())
    if faults or kind is None or unit_id is None:
        return Judgement(None, sorted(faults, key=_column_order), name, number)
    entry = Entry(unit_id=unit_id, document_type=kind, number=number, name=name, **details)
    return Judgement(entry, [], name, number)


def _plain_entry(cells: dict[str, Cell], units: UnitDirectory, today: date) -> Entry | None:
    """The entry of a row that is valid as it is written, as nearly all rows are. If the result is None, the row is
    possibly still valid, and all rules must be applied.
    """
    name, number = cells.get(headings.NAME), cells.get(headings.NUMBER)
    if cells.get(headings.DOCUMENT_TYPE) != RESIDENT_LABEL or not isinstance(name, str) or len(name) > MOST_NAME:
        return None
    if not isinstance(number, str) or not is_plain_name(name) or not is_resident_number(number, today):
        return None
    unit = cells.get(headings.UNIT, "")
    unit_id = units.find(written(unit)) if _is_usual(unit) else None
    if unit_id is None:
        return None
    details: dict[str, Any] = dict(BLANK_DETAILS)
    for heading, field, read in READERS:
        if heading in cells:
            value = read(cells[heading]) if _is_usual(cells[heading]) else None
            if value is None or isinstance(value, Problem):
                return None
            details[field] = value
    return Entry(unit_id=unit_id, document_type=RESIDENT_ID, number=number, name=name, **details)


def _is_usual(cell: Cell) -> bool:
    return len(cell) <= LONGEST if isinstance(cell, str) else isinstance(cell, date)


def _unreadable(cells: dict[str, Cell]) -> dict[str, UnreadableCell]:
    """The cells without a usable value."""
    found: dict[str, UnreadableCell] = {
        column: cell for column, cell in cells.items() if isinstance(cell, UnreadableCell)
    }
    long = (column for column, cell in cells.items() if isinstance(cell, str) and len(cell) > LONGEST)
    return found | dict.fromkeys(long, LongCell())


def _document_type(cells: dict[str, Cell]) -> DocumentType | None:
    return DOCUMENT_TYPES.get(text_of(cells.get(headings.DOCUMENT_TYPE, "")))


def _name_faults(cell: Cell, name: str) -> Iterator[RowFault]:
    problem = name_problem(cell) if isinstance(cell, str) else NameProblem.NO_LETTER_FIRST
    if not name:
        yield _fault(headings.NAME, RowCode.NAME_MISSING, "姓名不能为空，请填写姓名")
    elif len(name) > MOST_NAME:
        yield _fault(headings.NAME, RowCode.NAME_TOO_LONG, f"姓名不能超过{MOST_NAME}个字，请核对后修改")
    elif problem:
        yield _fault(headings.NAME, *NAME_PROBLEMS[problem])


def _document_faults(cells: dict[str, Cell], kind: DocumentType | None, number: str, today: date) -> Iterator[RowFault]:
    if kind is None:
        yield _type_fault(text_of(cells.get(headings.DOCUMENT_TYPE, "")))
    if not number:
        yield _fault(headings.NUMBER, RowCode.NUMBER_MISSING, "证件号码不能为空，请填写证件号码")
    elif is_number(cells[headings.NUMBER]):
        yield _fault(
            headings.NUMBER,
            RowCode.NUMBER_NUMERIC_CELL,
            "证件号码单元格是数字格式，Excel已丢失部分数字，请将该列设为文本格式后重新填写",
        )
    elif kind is not None:
        for code, message in number_faults(kind, number, today):
            yield _fault(headings.NUMBER, code, message)


def _type_fault(text: str) -> RowFault:
    allowed = "、".join(kind.label for kind in DocumentType)
    if not text:
        return _fault(headings.DOCUMENT_TYPE, RowCode.DOCUMENT_TYPE_MISSING, f"证件类型不能为空，可填：{allowed}")
    return _fault(headings.DOCUMENT_TYPE, RowCode.DOCUMENT_TYPE_UNKNOWN, f"证件类型无法识别，可填：{allowed}")


def _details(cells: dict[str, Cell]) -> tuple[dict[str, Any], list[RowFault]]:
    """The values of the `DetailColumn`s, and the faults of their cells."""
    found: dict[str, Any] = dict(BLANK_DETAILS)
    faults = []
    for column in DETAIL_COLUMNS:
        if column.heading in cells:
            value = column.read(cells[column.heading])
            if isinstance(value, Problem):
                faults.append(_fault(column.heading, *value))
            else:
                found[column.field] = value
    return found, faults


def _fault(column: str, code: RowCode, message: str) -> RowFault:
    return RowFault(column, code, message)


def _column_order(fault: RowFault) -> int:
    return headings.COLUMNS.index(fault.column)
