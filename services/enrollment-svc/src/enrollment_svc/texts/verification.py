"""Texts of stages 2 and 3 as in the manual (F089–F172). Misprints of the manual are corrected (A09)."""

from chassis.web import Column, ColumnText, Texts, columns_of, options_of
from contracts.words import CardStatus, Channel, EmploymentStatus, EnrollmentType

CHECK_BUTTON = "获取社保卡和就业状态"
CONFIRM_BUTTON = "参保待确认名单"
CHECK_HINT = "点击后：进入后台校验；如果校验数据量太多，请一个工作日后查看校验结果！"
CHECK_BANNER = "校验中，请一个工作日后进行查看！！"
MOVED_HINT = "数据校验成功后，职工信息会自动归到【待提交】列表等待经办人提交参保。"
OVERLAP_HINT = "待确认人数为其中就业状态不明确的人数，与待校验人数有重叠，不另计入合计"
CALENDAR_ENDS = "工作日历尚未维护到预计完成日，暂不能给出完成时间，请联系市总工会维护工作日历"
CONFIRM_LIST_HINT = "点击查看【参保待确认名单】中是否有就业状态异常需要人工确认的数据"
CONFIRM_WARNING = "请仔细核对会员状态后再点击“确认”按钮"
CONFIRM_FOR_GOOD = "已确认的会员自动加入即时参保名单且无法移除"
ONE_PLAN = "同一保障年度只能选择一个保障类型。"
CHANGED_WARNING = "其中{people}人在人工确认后就业状态有新的返回结果，请核对后再提交"
TAKE_SERVICE_CARD = "改办会员服务卡"
STALE = "已过期"
CONFIRMED = "已确认"
UNCLEAR_CONFIRMED = "不明确(已确认)"

#: The title of 参保待确认名单 depends on the enrollment type (A09).
CONFIRM_TITLES = {
    EnrollmentType.IMMEDIATE: "即时参保待确认名单",
    EnrollmentType.CENTRALIZED: "集中参保待确认名单",
}
#: The labels of the figures in the header (F136–F140, F144–F148).
LABELS = {
    "year": "保障年度",
    "ready": "可参保人数",
    "to_verify": "待校验人数",
    "retired": "退休人数",
    "deceased": "死亡人数",
    "to_confirm": "待确认人数",
    "total_fen": "保障费用",
    "city_fen": "市总统一划拨",
    "district_fen": "区局/各级工会缴费",
    "unit_fen": "基层单位缴费",
}
#: The columns of the two tabs 待校验 and 待提交 (A27).
TAB_COLUMNS = (
    Column("name", "姓名"),
    Column("document_type", "证件类型"),
    Column("masked_number", "证件号码", "code"),
    Column("card_status", "社保卡状态"),
    Column("employment_status", "就业状态"),
    Column("tag", "会员标签"),
    Column("start_on", "起保日期", "date"),
    Column("end_on", "终保日期", "date"),
    Column("term", "半年/全年"),
)
CONFIRM_COLUMNS = (
    Column("member_no", "会员编号", "code"),
    Column("name", "姓名"),
    Column("masked_number", "证件号码", "code"),
    Column("operation", "操作"),
)
EXPORT_COLUMNS = (Column("member_no", "会员编号", "code"), *TAB_COLUMNS, Column("note", "提示"))

_TICK = ColumnText(field="selected", label="☐")
_LISTS = columns_of({"to_verify": TAB_COLUMNS, "ready": TAB_COLUMNS, "confirmations": CONFIRM_COLUMNS})

VERIFICATION = Texts(
    titles={
        "enrollment_window.immediate": "参保确认画面-即时参保办理",
        "enrollment_window.centralized": "参保确认画面-集中参保办理",
        **{f"confirmations.{kind.value}": title for kind, title in CONFIRM_TITLES.items()},
        "menu.social_security_card": "社保卡参保信息管理",
        "menu.service_card": "会员卡参保信息管理",
        "tab.to_verify": "待校验",
        "tab.ready": "待提交",
    },
    buttons={
        "immediate_enrollment": "即时参保办理",
        "check": CHECK_BUTTON,
        "confirmations": CONFIRM_BUTTON,
        "confirm": "确认",
        "confirm_all": "全部确认",
    },
    messages={
        "check.hint": CHECK_HINT,
        "check.banner": CHECK_BANNER,
        "check.moved": MOVED_HINT,
        "check.calendar_ends": CALENDAR_ENDS,
        "counts.overlap": OVERLAP_HINT,
        "counts.excluded": "退休、死亡人员已自动剔除，不出现在参保名单内",
        "counts.delete": "若要删除可在“会员管理”删除",
        "counts.open": "可点击下划线查看具体人员",
        "confirmations.hint": CONFIRM_LIST_HINT,
        "confirmations.warning": CONFIRM_WARNING,
        "confirmations.for_good": CONFIRM_FOR_GOOD,
        "plan.one": ONE_PLAN,
        "plan.check": "请确认选择的保障类型是否准确",
        "row.stale": STALE,
        "row.take_service_card": TAKE_SERVICE_CARD,
        "row.confirmed": CONFIRMED,
        "members.none": "尚未导入会员，请先在会员管理中导入会员",
        **{f"label.{name}": text for name, text in LABELS.items()},
    },
    columns={
        **_LISTS,
        "to_verify": [_TICK, *_LISTS["to_verify"]],
        "ready": [_TICK, *_LISTS["ready"]],
    },
    filters={
        "card_status": "请选择社保卡状态",
        "member_no": "会员编号",
        "name": "姓名",
        "number": "证件号码",
        "plan": "请选择保障类型",
    },
    options={
        "card_status": {"-": "-"} | options_of(CardStatus),
        "employment_status": {"-": "-"} | options_of(EmploymentStatus),
        "confirmations.state": {"open": "未确认", "confirmed": CONFIRMED, "all": "全部"},
        "channel": options_of(Channel),
    },
)
