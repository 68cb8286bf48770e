"""The words for comparing a selection with an earlier list, and the reason why an earlier person is missing (A49)."""

from datetime import datetime, timedelta

from contracts.words import Channel, Word
from enrollment_svc.domain.candidates.people import Person
from enrollment_svc.domain.submissions.eligibility import NEXT_STEPS as OF_THE_REFUSED
from enrollment_svc.domain.submissions.eligibility import Ineligible, ineligible


class Against(Word):
    """The earlier list with which the selection is compared."""

    LAST_SUBMISSION = "last_submission", "上一次提交"
    LAST_YEAR = "last_year", "上一保障年度"


class Change(Word):
    """The result for one person. A person of the earlier list who is enrolled already is ALREADY, not MISSING."""

    NEW = "new", "新增"
    MISSING = "missing", "缺少"
    KEPT = "kept", "保持"
    ALREADY = "already", "已参加或正在审核"


class Missing(Word):
    """Why a person of the earlier list is not in the selection; the handler reads the label."""

    NO_MEMBER = "NO_MEMBER", "已不在本工会的会员名单中"
    NOT_TICKED = "NOT_TICKED", "在【待提交】中，但本次未勾选"
    OTHER_CHANNEL = "OTHER_CHANNEL", "在另一参保通道中"
    DECEASED = Ineligible.DECEASED.value, Ineligible.DECEASED.label
    RETIRED = Ineligible.RETIRED.value, Ineligible.RETIRED.label
    NO_CHANNEL = Ineligible.NO_CHANNEL.value, Ineligible.NO_CHANNEL.label
    NOT_READY = Ineligible.NOT_READY.value, Ineligible.NOT_READY.label
    STATUS_STALE = Ineligible.STATUS_STALE.value, Ineligible.STATUS_STALE.label


NEXT_STEPS = {
    Missing.NO_MEMBER: "如仍在本单位，请重新导入该会员",
    Missing.NOT_TICKED: "如需参保，请在【待提交】中勾选",
    Missing.OTHER_CHANNEL: "请在另一参保通道中提交",
    Missing.DECEASED: OF_THE_REFUSED[Ineligible.DECEASED],
    Missing.RETIRED: OF_THE_REFUSED[Ineligible.RETIRED],
    Missing.NO_CHANNEL: OF_THE_REFUSED[Ineligible.NO_CHANNEL],
    Missing.NOT_READY: OF_THE_REFUSED[Ineligible.NOT_READY],
    Missing.STATUS_STALE: OF_THE_REFUSED[Ineligible.STATUS_STALE],
}
_CHANNELS = (Ineligible.HAS_SERVICE_CARD, Ineligible.NO_SERVICE_CARD)


def why_missing(person: Person | None, channel: Channel, now: datetime, max_age: timedelta) -> Missing:
    """Why a person of the earlier list is not in the selection. `person` None: no longer a member of the union."""
    if person is None or person.removed:
        return Missing.NO_MEMBER
    why = ineligible(person, channel, now, max_age)
    if why is None:
        return Missing.NOT_TICKED
    return Missing.OTHER_CHANNEL if why in _CHANNELS else Missing(why.value)
