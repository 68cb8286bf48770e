"""The manual's words of stage 5 (F207–F248), with its misprints corrected (A26)."""

from chassis.web import Texts, columns_of, options_of
from contracts.words import Channel, EnrollmentType
from review_svc.domain.handler import PROMPT
from review_svc.domain.line_refusals import NothingStaged, NothingTicked
from review_svc.domain.submissions import FeedbackResult, SubmissionState
from review_svc.texts.columns import CITY_SHARE, PENDING, PEOPLE, STAGED, SUBMISSIONS

TEXTS = Texts(
    titles={
        "menu_centralized": "集中参保审核",
        "menu_immediate": "即时参保审核",
        # The heading in the manual is 集中参保或即时即时, a misprint (A26).
        "review": "集中参保或即时参保",
        "pending": "待审批参保列表",
        "staged": "待提交参保列表",
        "submit_dialog": "提交参保批次确认",
        "city_share": "市总统一划拨统计",
    },
    buttons={
        "stage": "添加至待提交",
        "unstage": "移除",
        "return": "退回",
        "submit_list": "提交列表中的参保信息",
        "confirm_submission": "确认提交至职保中心",
        "cancel": "取消",
    },
    messages={
        "handler_prompt": PROMPT,
        "check_first": "请确认信息无误后提交!",
        "nothing_ticked": NothingTicked.message,
        "nothing_staged": NothingStaged.message,
        "totals": "合计参保人数：{heads}人(会员卡参保人数{service_card}人，社保卡参保人数{social_security_card}人)",
        "total_fee": "保障费用：{yuan}元",
        "city_share": "市总统一划拨：{yuan}元",
        "district_share": "区局/各级工会缴费：{yuan}元",
        "unit_share": "基层单位缴费：{yuan}元",
        "center_confirmed_at": "确认时间",
        "center_feedback_at": "反馈时间",
        "return_reason": "请填写退回原因",
    },
    columns=columns_of(
        {"pending": PENDING, "staged": STAGED, "people": PEOPLE, "submissions": SUBMISSIONS, "city_share": CITY_SHARE}
    ),
    filters={
        "unit_name": "单位名称",
        "organization_code": "组织机构代码",
        "submitted": "提交时间",
        "superior": "上级工会",
        "channel": "参保通道",
        "enrollment_type": "参保类型",
        "plan": "保障类型",
        "handler_name": "姓名",
        "handler_mobile": "手机号",
        "handler_email": "电子邮箱",
    },
    options={
        "channel": options_of(Channel),
        "enrollment_type": options_of(EnrollmentType),
        "submission_state": options_of(SubmissionState),
        "feedback_result": options_of(FeedbackResult),
    },
)
