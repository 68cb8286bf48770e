"""The refusals of submissions, checks and rates."""

from chassis.domain import Refusal


class SelectionEmpty(Refusal):
    code = "SELECTION_EMPTY"
    status = 422
    message = "请在【待提交】中勾选要参保的人员!"


class YearClosed(Refusal):
    code = "YEAR_CLOSED"
    message = "本保障年度已截止"


class WindowClosed(Refusal):
    code = "WINDOW_CLOSED"
    message = "该保障年度的参保通道未开放，请核对保障年度和参保类型"


class YearNotChosen(Refusal):
    code = "YEAR_NOT_CHOSEN"
    status = 422
    message = "当前有两个保障年度同时开放，请先选择保障年度"


class WindowInvalid(Refusal):
    code = "WINDOW_INVALID"
    status = 422
    message = "参保通道的起止日期有误，请在允许的日期范围内设置，且开始不晚于结束"


class RateMissing(Refusal):
    code = "RATE_MISSING"
    message = "该保障类型尚未设置本年度费用，请选择其他保障类型或联系市总工会"


class RateLocked(Refusal):
    code = "RATE_SEALED"
    message = "该费用已被参保批次使用或年度已过，不能修改，如需调整请设置以后年度的费用"


class SplitWrong(Refusal):
    code = "SPLIT_WRONG"
    status = 422
    message = "分摊金额有误：市总承担部分和保障费用由市总工会设定，请只在区局、二级和基层之间分摊其余部分"


class PlanLocked(Refusal):
    code = "PLAN_LOCKED"
    message = "同一保障年度只能选择一个保障类型。"


class TotalChanged(Refusal):
    code = "TOTAL_CHANGED"
    message = "保障费用已发生变化，请刷新后重新确认"


class NoSuperior(Refusal):
    code = "NO_SUPERIOR"
    message = "未找到可以审核的上级工会，请联系市总工会核对工会层级"


class NoOtherReviewer(Refusal):
    """A superior union submits for a union below it, and this superior is the last union of the review chain.

    Only the last union can submit the line to the center. But a union does not review what it submitted itself, so
    nobody could finish the review of this line (D03).
    """

    code = "NO_OTHER_REVIEWER"
    status = 403
    message = (
        "本工会是该单位提交至职保中心的审核工会，不能代其提交后再由本工会审核，"
        "请由该单位所属工会的经办人提交，或请其他上级工会的经办人代为提交"
    )


class UnsupportedUnionType(Refusal):
    code = "UNSUPPORTED_UNION_TYPE"
    status = 403
    message = "暂不支持该工会类型办理参保，请联系市总工会"


class NotDistrict(Refusal):
    code = "NOT_DISTRICT_UNION"
    status = 403
    message = "只有区局（产业）工会可以设置保障类型和分担金额，请联系所属区局（产业）工会或市总工会"


class UnionInactive(Refusal):
    code = "UNION_INACTIVE"
    message = "该工会已停用，不能办理业务，请联系上级工会"


class UnionUnknown(Refusal):
    code = "UNION_UNKNOWN"
    message = "工会或单位信息尚未同步，请稍后重试"


class NotWithdrawable(Refusal):
    code = "NOT_WITHDRAWABLE"
    message = "该批次已结束审核，不能撤回，请刷新后查看审核结果"


class LineNotReturnable(Refusal):
    code = "LINE_NOT_RETURNABLE"
    message = "该批次已退回或已撤回，不能再退回，请刷新后查看状态"


class LineNotCompletable(Refusal):
    code = "LINE_NOT_COMPLETABLE"
    message = "该批次已退回或已撤回，不能完成，请刷新后查看状态"


class LineNotWithdrawn(Refusal):
    code = "LINE_NOT_WITHDRAWN"
    message = "该批次已结束审核，撤回不成立，请刷新后查看审核结果"


class LineNotRejectable(Refusal):
    code = "LINE_NOT_REJECTABLE"
    message = "该批次未提交至职保中心，职保中心不能退回，请核对批次后重试"


class LineNotReassignable(Refusal):
    code = "LINE_NOT_REASSIGNABLE"
    message = "该批次已结束审核，不能变更审核单位，请刷新后查看审核结果"


class LineUnknown(Refusal):
    code = "LINE_UNKNOWN"
    message = "没有该参保批次，无法记录审核结果，请核对批次后重试"


class PeopleRefused(Refusal):
    """Some of the chosen people cannot be submitted. `detail.refused` lists them with the reasons."""

    code = "PEOPLE_REFUSED"
    message = "所选人员中有不能提交参保的人员，请查看原因，或跳过并提交其余"


class NotReady(PeopleRefused):
    code = "NOT_READY"
    message = "所选人员中有【待校验】人员，不能提交参保，请取消勾选，或待校验通过后再提交"


class StatusStale(PeopleRefused):
    code = "STATUS_STALE"
    message = "所选人员中有状态已过期的人员，提交时会自动重新校验，请待校验完成后再次提交"


class AlreadyEnrolled(PeopleRefused):
    code = "ALREADY_ENROLLED"
    message = "本保障年度已参加或正在审核"
