"""The content of a submission to the center: lines, number, handler, dates (F235–F245, A01, A23, A52)."""

from datetime import date

import pytest

from chassis.domain import Invalid
from contracts.words import EnrollmentType, StartRule, Term
from review_svc.domain.cover import Forecast, Settled, YearClosed, settle
from review_svc.domain.handler import Handler, checked_handler
from review_svc.domain.numbers import submission_number
from review_svc.domain.submissions import MixedTypes, MixedYears, require_one_kind


@pytest.mark.row("A23")
@pytest.mark.parametrize(
    ("count", "number"),
    [(1, "9000"), (1000, "9999"), (1001, "90000"), (11000, "99999"), (11001, "900000")],
)
def test_submission_numbers_begin_with_nine_and_grow(count: int, number: str):
    assert submission_number(date(2024, 5, 9), count) == f"CB20240509{number}"


@pytest.mark.row("F240", "F241", "F242")
@pytest.mark.parametrize(
    ("name", "mobile", "email", "wrong"),
    [
        ("", "13800000000", "a@b.cn", {"name": "请填写姓名"}),
        ("王" * 51, "13800000000", "a@b.cn", {"name": "姓名不能超过50个字符"}),
        ("王", "", "a@b.cn", {"mobile": "请填写手机号"}),
        ("王", "12800000000", "a@b.cn", {"mobile": "手机号格式不正确，请填写11位手机号码"}),
        ("王", "13800000000", "", {"email": "请填写电子邮箱"}),
        ("王", "13800000000", "a.b.cn", {"email": "电子邮箱格式不正确，请检查后重新填写"}),
        ("王", "13800000000", "a@b@c.cn", {"email": "电子邮箱格式不正确，请检查后重新填写"}),
        ("王", "13800000000", "a\x01@b.cn", {"email": "电子邮箱格式不正确，请检查后重新填写"}),
        ("王", "13800000000", f"{'a' * 253}@b", {"email": "电子邮箱格式不正确，请检查后重新填写"}),
        (" ", "1", "", {"name", "mobile", "email"}),
    ],
)
def test_handler_data_is_checked_field_by_field(name: str, mobile: str, email: str, wrong):
    with pytest.raises(Invalid, match="请填写当前批次经办人信息") as refusal:
        checked_handler(name, mobile, email)
    fields = refusal.value.detail["fields"]
    assert (fields if isinstance(wrong, dict) else set(fields)) == wrong


@pytest.mark.row("F240", "F242")
def test_good_handler_data_passes_trimmed():
    longest = f"{'a' * 249}@b.cn"
    assert checked_handler(" 王 ", "19912345678", f" {longest} ") == Handler("王", "19912345678", longest)


@pytest.mark.row("F241")
@pytest.mark.parametrize("mobile", ["+86 138 0000 0000", "8613800000000", "0086-138-0000-0000", "138-0000-0000"])
def test_a_mobile_is_kept_without_country_code_and_spaces(mobile: str):
    assert checked_handler("王", mobile, "a@b.cn").mobile == "13800000000"


@pytest.mark.row("F239", "F241")
def test_handler_data_reaches_the_center_in_one_form():
    """Full-width digits become ASCII before the check, and invisible characters are removed."""
    given = checked_handler(" 王　小明\u200b", "+86 138－００００ 0000", "\ufeffａ@b.cn ")
    assert given == Handler("王小明", "13800000000", "a@b.cn")
    assert checked_handler("王\U00031351", "13800000000", "a@b.cn").name == "王\U00031351"


@pytest.mark.row("F239")
def test_a_handlers_name_that_lost_a_character_is_refused():
    with pytest.raises(Invalid) as refusal:
        checked_handler("王\ufffd", "13800000000", "a@b.cn")
    assert list(refusal.value.detail["fields"]) == ["name"]


@pytest.mark.row("F241")
@pytest.mark.parametrize("mobile", ["138⁰⁰⁰⁰⁰⁰⁰⁰", "138000000000", "86138", "8612800000000"])
def test_what_only_looks_like_a_mobile_is_refused(mobile: str):
    with pytest.raises(Invalid):
        checked_handler("王", mobile, "a@b.cn")


@pytest.mark.row("A52")
def test_a_submission_holds_one_type_and_one_year():
    require_one_kind("immediate", ["immediate", "immediate"], [2024, 2024])
    with pytest.raises(MixedTypes):
        require_one_kind("immediate", ["immediate", "centralized"], [2024])
    with pytest.raises(MixedTypes):
        require_one_kind("centralized", ["immediate"], [2024])
    with pytest.raises(MixedYears):
        require_one_kind("immediate", ["immediate"], [2024, 2025])


def forecast(**other) -> Forecast:
    known = {
        "year": 2024, "enrollment_type": EnrollmentType.IMMEDIATE, "term": Term.FULL_YEAR,
        "start_rule": StartRule.APPROVE_NEXT_DAY, "half_year_from": "07-01",
    }  # fmt: skip
    return Forecast(**(known | other))


END = date(2024, 12, 31)


@pytest.mark.row("A01", "A03")
@pytest.mark.parametrize(
    ("today", "settled"),
    [
        (date(2024, 5, 10), Settled(date(2024, 5, 11), END, Term.FULL_YEAR, False)),
        (date(2024, 6, 29), Settled(date(2024, 6, 30), END, Term.FULL_YEAR, False)),
        (date(2024, 6, 30), Settled(date(2024, 7, 1), END, Term.HALF_YEAR, True)),
        (date(2024, 12, 30), Settled(END, END, Term.HALF_YEAR, True)),
    ],
)
def test_a_cover_settled_at_the_approval_starts_the_day_after_it(today: date, settled: Settled):
    assert settle(forecast(), today) == settled


@pytest.mark.row("A01", "A02")
@pytest.mark.parametrize("today", [date(2024, 12, 31), date(2025, 1, 1)])
def test_an_approval_on_the_last_day_of_the_year_is_too_late(today: date):
    with pytest.raises(YearClosed):
        settle(forecast(), today)


@pytest.mark.row("A01")
def test_a_line_priced_as_half_year_keeps_its_own_rate():
    assert settle(forecast(term=Term.HALF_YEAR), date(2024, 8, 1)).at_half_year_rate is False
    assert settle(forecast(half_year_from="10-01"), date(2024, 8, 1)).term is Term.FULL_YEAR


@pytest.mark.row("A01", "A36", "A53")
def test_only_a_forecast_is_settled():
    assert forecast().to_settle
    assert not forecast(start_rule=StartRule.SUBMIT_NEXT_DAY).to_settle
    assert not forecast(enrollment_type=EnrollmentType.CENTRALIZED).to_settle
    assert not forecast(settled=True).to_settle
