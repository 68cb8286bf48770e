"""Refusals of commands on lines, with the sentences for the reviewer."""

from chassis.domain import Refusal


class NotArriving(Refusal):
    code = "LINE_NOT_ARRIVING"
    message = "该批次已接收完整，不能再追加人员，请另行提交新批次"


class NotPending(Refusal):
    code = "LINE_NOT_PENDING"
    message = "该批次不在待审批参保列表中，请刷新后重试；已添加至待提交的请先移除"


class NotStaged(Refusal):
    code = "LINE_NOT_STAGED"
    message = "该批次不在待提交参保列表中，请刷新后重试"


class NotWithdrawable(Refusal):
    code = "LINE_NOT_WITHDRAWABLE"
    message = "上级工会已开始审核，该批次不能撤回，如需撤回请联系上级工会退回"


class NotCompleted(Refusal):
    code = "LINE_NOT_COMPLETED"
    message = "该批次未提交至职保中心，不能由职保中心退回，请核对批次后重试"


class LineClosed(Refusal):
    code = "LINE_CLOSED"
    message = "该批次已结束审核，不能变更审核工会，请刷新后查看审核结果"


class NotYourTurn(Refusal):
    code = "NOT_YOUR_TURN"
    status = 403
    message = "该批次当前不由您所在的工会审核，请刷新后查看当前审核单位"


class OwnSubmission(Refusal):
    code = "OWN_SUBMISSION"
    status = 403
    message = "不能审核本人或本工会提交（含代下级工会提交）的参保信息，请由其他上级工会的审核人审核"


class NotLastReviewer(Refusal):
    code = "NOT_DISTRICT_UNION"
    status = 403
    message = "只有区局（产业）工会可以提交至职保中心，请提交至上级工会"


class LastReviewer(Refusal):
    code = "NO_SUPERIOR"
    message = "本工会已是区局（产业）工会，请提交至职保中心"


class NothingTicked(Refusal):
    """Nothing is ticked (F221)."""

    code = "SELECTION_EMPTY"
    status = 422
    message = "请先勾选要操作的参保信息！"


class NothingStaged(Refusal):
    """The list 待提交 is empty (F235)."""

    code = "NOTHING_STAGED"
    message = "待提交参保列表中没有参保信息，请先添加至待提交！"
