"""Draws the notice document as a PDF page. The module is imported on first use, because its font needs 20 MB."""

from collections.abc import Sequence
from importlib.resources import files
from io import BytesIO
from threading import Lock
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer, Table

from payment_svc.notice_documents.notice_document import ALIAS, TITLE, NoticeDocument

#: The font WenQuanYi Micro Hei. The PDF contains it, because a PDF reader without Chinese fonts would show boxes.
FONT = "notice-document"
pdfmetrics.registerFont(TTFont(FONT, str(files("paperang_p2_fonts_cjk") / "fonts/wqy-microhei.ttc"), subfontIndex=0))

_TITLE = ParagraphStyle("title", fontName=FONT, fontSize=20, leading=30, alignment=1, spaceAfter=8 * mm)
_TEXT = ParagraphStyle("text", fontName=FONT, fontSize=11, leading=20, firstLineIndent=22, wordWrap="CJK")
_CELL = ParagraphStyle("cell", fontName=FONT, fontSize=11, leading=16, wordWrap="CJK")
#: Only one thread draws at a time, because reportlab keeps the used characters of a font in one place for all threads.
_one_at_a_time = Lock()


def draw(notice: NoticeDocument) -> bytes:
    """The notice document on one page, about 35 KB. The same content gives the same bytes."""
    page = BytesIO()
    with _one_at_a_time:
        document = SimpleDocTemplate(
            page,
            pagesize=A4,
            title=f"{notice.year}年度{TITLE}",
            subject=ALIAS,
            invariant=1,
            topMargin=25 * mm,
            leftMargin=25 * mm,
            rightMargin=25 * mm,
        )
        document.build(_story(notice))
    return page.getvalue()


def _story(notice: NoticeDocument) -> list[Any]:
    return [
        Paragraph(TITLE, _TITLE),
        Paragraph(escape(notice.opening), _TEXT),
        Spacer(1, 6 * mm),
        _table(notice.rows),
        Spacer(1, 6 * mm),
        Paragraph(escape(notice.closing), _TEXT),
    ]


def _table(rows: Sequence[tuple[str, str]]) -> Any:
    cells = [[Paragraph(escape(name), _CELL), Paragraph(escape(value), _CELL)] for name, value in rows]
    style = [("GRID", (0, 0), (-1, -1), 0.5, colors.black), ("VALIGN", (0, 0), (-1, -1), "MIDDLE")]
    return Table(cells, colWidths=[50 * mm, 110 * mm], style=style)
