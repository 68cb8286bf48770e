"""Makes workbooks with content that no library writes. The caller gives a cell as XML, or makes the XML from a text."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape, quoteattr

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
STRICT_MAIN = "http://purl.oclc.org/ooxml/spreadsheetml/main"
STRICT_R = "http://purl.oclc.org/ooxml/officeDocument/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
BLANK = "<c/>"
NOT_AVAILABLE = '<c t="e"><f>VLOOKUP(A2,Z:Z,1,0)</f><v>#N/A</v></c>'
UNCOMPUTED = "<c><f>Sheet2!A1</f></c>"


def cell(text: str) -> str:
    return f'<c t="inlineStr"><is><t xml:space="preserve">{escape(text)}</t></is></c>'


def row(*cells: str, **attributes: str) -> str:
    written = "".join(f" {name}={quoteattr(value)}" for name, value in attributes.items())
    return f"<row{written}>{''.join(one if one.startswith('<c') else cell(one) for one in cells)}</row>"


def sheet(rows: Sequence[str], before: str = "", after: str = "", main: str = MAIN) -> str:
    return f'<worksheet xmlns="{main}">{before}<sheetData>{"".join(rows)}</sheetData>{after}</worksheet>'


def merges(*ranges: str) -> str:
    return f"<mergeCells>{''.join(f'<mergeCell ref={quoteattr(one)}/>' for one in ranges)}</mergeCells>"


def styles(*formats: str) -> str:
    """Style 1 has the first format, style 2 the second, and so on."""
    codes = "".join(f'<numFmt numFmtId="{200 + n}" formatCode={quoteattr(f)}/>' for n, f in enumerate(formats))
    used = "".join(f'<xf numFmtId="{200 + n}" applyNumberFormat="1"/>' for n in range(len(formats)))
    return f'<styleSheet xmlns="{MAIN}"><numFmts>{codes}</numFmts><cellXfs><xf/>{used}</cellXfs></styleSheet>'


def book(
    sheets: Mapping[str, str | bytes | Sequence[str]],
    *,
    shared: str | None = None,
    style: str | None = None,
    hidden: Sequence[str] = (),
    settings: str = "",
    folder: str = "xl",
    main: str = MAIN,
    relations: str = R,
) -> bytes:
    """The bytes of a workbook. `sheets`: name of a sheet → its XML or its rows."""
    named = "".join(
        f'<sheet name={quoteattr(name)} r:id="rId{n}" state="{"hidden" if name in hidden else "visible"}"/>'
        for n, name in enumerate(sheets, 1)
    )
    related = [("worksheet", f"worksheets/sheet{n}.xml") for n in range(1, len(sheets) + 1)]
    related += [("styles", "styles.xml"), ("sharedStrings", "sharedStrings.xml")]
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("[Content_Types].xml", f'<Types xmlns="{PACKAGE}/content-types"/>')
        packed.writestr("_rels/.rels", _relationships([("officeDocument", f"{folder}/workbook.xml")], relations))
        packed.writestr(
            f"{folder}/workbook.xml",
            f'<workbook xmlns="{main}" xmlns:r="{relations}">{settings}<sheets>{named}</sheets></workbook>',
        )
        packed.writestr(f"{folder}/_rels/workbook.xml.rels", _relationships(related, relations))
        if style is not None:
            packed.writestr(f"{folder}/styles.xml", style)
        if shared is not None:
            packed.writestr(f"{folder}/sharedStrings.xml", shared)
        for n, content in enumerate(sheets.values(), 1):
            text = content if isinstance(content, str | bytes) else sheet(content, main=main)
            packed.writestr(f"{folder}/worksheets/sheet{n}.xml", text)
    return file.getvalue()


def _relationships(targets: Sequence[tuple[str, str]], relations: str) -> str:
    inside = "".join(
        f'<Relationship Id="rId{n}" Type="{relations}/{kind}" Target="{target}"/>'
        for n, (kind, target) in enumerate(targets, 1)
    )
    return f'<Relationships xmlns="{PACKAGE}/relationships">{inside}</Relationships>'
