"""The columns of lists and files, in the manual's words (F255–F261, F264, F271)."""

from chassis.web import Column

_ALL = (
    Column("submission_no", "批次编号", "code"),
    Column("submission_nos", "批次编号", "code"),
    Column("batch_no", "批次编号", "code"),
    Column("union_name", "区局（产业）工会"),
    Column("unit_name", "单位名称"),
    Column("year", "参保年度", "code"),
    Column("enrollment_type", "批次来源"),
    Column("heads", "参保人数", "count"),
    Column("state", "状态"),
    Column("submitted_at", "提交时间", "instant"),
    Column("updated_at", "最后更新时间", "instant"),
    Column("confirmed_at", "职保中心确认时间", "instant"),
    Column("voucher_at", "凭证上传时间", "instant"),
    Column("feedback_at", "职保中心反馈时间", "instant"),
    Column("due_on", "缴费截止日期", "date"),
    Column("overdue", "是否逾期"),
    Column("total_fen", "参保金额", "money_fen"),
    Column("city_fen", "市总工会缴费", "money_fen"),
    Column("district_fen", "区局/各级工会缴费", "money_fen"),
    Column("unit_fen", "基层单位缴费", "money_fen"),
    Column("due_fen", "应缴金额", "money_fen"),
    Column("paid_fen", "已缴金额", "money_fen"),
    Column("pending_fen", "待核对金额", "money_fen"),
    Column("open_fen", "未缴金额", "money_fen"),
    Column("file_name", "文件名称"),
    Column("uploaded_at", "上传时间", "instant"),
    Column("amount_fen", "缴费金额", "money_fen"),
    Column("surplus_fen", "超出金额", "money_fen"),
    Column("agreement", "核对结果"),
    Column("reason", "金额不符原因"),
    Column("paid_on", "缴费日期", "date"),
    Column("decided_at", "职保中心反馈时间", "instant"),
    Column("decision_reason", "职保中心反馈说明"),
)


def _columns(fields: str) -> tuple[Column, ...]:
    by_field = {column.field: column for column in _ALL}
    return tuple(by_field[field] for field in fields.split())


#: The list 参保批次管理: the manual's seven columns, then further columns that a district needs.
DUES = _columns(
    "submission_no heads submitted_at updated_at state voucher_at feedback_at"
    " union_name year enrollment_type confirmed_at district_fen unit_fen due_fen paid_fen pending_fen open_fen"
    " due_on overdue"
)
#: The batch picker of 新增缴费凭证 (F271). The first column is the checkbox.
PICKER = (Column("selected", "☐"), *_columns("submission_no heads confirmed_at enrollment_type unit_fen"))
#: The list of the batch lines of a submission (A23).
BATCHES = (
    *_columns("batch_no"),
    Column("union_name", "工会名称"),
    *_columns("unit_name heads city_fen district_fen unit_fen"),
)
#: The list 缴费凭证管理.
VOUCHERS = _columns(
    "file_name uploaded_at submission_nos amount_fen due_fen surplus_fen agreement reason paid_on state"
    " decided_at decision_reason"
)
#: The file 集中参保统计表 (F060).
STATISTICS = _columns(
    "union_name submission_no year enrollment_type state heads"
    " total_fen city_fen district_fen unit_fen due_fen paid_fen pending_fen open_fen"
)
