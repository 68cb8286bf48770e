"""The screens of stage 4 use the manual's exact words."""

import re

import pytest

from contracts.words import Channel
from enrollment_svc.domain.refusals import SelectionEmpty
from enrollment_svc.texts import TEXTS
from enrollment_svc.texts.submission import DIALOG


def labels(name: str) -> list[str]:
    return [column.label for column in TEXTS.columns[name]]


SHARED = ["提交时间", "最后更新时间", "状态", "参保类型", "操作"]


@pytest.mark.row("F193", "F194", "F195", "F197", "F198")
def test_the_columns_of_the_batch_list_of_social_security_cards():
    assert labels("batches.social_security_card") == ["批次编号", "社保卡参保人数", *SHARED]


@pytest.mark.row("F033", "F034", "F199")
def test_both_channels_have_a_list_of_their_own():
    assert labels("batches.service_card") == ["批次编号", "会员卡参保人数", *SHARED]
    assert TEXTS.titles["batches.social_security_card"] == "社保卡参保信息管理"
    assert TEXTS.titles["batches.service_card"] == "会员卡参保信息管理"
    assert TEXTS.buttons["batch.details"] == "批次详情"


@pytest.mark.row("F189", "F190", "F191", "F192")
def test_the_filters_and_their_options():
    names = ("batch_no", "submitted", "until", "state", "enrollment_type")
    assert [TEXTS.filters[f"batches.{name}"] for name in names] == ["批次编号", "提交时间", "至", "状态", "参保类型"]
    assert list(TEXTS.options["batches.enrollment_type"].values()) == ["全部", "集中参保", "即时参保"]
    assert list(TEXTS.options["batches.state"].values()) == ["全部", "区局确认中", "已完成", "已退回", "已撤回"]


@pytest.mark.row("F173", "F175", "F177", "F178", "F179")
def test_the_dialog_and_what_stands_before_it():
    assert TEXTS.buttons["submit"] == "提交至上级审核"
    assert TEXTS.messages["submission.tick"] == "提交前：请在「待提交」列表中勾选要提交的参保人员"
    assert TEXTS.titles["submission.dialog"] == "信息"
    assert (TEXTS.buttons["submission.ok"], TEXTS.buttons["submission.cancel"]) == ("确定", "取消")
    assert DIALOG.format(plan_name="A类会员专享基本保障") == (
        "您选择的保障类型为：A类会员专享基本保障 请确认无误后再提交！确认将已勾选人员，提交参保？"
    )


@pytest.mark.row("F176")
def test_the_sentence_for_an_empty_selection():
    assert SelectionEmpty.message == "请在【待提交】中勾选要参保的人员!" == TEXTS.messages["submission.empty"]


@pytest.mark.row("F185", "F186", "F187")
def test_each_channel_says_whom_it_counts():
    assert TEXTS.messages["batch.social_security_card"] == "社保卡参保人数：仅显示当前批次中社保卡参保人数"
    assert TEXTS.messages["batch.service_card"] == "会员卡参保人数：仅显示当前批次中会员卡参保人数"
    assert {word.label for word in Channel} == {"社保卡参保", "会员卡参保"}


@pytest.mark.row("F203", "F035", "F040", "F041")
def test_steps_and_menus():
    steps = [text for name, text in TEXTS.titles.items() if re.match("step\\.", name)]
    assert steps == ["获取状态", "待确认名单", "待校验", "待提交", "提交至上级审核"]
    assert TEXTS.titles["enrollments"] == "参保信息查询"
    assert (TEXTS.titles["plans"], TEXTS.titles["rates"]) == ("保障类型管理", "保障金额设置")
