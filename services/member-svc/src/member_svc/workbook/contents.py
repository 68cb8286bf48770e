"""The sheets of a workbook, and the names of its parts in the archive."""

import posixpath
from typing import NamedTuple
from urllib.parse import unquote

from member_svc.domain.roster.refused_files import FileNotXlsx, SheetEmpty
from member_svc.workbook.archive import RELATIONS, Archive
from member_svc.workbook.xml import is_true, local, parse

WORKBOOK = "xl/workbook.xml"
MOST_SHEETS = 255


class SheetEntry(NamedTuple):
    """`part` is None for a chart, dialog or macro sheet, because such a sheet has no rows."""

    name: str
    part: str | None
    hidden: bool


class Contents:
    """Reads the workbook part: the sheets in the order of the tabs, and the names of the string and style parts."""

    def __init__(self, archive: Archive) -> None:
        self.part = self._find_workbook(archive)
        self.sheets: list[SheetEntry] = []
        self.since_1904 = False
        self._relations = _relations(archive, self.part)
        parse(archive.pieces(self.part), self._start)
        if not self.sheets:
            raise SheetEmpty
        self.strings = self._part_of_kind("sharedStrings")
        self.styles = self._part_of_kind("styles")

    def _find_workbook(self, archive: Archive) -> str:
        roots = _relations(archive, "").values() if RELATIONS in archive else ()
        found = next((part for kind, part in roots if kind == "officeDocument" and part in archive), WORKBOOK)
        if found not in archive:
            raise FileNotXlsx
        return found

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        name = local(tag)
        if name == "workbookPr":
            self.since_1904 = is_true(attributes.get("date1904"))
        elif name == "sheet" and len(self.sheets) < MOST_SHEETS:
            identifier = next((value for key, value in attributes.items() if local(key) == "id" and key != "id"), "")
            kind, part = self._relations.get(identifier, ("", ""))
            hidden = attributes.get("state", "visible") != "visible"
            self.sheets.append(SheetEntry(attributes.get("name", ""), part if kind == "worksheet" else None, hidden))

    def _part_of_kind(self, kind: str) -> str | None:
        return next((part for part_kind, part in self._relations.values() if part_kind == kind), None)


def _relations(archive: Archive, part: str) -> dict[str, tuple[str, str]]:
    """Maps each relation id to its kind and the name of the part that it points to.

    The kind is the last word of the type's URI. The standard has two URIs for each type, with the same last word.
    """
    folder, _, file = part.rpartition("/")
    where = posixpath.join(folder, "_rels", f"{file}.rels")
    found: dict[str, tuple[str, str]] = {}

    def start(tag: str, attributes: dict[str, str]) -> None:
        if local(tag) == "Relationship" and attributes.get("TargetMode") != "External":
            target = unquote(attributes.get("Target", "")).replace("\\", "/")
            full = posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
            found[attributes.get("Id", "")] = attributes.get("Type", "").rpartition("/")[2], full

    if where in archive:
        parse(archive.pieces(where), start)
    return found
