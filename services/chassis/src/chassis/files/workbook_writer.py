"""An xlsx workbook of one sheet, written row by row into an open file.

No library is used. The only library that needs little memory for a large workbook writes temporary files with names.
If the process is killed, these files stay on the disk, with personal data.
"""

import re
import zipfile
from collections.abc import Iterable, Sequence
from enum import IntEnum
from types import TracebackType
from typing import IO, Any, Final, Self
from xml.sax.saxutils import escape

MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"
OFFICE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml"
HEAD: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
PARTS: Final = {
    "[Content_Types].xml": f"""<Types xmlns="{PACKAGE}/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Override PartName="/xl/workbook.xml" ContentType="{OFFICE}.sheet.main+xml"/>
<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{OFFICE}.worksheet+xml"/>
<Override PartName="/xl/styles.xml" ContentType="{OFFICE}.styles+xml"/></Types>""",
    "_rels/.rels": f"""<Relationships xmlns="{PACKAGE}/relationships">
<Relationship Id="rId1" Type="{RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>""",
    "xl/_rels/workbook.xml.rels": f"""<Relationships xmlns="{PACKAGE}/relationships">
<Relationship Id="rId1" Type="{RELATIONS}/worksheet" Target="worksheets/sheet1.xml"/>
<Relationship Id="rId2" Type="{RELATIONS}/styles" Target="styles.xml"/></Relationships>""",
    "xl/styles.xml": f"""<styleSheet xmlns="{MAIN}">
<fonts count="2"><font><sz val="11"/></font><font><b/><sz val="11"/></font></fonts>
<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>
<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>
<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>
<cellXfs count="4"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>
<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>
<xf numFmtId="49" fontId="1" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" applyFont="1"/>
<xf numFmtId="2" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs>
<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>""",
}
#: Characters that XML does not allow.
NOT_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
#: The longest text that fits into a cell.
LONGEST_TEXT: Final = 32_767


class Style(IntEnum):
    """Styles of cells, by their index in `cellXfs`. A number that is typed into a TEXT cell keeps its digits."""

    GENERAL = 0
    TEXT = 1
    HEADING = 2
    MONEY = 3


class WorkbookWriter:
    """`with WorkbookWriter(file, sheet, columns) as book: book.add(rows)`. After the block, the file is complete.

    Each column has a width and a style; a row consists of cells made by `text_cell`, `number_cell` and `error_cell`.
    `frozen`: the first row stays visible while the sheet is scrolled.
    """

    def __init__(
        self, file: IO[bytes], sheet: str, columns: Sequence[tuple[int, Style]], *, frozen: bool = False
    ) -> None:
        self._archive = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED)
        self._name = sheet
        self._columns = columns
        self._frozen = frozen

    def __enter__(self) -> Self:
        try:
            self._begin()
        except BaseException:
            self._drop()
            raise
        return self

    def _begin(self) -> None:
        for name, text in PARTS.items():
            self._archive.writestr(name, HEAD + text)
        self._archive.writestr("xl/workbook.xml", HEAD + _workbook(self._name))
        self._sheet: IO[bytes] = self._archive.open("xl/worksheets/sheet1.xml", "w")
        self._write(f'{HEAD}<worksheet xmlns="{MAIN}">{_FROZEN if self._frozen else ""}<cols>')
        for place, (width, style) in enumerate(self._columns, 1):
            self._write(f'<col min="{place}" max="{place}" width="{width}" style="{style}" customWidth="1"/>')
        self._write("</cols><sheetData>")

    def add(self, rows: Iterable[Iterable[str]]) -> None:
        """Append rows of cells."""
        self._write("".join(f"<row>{''.join(cells)}</row>" for cells in rows))

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        try:
            if kind is None:
                self._write("</sheetData></worksheet>")
                self._sheet.close()
                self._archive.close()
        finally:
            self._drop()

    def _drop(self) -> None:
        """Detach the archive from the file.

        Otherwise the garbage collection of an unfinished archive would write to the file.
        """
        self._archive.fp = None

    def _write(self, text: str) -> None:
        self._sheet.write(text.encode())


def text_cell(text: str, style: Style = Style.TEXT) -> str:
    """A cell that is always text, whatever the text begins with; an empty cell keeps its style."""
    if text == "":
        return f'<c s="{style}"/>'
    shown = escape(NOT_XML.sub("", text[:LONGEST_TEXT]))
    return f'<c s="{style}" t="inlineStr"><is><t xml:space="preserve">{shown}</t></is></c>'


def number_cell(number: Any, style: Style = Style.GENERAL) -> str:
    return f'<c s="{style}"><v>{number}</v></c>'


def error_cell(error: str, style: Style = Style.TEXT) -> str:
    """A cell that holds an error such as #N/A."""
    return f'<c s="{style}" t="e"><v>{escape(error)}</v></c>'


def _workbook(sheet: str) -> str:
    name = escape(sheet, {'"': "&quot;"})
    return f"""<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}">
<sheets><sheet name="{name}" sheetId="1" r:id="rId1"/></sheets></workbook>"""


_FROZEN: Final = (
    '<sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" '
    'state="frozen"/></sheetView></sheetViews>'
)
