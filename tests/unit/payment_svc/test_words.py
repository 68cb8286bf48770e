"""The screens of stage 6 use the manual's exact words."""

import pytest

from payment_svc.domain.states import SUBMISSION, VOUCHER, DueState, VoucherState
from payment_svc.texts.screens import TEXTS


def labels(name: str) -> list[str]:
    return [column.label for column in TEXTS.columns[name]]


@pytest.mark.row("F254", "F266")
def test_buttons_carry_the_manuals_words() -> None:
    assert TEXTS.buttons == {
        "back": "返回",
        "vouchers": "缴费凭证管理",
        "new_voucher": "上传缴费凭证",
        "choose_batches": "选择批次",
        "attach": "上传附件",
        "cancel_upload": "取消上传",
        "submit_voucher": "保存提交至职保中心",
        "statistics": "下载集中参保统计表",
        "letter": "下载参保告知书",
    }


@pytest.mark.row("F252", "A25")
def test_windows_carry_the_manuals_titles_and_the_misprint_is_an_alias_only() -> None:
    titles = TEXTS.titles
    assert [titles[name] for name in ("dues", "vouchers", "new_voucher", "amounts")] == [
        "参保批次管理",
        "缴费凭证管理",
        "新增缴费凭证",
        "已选中批次金额明细",
    ]
    assert (titles["letter"], titles["letter_alias"]) == ("参保告知书", "集中参报告知书")
    assert "参报" not in "".join([*TEXTS.buttons.values(), *TEXTS.messages.values()])


@pytest.mark.row("F271")
def test_picker_has_its_six_columns() -> None:
    assert labels("picker") == ["☐", "批次编号", "参保人数", "职保中心确认时间", "批次来源", "基层单位缴费"]


def test_list_begins_with_the_manuals_seven_columns() -> None:
    assert labels("dues")[:7] == [
        "批次编号",
        "参保人数",
        "提交时间",
        "最后更新时间",
        "状态",
        "凭证上传时间",
        "职保中心反馈时间",
    ]


@pytest.mark.row("F272", "A22")
def test_a_batch_comes_from_one_of_two_sources() -> None:
    assert TEXTS.options["enrollment_type"] == {"": "全部", "centralized": "集中参保", "immediate": "即时参保"}


def test_drawings_name_every_state() -> None:
    for machine, states in ((SUBMISSION, DueState), (VOUCHER, VoucherState)):
        drawing = machine.mermaid()
        assert all(f'"{state.label}" as {state.value}' in drawing for state in states)
    assert set(SUBMISSION.ends) == {DueState.NOTHING_DUE, DueState.SETTLED}
    assert set(VOUCHER.ends) == {VoucherState.ACCEPTED, VoucherState.REJECTED}
