"""The kinds of entries in a line's history (D18)."""

from contracts.words import Word


class Happened(Word):
    SUBMITTED = "submitted", "提交至上级审核"
    STAGED = "staged", "添加至待提交"
    UNSTAGED = "unstaged", "移除"
    PASSED_UP = "passed_up", "提交至上级工会"
    RETURNED = "returned", "退回"
    WITHDRAWN = "withdrawn", "撤回"
    WITHDRAWAL_REFUSED = "withdrawal_refused", "撤回未通过"
    COMPLETED = "completed", "提交至职保中心"
    CENTER_CONFIRMED = "center_confirmed", "职保中心已确认"
    CENTER_REJECTED = "center_rejected", "职保中心退回"
    PEOPLE_FLAGGED = "people_flagged", "人员状态变化"
    REASSIGNED = "reassigned", "审核单位变更"
