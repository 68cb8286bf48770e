"""参保告知书 (the notice document, a PDF): its figures equal those of the batch. It can be read on a machine without a
Chinese font (F061, A25)."""

from datetime import date, datetime
from io import BytesIO

import pytest
from pypdf import PdfReader

from payment_svc.domain.deadlines import SHANGHAI
from payment_svc.domain.dues import Sums
from payment_svc.domain.payees import Payee
from payment_svc.notice_documents.notice_document import NoticeDocument
from payment_svc.notice_documents.notice_document_pdf import draw

PAYEE = Payee(
    1, "示例<职工>保障互助会", "示例银行&上海分行", "1001 2345 6789", "center", datetime(2024, 1, 2, tzinfo=SHANGHAI)
)


def notice_document(
    *, due_on: date | None = date(2024, 5, 26), heads: int = 3, district_fen: int = 3900
) -> NoticeDocument:
    sums = Sums(heads, city_fen=3900, district_fen=district_fen, unit_fen=650)
    return NoticeDocument("示例区总工会", "CB202405109000", 2024, "集中参保", sums, date(2024, 5, 11), due_on, PAYEE)


@pytest.mark.row("F061", "A25")
def test_page_says_unit_year_heads_money_and_account_in_embedded_chinese() -> None:
    pdf = PdfReader(BytesIO(draw(notice_document())))
    [page] = pdf.pages
    lines = page.extract_text().splitlines()
    for name, value in notice_document().rows:
        assert lines[lines.index(name) + 1] == value
    assert dict(notice_document().rows) | {"参保人数": "3人", "应缴金额": "45.5元", "参保金额": "84.5元"} == dict(
        notice_document().rows
    )
    assert lines[0] == "参保告知书"
    assert (pdf.metadata.title, pdf.metadata.subject) == ("2024年度参保告知书", "集中参报告知书")
    fonts = [font.get_object() for font in page["/Resources"]["/Font"].values()]
    assert any("/FontFile2" in font["/FontDescriptor"] for font in fonts if "/FontDescriptor" in font)


def test_notice_document_of_a_submission_without_anything_due_asks_for_no_payment() -> None:
    free = notice_document(due_on=None)
    assert dict(free.rows)["缴费截止日期"] == "无需缴费"
    assert free.closing == "本批次无需缴费，不必上传缴费凭证。"


def test_same_notice_document_gives_the_same_bytes() -> None:
    assert draw(notice_document()) == draw(notice_document())
    assert draw(notice_document()) != draw(notice_document(heads=4))
