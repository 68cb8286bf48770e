"""The texts of notices about batches: one sentence each, without personal data (D06)."""

from contracts.words import NoticeKind

_TEXTS = {
    NoticeKind.RETURNED: "参保批次{about}（{unit}）已被退回，请在批次详情中查看原因，修改后可重新提交。",
    NoticeKind.PEOPLE_RETURNED: "参保批次{about}（{unit}）有部分人员被退回，请在批次详情中查看原因。",
    NoticeKind.WITHDRAWN: "参保批次{about}（{unit}）已撤回，人员已回到参保名单。",
    NoticeKind.WITHDRAWAL_REFUSED: "参保批次{about}（{unit}）的撤回申请未通过，上级工会已开始审核。",
    NoticeKind.COMPLETED: "参保批次{about}（{unit}）已提交至职保中心，状态为已完成。",
    NoticeKind.CENTER_REJECTED: "职保中心退回了参保批次{about}（{unit}），上级工会将重新处理，请留意批次状态。",
}


def text_of(kind: NoticeKind, about: str, unit: str) -> str:
    return _TEXTS[kind].format(about=about, unit=unit)
