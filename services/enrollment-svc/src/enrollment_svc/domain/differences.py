"""This selection against an earlier one: who is new, who is missing, and why (the X12 834 audit, A49)."""

from datetime import datetime, timedelta

from contracts.words import Channel, Word
from enrollment_svc.domain.eligibility import Ineligible, ineligible
from enrollment_svc.domain.people import Person


class Against(Word):
    """What the selection is compared with."""

    LAST_SUBMISSION = "last_submission", "上一次提交"
    LAST_YEAR = "last_year", "上一保障年度"


class Change(Word):
    """What the comparison says of a person. Whoever is enrolled already is missing from no list."""

    NEW = "new", "新增"
    MISSING = "missing", "缺少"
    KEPT = "kept", "保持"
    ALREADY = "already", "已参加或正在审核"


class Missing(Word):
    """Why somebody of the earlier list is not in this one; the label is what the handler reads."""

    NO_MEMBER = "NO_MEMBER", "已不在本工会的会员名单中"
    NOT_TICKED = "NOT_TICKED", "在【待提交】中，但本次未勾选"
    OTHER_CHANNEL = "OTHER_CHANNEL", "在另一参保通道中"
    DECEASED = Ineligible.DECEASED.value, Ineligible.DECEASED.label
    RETIRED = Ineligible.RETIRED.value, Ineligible.RETIRED.label
    NO_CHANNEL = Ineligible.NO_CHANNEL.value, Ineligible.NO_CHANNEL.label
    NOT_READY = Ineligible.NOT_READY.value, Ineligible.NOT_READY.label
    STATUS_STALE = Ineligible.STATUS_STALE.value, "社保卡或就业状态已过期"


NEXT_STEPS = {
    Missing.NO_MEMBER: "如仍在本单位，请重新导入该会员",
    Missing.NOT_TICKED: "如需参保，请在【待提交】中勾选",
    Missing.OTHER_CHANNEL: "请在另一参保通道中提交",
    Missing.DECEASED: "无需处理，可在“会员管理”删除",
    Missing.RETIRED: "无需处理，可在“会员管理”删除",
    Missing.NO_CHANNEL: "请先办会员服务卡，再进行工会会员卡参保",
    Missing.NOT_READY: "请获取社保卡和就业状态，或在“参保待确认名单”确认",
    Missing.STATUS_STALE: "请点击“获取社保卡和就业状态”，校验后再提交",
}
_CHANNELS = (Ineligible.HAS_SERVICE_CARD, Ineligible.NO_SERVICE_CARD)


def why_missing(person: Person | None, channel: Channel, now: datetime, max_age: timedelta) -> Missing:
    """`person` None: no member of the union any more."""
    if person is None or person.removed:
        return Missing.NO_MEMBER
    why = ineligible(person, channel, now, max_age)
    if why is None:
        return Missing.NOT_TICKED
    return Missing.OTHER_CHANNEL if why in _CHANNELS else Missing(why.value)
