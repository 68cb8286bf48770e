"""Texts of stage 4, of plans and rates, and of the page 参保信息查询, as in the manual (F033–F041, F173–F206)."""

from chassis.web import ALL, Column, Texts, columns_of, options_of
from contracts.words import Channel, EnrollmentType, Term
from enrollment_svc.domain.batches.enrolled import Enrolled
from enrollment_svc.domain.batches.lines import LineState
from enrollment_svc.domain.batches.payments import PaymentState
from enrollment_svc.domain.overview.steps import Step
from enrollment_svc.domain.refusals import PlanLocked, SelectionEmpty, YearClosed

DIALOG_TITLE = "信息"
#: The question that the dialog asks, above its two buttons (F177).
DIALOG = "您选择的保障类型为：{plan_name} 请确认无误后再提交！确认将已勾选人员，提交参保？"
#: The number and money of the ticked people are not in the manual (A11).
DIALOG_COUNT = "已勾选{heads}人，保障费用{yuan}元"
#: Shown if some of the ticked people cannot be submitted.
DIALOG_COUNT_OF_SOME = "已勾选{heads}人，其中{refused}人不能提交，将提交{heads_to_submit}人，保障费用{yuan}元"

_HEADS = {Channel.SOCIAL_SECURITY_CARD: "社保卡参保人数", Channel.SERVICE_CARD: "会员卡参保人数"}


def batch_columns(channel: Channel) -> tuple[Column, ...]:
    """The columns of the list of batches in a channel. The list counts only the people in this channel (F185, F186)."""
    return (
        Column("batch_no", "批次编号", "code"),
        Column("heads", _HEADS[channel], "count"),
        Column("submitted_at", "提交时间", "instant"),
        Column("updated_at", "最后更新时间", "instant"),
        Column("state", "状态"),
        Column("enrollment_type", "参保类型"),
    )


OPERATION = Column("operation", "操作")
_MONEY = (
    Column("total_fen", "保障费用", "money_fen"),
    Column("city_fen", "市总统一划拨", "money_fen"),
    Column("district_fen", "区局/各级工会缴费", "money_fen"),
    Column("unit_fen", "基层单位缴费", "money_fen"),
)
BATCH_EXPORT = (
    Column("batch_no", "批次编号", "code"),
    Column("year", "保障年度", "count"),
    Column("plan_name", "保障类型"),
    Column("heads", "参保人数", "count"),
    Column("social_security_card", _HEADS[Channel.SOCIAL_SECURITY_CARD], "count"),
    Column("service_card", _HEADS[Channel.SERVICE_CARD], "count"),
    *_MONEY,
    Column("submitted_at", "提交时间", "instant"),
    Column("updated_at", "最后更新时间", "instant"),
    Column("state", "状态"),
    Column("payment", "缴费状态"),
    Column("enrollment_type", "参保类型"),
)
PEOPLE_COLUMNS = (
    Column("unit_name", "单位名称"),
    Column("member_no", "会员编号", "code"),
    Column("name", "姓名"),
    Column("document_type", "证件类型"),
    Column("masked_number", "证件号码", "code"),
    Column("channel", "参保通道"),
    Column("term", "半年/全年"),
    Column("start_on", "起保日期", "date"),
    Column("end_on", "终保日期", "date"),
    *_MONEY,
    Column("state", "状态"),
    Column("reason", "退回原因"),
)
ENROLLMENT_COLUMNS = (
    Column("year", "保障年度", "count"),
    Column("batch_no", "批次编号", "code"),
    Column("unit_name", "单位名称"),
    Column("member_no", "会员编号", "code"),
    Column("name", "姓名"),
    Column("document_type", "证件类型"),
    Column("masked_number", "证件号码", "code"),
    Column("plan_name", "保障类型"),
    Column("channel", "参保通道"),
    Column("term", "半年/全年"),
    Column("start_on", "起保日期", "date"),
    Column("end_on", "终保日期", "date"),
    Column("state", "状态"),
)

SUBMISSION = Texts(
    titles={
        "batches.social_security_card": "社保卡参保信息管理",
        "batches.service_card": "会员卡参保信息管理",
        "submission.dialog": DIALOG_TITLE,
        "enrollments": "参保信息查询",
        "plans": "保障类型管理",
        "rates": "保障金额设置",
        **{f"step.{step.value}": step.label for step in Step},
    },
    buttons={
        "submit": "提交至上级审核",
        "submission.ok": "确定",
        "submission.cancel": "取消",
        "submission.skip": "跳过并提交其余",
        "batch.details": "批次详情",
        "batch.withdraw": "撤回",
    },
    messages={
        "submission.dialog": DIALOG,
        "submission.count": DIALOG_COUNT,
        "submission.count_of_some": DIALOG_COUNT_OF_SOME,
        "submission.empty": SelectionEmpty.message,
        "submission.tick": "提交前：请在「待提交」列表中勾选要提交的参保人员",
        "submission.check_plan": "提交前：请确认选择的保障类型是否准确",
        "submission.start": "即时参保的起保日期：是提交参保的第二天",
        "submission.closed": YearClosed.message,
        "plan.one_a_year": PlanLocked.message,
        "batch.social_security_card": "社保卡参保人数：仅显示当前批次中社保卡参保人数",
        "batch.service_card": "会员卡参保人数：仅显示当前批次中会员卡参保人数",
    },
    columns=columns_of(
        {
            "batches.social_security_card": (*batch_columns(Channel.SOCIAL_SECURITY_CARD), OPERATION),
            "batches.service_card": (*batch_columns(Channel.SERVICE_CARD), OPERATION),
            "batch.people": PEOPLE_COLUMNS,
            "enrollments": ENROLLMENT_COLUMNS,
        }
    ),
    filters={
        "batches.batch_no": "批次编号",
        "batches.submitted": "提交时间",
        "batches.until": "至",
        "batches.state": "状态",
        "batches.enrollment_type": "参保类型",
        "enrollments.member_no": "会员编号",
        "enrollments.number": "证件号码",
        "enrollments.year": "保障年度",
    },
    options={
        "batches.state": {"": ALL} | options_of(LineState),
        "batches.payment": {"": ALL} | options_of(PaymentState),
        "batches.enrollment_type": {"": ALL} | options_of(EnrollmentType),
        "enrollments.state": {"": ALL} | options_of(Enrolled),
        "term": options_of(Term),
    },
)
