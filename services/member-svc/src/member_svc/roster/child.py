"""Reads a workbook in a child process (`sandboxed` of chassis.files), and yields its contents and judged rows.

A row is *packed* if its cells are values that JSON can express. A *portion* is up to 1,000 packed rows that follow one
another (`workbook/wire.py`). A *record* is a JSON value that the child process sends at once.
"""

from collections.abc import Iterator
from typing import Any

import orjson

from member_svc.domain.roster.refused_files import RefusedFile
from member_svc.roster.judging import RowJudge, unpack_rules
from member_svc.roster.roster import Roster
from member_svc.roster.sheet_choice import Workbook
from member_svc.workbook.wire import TEXT_AT_ONCE, PackedRow, Portion, text_in

FUNCTION = "member_svc.roster.child:read"


def read(data: bytes, sheet: str | None = None, rules: dict[str, Any] | None = None) -> Iterator[Any]:
    """Yields only {refused: …} for a refused file. For other files, yields {opened: …}, then the rows.

    `rules`: the result of `Rules.packed`. If it is given, the rows are judged, and the function yields the records of
    `RowJudge`. If it is None, the function yields lists of packed rows.
    """
    try:
        workbook = Workbook(data, sheet)
    except RefusedFile as refusal:
        yield {"refused": {"code": refusal.code, "message": refusal.text, "detail": refusal.detail}}
        return
    yield {"opened": _opened(workbook)}
    roster = workbook.roster
    if rules is None:
        yield from _portions(roster)
    else:
        yield from RowJudge(unpack_rules(rules)).judged(_rows(roster), roster.places)


def _portions(roster: Roster) -> Iterator[Any]:
    """Lists of packed rows. If no row of a portion is changed or left out, the JSON of the portion is passed on."""
    for portion in roster.packed_portions():
        if isinstance(portion, Portion):
            yield orjson.Fragment(portion.json())
        else:
            yield from _smaller(portion)


def _rows(roster: Roster) -> Iterator[list[PackedRow]]:
    """The rows of each portion. A portion with too much text for one record is divided."""
    for portion in roster.packed_portions():
        if isinstance(portion, Portion):
            yield list(portion.unpacked())
        else:
            yield from _smaller(portion)


def _smaller(rows: list[PackedRow]) -> Iterator[list[PackedRow]]:
    """Divide the rows into lists that each fit into one record.

    The rows can be longer than in the sheet, because values of merged cells were copied into them.
    """
    portion: list[PackedRow] = []
    text = 0
    for row in rows:
        portion.append(row)
        text += text_in(row[2])
        if text > TEXT_AT_ONCE:
            yield portion
            portion, text = [], 0
    if portion:
        yield portion


def _opened(workbook: Workbook) -> dict[str, Any]:
    roster = workbook.roster
    return {
        "sheet": roster.sheet,
        "headings": roster.headings,
        "places": roster.places,
        "heading_row": roster.heading_row,
        "read_rows": roster.total,
        "blank_rows": roster.blank_rows,
        "aside_rows": roster.aside_rows,
        "hidden_rows": roster.hidden_rows,
        "unused_columns": roster.unused_columns(),
        "hidden_columns": roster.hidden_columns(),
        "sheets": workbook.sheets(),
    }
