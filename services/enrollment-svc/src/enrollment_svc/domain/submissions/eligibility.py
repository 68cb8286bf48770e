"""Whether a person can be submitted now. The transaction of a submission uses only stored statuses (D15, A45)."""

from datetime import datetime, timedelta

from contracts.words import Channel, Word
from enrollment_svc.domain.candidates.people import Person
from enrollment_svc.domain.candidates.placement import Standing
from enrollment_svc.domain.candidates.statuses import stale


class Ineligible(Word):
    """Why one person is refused; the handler reads the label."""

    NOT_FOUND = "NOT_FOUND", "该会员不在本工会的会员名单中"
    ALREADY_ENROLLED = "ALREADY_ENROLLED", "本保障年度已参加或正在审核"
    DECEASED = "DECEASED", "就业状态为死亡，已自动剔除"
    RETIRED = "RETIRED", "就业状态为退休，已自动剔除"
    NO_CHANNEL = "NO_CHANNEL", "证件类型不是身份证且没有会员服务卡，请先办会员服务卡"
    HAS_SERVICE_CARD = "HAS_SERVICE_CARD", "已有工会会员服务卡，请进行工会会员卡参保"
    NO_SERVICE_CARD = "NO_SERVICE_CARD", "没有工会会员服务卡，请进行社保卡参保"
    NOT_READY = "NOT_READY", "社保卡状态或就业状态异常，在【待校验】中，不能提交参保"
    STATUS_STALE = "STATUS_STALE", "社保卡或就业状态已过期"


#: The next step of the handler for a refused person.
NEXT_STEPS = {
    Ineligible.NOT_FOUND: "请核对所选人员；如仍在本单位，请重新导入该会员",
    Ineligible.ALREADY_ENROLLED: "无需再次参保",
    Ineligible.DECEASED: "无需处理，可在“会员管理”删除",
    Ineligible.RETIRED: "无需处理，可在“会员管理”删除",
    Ineligible.NO_CHANNEL: "请先办会员服务卡，再进行工会会员卡参保",
    Ineligible.HAS_SERVICE_CARD: "请在工会会员卡参保中提交",
    Ineligible.NO_SERVICE_CARD: "请在社保卡参保中提交",
    Ineligible.NOT_READY: "请获取社保卡和就业状态，或在“参保待确认名单”确认",
    Ineligible.STATUS_STALE: "提交时会自动重新校验，请待校验完成后再次提交",
}


def ineligible(person: Person, channel: Channel, now: datetime, max_age: timedelta) -> Ineligible | None:
    """The first reason against submitting the person in this channel, or None."""
    if person.removed:
        return Ineligible.NOT_FOUND
    if person.enrolled:
        return Ineligible.ALREADY_ENROLLED
    if person.standing in _EXCLUDED:
        return _EXCLUDED[person.standing]
    if person.channel is not channel:
        return Ineligible.NO_SERVICE_CARD if channel is Channel.SERVICE_CARD else Ineligible.HAS_SERVICE_CARD
    if person.standing is not Standing.READY:
        return Ineligible.NOT_READY
    if stale(person.statuses, channel, person.renamed_at, now, max_age):
        return Ineligible.STATUS_STALE
    return None


_EXCLUDED = {
    Standing.DECEASED: Ineligible.DECEASED,
    Standing.RETIRED: Ineligible.RETIRED,
    Standing.NO_CHANNEL: Ineligible.NO_CHANNEL,
}
