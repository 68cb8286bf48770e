"""Chooses the sheet to read. Describes the sheets that are not read, so that no people are left out silently (A18)."""

from collections.abc import Iterator
from typing import Any

from member_svc.domain.roster.cells import text_of
from member_svc.domain.roster.refused_files import (
    ColumnMissing,
    NoRows,
    RefusedFile,
    SheetEmpty,
    SheetHidden,
    SheetUnknown,
)
from member_svc.roster.continuing_sheets import people_in
from member_svc.roster.roster import Roster
from member_svc.workbook.archive import Archive
from member_svc.workbook.contents import Contents, SheetEntry
from member_svc.workbook.formats import read_formats
from member_svc.workbook.shared import Shared
from member_svc.workbook.sheet import read_sheet
from member_svc.workbook.texts import read_strings

#: The maximum number of sheets that the report lists; `workbook/contents.py` ignores further sheets.
MOST_NAMED = 255
LONGEST_NAME = 40
#: These refusals mean that a sheet is no roster. Any other refusal means that the sheet is a roster with a fault.
NO_ROSTER = (ColumnMissing, SheetEmpty, NoRows)


class Workbook:
    """Chooses a sheet: the requested one, or the first visible one that has the required headings and people."""

    def __init__(self, data: bytes, requested: str | None = None) -> None:
        self._archive = Archive(data)
        contents = Contents(self._archive)
        self._entries = contents.sheets
        self._shared = Shared(
            read_strings(self._archive, contents.strings),
            read_formats(self._archive, contents.styles),
            contents.since_1904,
        )
        self.roster, self._chosen = self._choose(requested)
        self._others = self._describe_others()

    def sheets(self) -> list[dict[str, Any]]:
        """Every sheet for the report: name, hidden, role (as in `SheetView` of the API), number of rows with people."""
        roles = [self._others.get(place, ("no_roster", 0)) for place in range(len(self._entries))]
        roles[self._chosen] = ("read", self.roster.total)
        return [
            {"name": entry.name[:LONGEST_NAME], "hidden": entry.hidden, "role": role, "rows": rows}
            for entry, (role, rows) in zip(self._entries, roles, strict=True)
        ][:MOST_NAMED]

    def _choose(self, requested: str | None) -> tuple[Roster, int]:
        if requested is not None:
            place = self._find(requested)
            roster = self._read(self._entries[place])
            roster.count()
            return roster, place
        first: RefusedFile | None = None
        for place, entry in self._visible():
            try:
                roster = self._read(entry)
                roster.count()
            except NO_ROSTER as refusal:
                first = _more_helpful(first, refusal)
            else:
                return roster, place
        self._refuse_hidden()
        raise first or SheetEmpty()

    def _refuse_hidden(self) -> None:
        """Raises SheetHidden if a hidden sheet has people. Called only if no visible sheet has people."""
        for entry in self._entries:
            if entry.hidden and (rows := self._people_on(entry)):
                name = entry.name[:LONGEST_NAME]
                message = f"名单只在隐藏的工作表“{name}”（{rows}行）中，请取消隐藏后重新上传，或选择该工作表导入"
                raise SheetHidden(message, sheet=name, rows=rows)

    def _people_on(self, entry: SheetEntry) -> int:
        try:
            return self._read(entry).count()
        except RefusedFile:
            return 0

    def _find(self, requested: str) -> int:
        written = [entry.name for entry in self._entries]
        if requested in written:
            return written.index(requested)
        names = [text_of(name) for name in written]
        if text_of(requested) not in names:
            visible = "、".join(entry.name[:LONGEST_NAME] for _, entry in self._visible())
            raise SheetUnknown(f"工作簿中没有所选的工作表，请重新选择，可选：{visible[:500]}")
        return names.index(text_of(requested))

    def _visible(self) -> Iterator[tuple[int, SheetEntry]]:
        return ((place, entry) for place, entry in enumerate(self._entries) if entry.part and not entry.hidden)

    def _read(self, entry: SheetEntry) -> Roster:
        if entry.part is None:
            raise SheetEmpty
        return Roster(entry.name, read_sheet(self._archive, entry.part, self._shared))

    def _describe_others(self) -> dict[int, tuple[str, int]]:
        found: dict[int, tuple[str, int]] = {}
        for place, entry in enumerate(self._entries):
            if place == self._chosen or entry.part is None:
                continue
            try:
                found[place] = self._role_of(entry)
            except RefusedFile:
                found[place] = "unreadable", 0
        return found

    def _role_of(self, entry: SheetEntry) -> tuple[str, int]:
        assert entry.part is not None
        sheet = read_sheet(self._archive, entry.part, self._shared)
        try:
            return "people", Roster(entry.name, sheet).count()
        except ColumnMissing:
            rows = people_in(sheet, self.roster.places)
            return ("no_headings", rows) if rows else ("no_roster", 0)
        except NO_ROSTER:
            return "no_roster", 0


def _more_helpful(first: RefusedFile | None, other: RefusedFile) -> RefusedFile:
    """The refusal that helps the handler more. NoRows helps most, ColumnMissing less, SheetEmpty least."""
    order = (SheetEmpty, ColumnMissing, NoRows)
    if first is None or order.index(type(other)) > order.index(type(first)):
        return other
    return first


def open_roster(data: bytes, sheet: str | None = None) -> Roster:
    """The roster of a workbook, read in this process, for tests. Raises a RefusedFile."""
    return Workbook(data, sheet).roster
