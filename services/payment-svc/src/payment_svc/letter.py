"""参保告知书 (F061): what a district owes for one submission, until when and to which account, on one page.

The font is the standard Chinese one of PDF readers, not embedded: a page is 3 KB, and its text can be searched.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer, Table

from chassis.exports import yuan
from payment_svc.domain.dues import Sums
from payment_svc.payees import Payee

TITLE = "参保告知书"
#: The manual's misprint (A25), so that a search for it finds the letter.
ALIAS = "集中参报告知书"
FONT = "STSong-Light"

pdfmetrics.registerFont(UnicodeCIDFont(FONT))

_TITLE = ParagraphStyle("title", fontName=FONT, fontSize=20, leading=30, alignment=1, spaceAfter=8 * mm)
_TEXT = ParagraphStyle("text", fontName=FONT, fontSize=11, leading=20, firstLineIndent=22, wordWrap="CJK")
_CELL = ParagraphStyle("cell", fontName=FONT, fontSize=11, leading=16, wordWrap="CJK")


@dataclass(frozen=True, slots=True)
class Letter:
    """What the letter says. `sums` are those that the center confirmed."""

    union_name: str
    submission_no: str
    year: int
    enrollment_type: str
    sums: Sums
    confirmed_on: date
    due_on: date | None
    payee: Payee

    @property
    def rows(self) -> Sequence[tuple[str, str]]:
        sums, payee = self.sums, self.payee
        return (
            ("单位名称", self.union_name),
            ("批次编号", self.submission_no),
            ("参保年度", f"{self.year}年度"),
            ("参保类型", self.enrollment_type),
            ("参保人数", f"{sums.heads}人"),
            ("参保金额", f"{yuan(sums.city_fen + sums.due_fen)}元"),
            ("市总工会缴费", f"{yuan(sums.city_fen)}元（由市总工会统一划拨）"),
            ("区局/各级工会缴费", f"{yuan(sums.district_fen)}元"),
            ("基层单位缴费", f"{yuan(sums.unit_fen)}元"),
            ("应缴金额", f"{yuan(sums.due_fen)}元"),
            ("缴费截止日期", self.due_on.isoformat() if self.due_on else "无需缴费"),
            ("收款户名", payee.name),
            ("开户银行", payee.bank),
            ("收款账号", payee.account),
        )


def draw(letter: Letter) -> bytes:
    """The letter as PDF. The same letter gives the same bytes."""
    page = BytesIO()
    document = SimpleDocTemplate(
        page,
        pagesize=A4,
        title=f"{letter.year}年度{TITLE}",
        subject=ALIAS,
        author="",
        invariant=1,
        topMargin=25 * mm,
        leftMargin=25 * mm,
        rightMargin=25 * mm,
    )
    document.build(
        [
            Paragraph(TITLE, _TITLE),
            Paragraph(escape(_opening(letter)), _TEXT),
            Spacer(1, 6 * mm),
            _table(letter.rows),
            Spacer(1, 6 * mm),
            Paragraph(escape(_closing(letter)), _TEXT),
        ]
    )
    return page.getvalue()


def _opening(letter: Letter) -> str:
    return (
        f"{letter.union_name}：你单位{letter.year}年度{letter.enrollment_type}名单"
        f"已于{letter.confirmed_on.isoformat()}经职保中心确认，参保及缴费情况告知如下。"
    )


def _closing(letter: Letter) -> str:
    if letter.due_on is None:
        return "本批次无需缴费，不必上传缴费凭证。"
    return "请将应缴金额划拨至上述职保会账户，并在缴费截止日期前（含当日）上传缴费凭证。"


def _table(rows: Sequence[tuple[str, str]]) -> Any:
    cells = [[Paragraph(escape(name), _CELL), Paragraph(escape(value), _CELL)] for name, value in rows]
    style = [("GRID", (0, 0), (-1, -1), 0.5, colors.black), ("VALIGN", (0, 0), (-1, -1), "MIDDLE")]
    return Table(cells, colWidths=[50 * mm, 110 * mm], style=style)
