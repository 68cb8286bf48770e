"""The reasons why a submission has no notice document, and the form in which an amount must be sent."""

from datetime import datetime
from inspect import signature
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from chassis.validation import problems_of
from payment_svc.api.notice_documents import NoticeDocumentNotReady, _why_not
from payment_svc.api.preview import sum_up
from payment_svc.api.upload import VoucherForm
from payment_svc.domain.deadlines import SHANGHAI
from payment_svc.domain.dues import Confirmed, Due, Rejected, Submitted, Sums

MAY_10 = datetime(2024, 5, 10, 9, 0, tzinfo=SHANGHAI)
SUMS = Sums(heads=3, city_fen=3900, district_fen=3900, unit_fen=0)
SENT = Due("CB202405109000").submit(Submitted(1, SUMS, MAY_10))


@pytest.mark.parametrize(
    ("due", "message"),
    [
        (SENT, "尚未经职保中心确认"),
        (SENT.reject(Rejected(1, "重报", MAY_10)), "已被职保中心退回"),
        (SENT.confirm(Confirmed(1, SUMS, MAY_10)).submit(Submitted(2, SUMS, MAY_10)), "原参保告知书不再有效"),
    ],
)
def test_messages_differ_for_no_notice_document_yet_and_for_one_that_is_no_longer_valid(due: Due, message: str) -> None:
    assert message in NoticeDocumentNotReady(_why_not(due)).text


IN_THE_PREVIEW = signature(sum_up).parameters["amount_fen"].annotation
IN_THE_UPLOAD = VoucherForm.model_fields["amount_fen"].rebuild_annotation()


@pytest.mark.parametrize("amount", ["10.00", "10元", "1e3"])
@pytest.mark.parametrize("kind", [IN_THE_PREVIEW, IN_THE_UPLOAD])
def test_an_amount_in_yuan_is_refused_with_the_unit(kind: Any, amount: str) -> None:
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(kind).validate_python(amount)
    assert "以分为单位的整数" in problems_of(refused.value.errors())[0].message
