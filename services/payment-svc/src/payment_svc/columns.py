"""Columns of the lists and files, under the manual's words (F255–F261, F264, F271)."""

from chassis.web import Column

#: 参保批次管理: the manual's seven, then what a district needs besides.
DUES = (
    Column("submission_no", "批次编号", "code"),
    Column("heads", "参保人数", "count"),
    Column("submitted_at", "提交时间", "instant"),
    Column("updated_at", "最后更新时间", "instant"),
    Column("state", "状态"),
    Column("voucher_at", "凭证上传时间", "instant"),
    Column("feedback_at", "职保中心反馈时间", "instant"),
    Column("union_name", "区局（产业）工会"),
    Column("year", "参保年度", "code"),
    Column("enrollment_type", "批次来源"),
    Column("confirmed_at", "职保中心确认时间", "instant"),
    Column("district_fen", "区局/各级工会缴费", "money_fen"),
    Column("unit_fen", "基层单位缴费", "money_fen"),
    Column("due_fen", "应缴金额", "money_fen"),
    Column("paid_fen", "已缴金额", "money_fen"),
    Column("pending_fen", "待核对金额", "money_fen"),
    Column("open_fen", "未缴金额", "money_fen"),
    Column("due_on", "缴费截止日期", "date"),
    Column("overdue", "是否逾期"),
)
#: The batch picker of 新增缴费凭证 (F271). The first is the box to tick.
PICKER = (
    Column("selected", "☐"),
    Column("submission_no", "批次编号", "code"),
    Column("heads", "参保人数", "count"),
    Column("confirmed_at", "职保中心确认时间", "instant"),
    Column("enrollment_type", "批次来源"),
    Column("unit_fen", "基层单位缴费", "money_fen"),
)
#: The unit batches in a submission (A23).
BATCHES = (
    Column("batch_no", "批次编号", "code"),
    Column("union_name", "工会名称"),
    Column("unit_name", "单位名称"),
    Column("heads", "参保人数", "count"),
    Column("city_fen", "市总工会缴费", "money_fen"),
    Column("district_fen", "区局/各级工会缴费", "money_fen"),
    Column("unit_fen", "基层单位缴费", "money_fen"),
)
#: 缴费凭证管理.
VOUCHERS = (
    Column("file_name", "文件名称"),
    Column("uploaded_at", "上传时间", "instant"),
    Column("submission_nos", "批次编号", "code"),
    Column("amount_fen", "缴费金额", "money_fen"),
    Column("due_fen", "应缴金额", "money_fen"),
    Column("surplus_fen", "超出金额", "money_fen"),
    Column("agreement", "核对结果"),
    Column("reason", "金额不符原因"),
    Column("paid_on", "缴费日期", "date"),
    Column("state", "状态"),
    Column("decided_at", "职保中心反馈时间", "instant"),
    Column("decision_reason", "职保中心反馈说明"),
)
#: 集中参保统计表 (F060).
STATISTICS = (
    Column("union_name", "区局（产业）工会"),
    Column("submission_no", "批次编号", "code"),
    Column("year", "参保年度", "code"),
    Column("enrollment_type", "批次来源"),
    Column("state", "状态"),
    Column("heads", "参保人数", "count"),
    Column("total_fen", "参保金额", "money_fen"),
    Column("city_fen", "市总工会缴费", "money_fen"),
    Column("district_fen", "区局/各级工会缴费", "money_fen"),
    Column("unit_fen", "基层单位缴费", "money_fen"),
    Column("due_fen", "应缴金额", "money_fen"),
    Column("paid_fen", "已缴金额", "money_fen"),
    Column("pending_fen", "待核对金额", "money_fen"),
    Column("open_fen", "未缴金额", "money_fen"),
)
