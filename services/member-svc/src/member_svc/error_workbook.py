"""The error workbook: rejected rows as they stood, with a column that says why; to be corrected and uploaded again
(D08).

Written by hand, because it holds people in full: the library that bounds its memory does so with temporary files.
"""

import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from types import TracebackType
from typing import IO, Self
from xml.sax.saxutils import escape

from member_svc.headings import REASON, heading_of
from member_svc.originals import Shown

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
OFFICE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
PARTS = {
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
    "xl/workbook.xml": f"""<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}">
<sheets><sheet name="错误数据" sheetId="1" r:id="rId1"/></sheets></workbook>""",
    # Style 1 is text: what is typed into such a cell keeps its digits. Style 2 is a bold heading.
    "xl/styles.xml": f"""<styleSheet xmlns="{MAIN}">
<fonts count="2"><font><sz val="11"/></font><font><b/><sz val="11"/></font></fonts>
<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>
<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>
<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>
<cellXfs count="3"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>
<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>
<xf numFmtId="49" fontId="1" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" applyFont="1"/></cellXfs>
<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>""",
}
#: XML has no place for these.
NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class ErrorWorkbook:
    """`with ErrorWorkbook(headings) as book: book.add(cells, reason)`; afterwards `book.data()`."""

    def __init__(self, headings: Sequence[Shown]) -> None:
        # A file that was corrected in part brings the reasons of last time along.
        self._places = [place for place, text in enumerate(headings) if heading_of(str(text)) != REASON]
        self._headings = [headings[place] for place in self._places]
        self._file = io.BytesIO()
        self._archive = zipfile.ZipFile(self._file, "w", zipfile.ZIP_DEFLATED)

    def __enter__(self) -> Self:
        for name, text in PARTS.items():
            self._archive.writestr(name, HEAD + text)
        self._sheet: IO[bytes] = self._archive.open("xl/worksheets/sheet1.xml", "w")
        last = len(self._headings) + 1
        self._write(
            f'{HEAD}<worksheet xmlns="{MAIN}"><sheetViews><sheetView workbookViewId="0">'
            '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><cols>'
            f'<col min="1" max="{last - 1}" width="22" style="1" customWidth="1"/>'
            f'<col min="{last}" max="{last}" width="80" style="1" customWidth="1"/></cols><sheetData>'
        )
        self._write(_row([*self._headings, REASON], style=2))
        return self

    def add(self, cells: Sequence[Shown], reason: str) -> None:
        line = [cells[place] if place < len(cells) else "" for place in self._places]
        self._write(_row([*line, reason], style=1))

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._write("</sheetData></worksheet>")
        self._sheet.close()
        self._archive.close()

    def data(self) -> bytes:
        """The whole workbook."""
        return self._file.getvalue()

    def _write(self, text: str) -> None:
        self._sheet.write(text.encode())


def _row(cells: Iterable[Shown], style: int) -> str:
    return f"<row>{''.join(_cell(cell, style) for cell in cells)}</row>"


def _cell(cell: Shown, style: int) -> str:
    if cell == "":
        return f'<c s="{style}"/>'
    if isinstance(cell, dict):
        # It stays an error until somebody corrects it.
        return f'<c s="{style}" t="e"><v>{escape(cell["error"])}</v></c>'
    if isinstance(cell, str):
        text = escape(NOT_XML.sub("", cell))
        return f'<c s="{style}" t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'
    number = int(cell) if float(cell).is_integer() else cell
    return f'<c s="{style}"><v>{number}</v></c>'
