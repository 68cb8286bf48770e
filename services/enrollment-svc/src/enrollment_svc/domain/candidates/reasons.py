"""Why is this person not in the list? Every reason, with the next step (F093–F095, F119–F121, A40)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from contracts.words import CardStatus, Channel, EmploymentStatus
from enrollment_svc.domain.candidates.people import Person
from enrollment_svc.domain.candidates.placement import Standing
from enrollment_svc.domain.candidates.statuses import stale


@dataclass(frozen=True, slots=True)
class Reason:
    code: str
    message: str
    next_step: str


REMOVED = Reason("REMOVED", "该会员已在会员管理中删除", "如需参保，请重新导入该会员")
ALREADY_ENROLLED = Reason("ALREADY_ENROLLED", "本保障年度已参加或正在审核", "无需再次参保")
DECEASED = Reason("DECEASED", "就业状态为死亡，已自动剔除", "可在“会员管理”删除")
RETIRED = Reason("RETIRED", "就业状态为退休，已自动剔除", "可在“会员管理”删除")
NOT_RESIDENT_ID = Reason("NOT_RESIDENT_ID", "证件类型不是身份证类型", "请先办会员服务卡，再进行工会会员卡参保")
HAS_SERVICE_CARD = Reason("HAS_SERVICE_CARD", "已经有工会会员服务卡了", "请进行工会会员卡参保")
NO_SERVICE_CARD = Reason("NO_SERVICE_CARD", "没有工会会员服务卡", "请进行社保卡参保，或先办会员服务卡")
CARD_UNKNOWN = Reason("CARD_UNKNOWN", "社保卡状态未取得", "请点击“获取社保卡和就业状态”")
EMPLOYMENT_UNKNOWN = Reason("EMPLOYMENT_UNKNOWN", "就业状态未取得", "请点击“获取社保卡和就业状态”")
CARD_NO_RECORD = Reason("CARD_NO_RECORD", "社保卡无记录", "请改办会员服务卡，进行工会会员卡参保")
EMPLOYMENT_NO_RECORD = Reason("EMPLOYMENT_NO_RECORD", "就业状态无记录", "请核对证件号码，或稍后重新校验")
EMPLOYMENT_UNCLEAR = Reason("EMPLOYMENT_UNCLEAR", "就业状态不明确", "请在“参保待确认名单”进行人工确认")
STATUS_STALE = Reason("STATUS_STALE", "社保卡或就业状态已过期", "提交时会自动重新校验，请稍后再提交")


_COUNTED = (ALREADY_ENROLLED, DECEASED, RETIRED, NOT_RESIDENT_ID)


def reasons(person: Person, channel: Channel, now: datetime, max_age: timedelta) -> list[Reason]:
    """Every reason why the person is not in 待提交 of the channel, and STATUS_STALE if the statuses are too old."""
    return list(_reasons(person, channel, now, max_age))


def counted(found: Sequence[Reason]) -> Reason | None:
    """The one reason under which a person is counted: the first of 已参保/审核中, 死亡, 退休, 无通道 (A40), or None."""
    return next((reason for reason in _COUNTED if reason in found), None)


def tab_of(person: Person) -> Standing | None:
    """The tab that lists the person, or None."""
    listed = person.standing in (Standing.READY, Standing.TO_VERIFY)
    return person.standing if listed and not person.removed and not person.enrolled else None


def _reasons(person: Person, channel: Channel, now: datetime, max_age: timedelta) -> Iterator[Reason]:
    if person.removed:
        yield REMOVED
    if person.enrolled:
        yield ALREADY_ENROLLED
    if person.standing is Standing.DECEASED:
        yield DECEASED
    if person.standing is Standing.RETIRED:
        yield RETIRED
    if person.channel is not channel:
        yield _other_channel(person.channel)
    if tab_of(person):
        yield from _status_reasons(person)
        if stale(person.statuses, person.channel, person.renamed_at, now, max_age):
            yield STATUS_STALE


def _other_channel(channel: Channel | None) -> Reason:
    if channel is None:
        return NOT_RESIDENT_ID
    return HAS_SERVICE_CARD if channel is Channel.SERVICE_CARD else NO_SERVICE_CARD


def _status_reasons(person: Person) -> Iterator[Reason]:
    card = person.statuses.card
    if person.channel is Channel.SOCIAL_SECURITY_CARD and card is not CardStatus.NORMAL:
        yield _card_reason(card, checked=person.statuses.card_checked_at is not None)
    if person.confirmed:
        return
    if person.statuses.employment is None:
        yield EMPLOYMENT_UNKNOWN if person.statuses.employment_checked_at is None else EMPLOYMENT_NO_RECORD
    elif person.statuses.employment is EmploymentStatus.UNCLEAR:
        yield EMPLOYMENT_UNCLEAR


def _card_reason(card: CardStatus | None, *, checked: bool) -> Reason:
    """The reason for a card that is not 正常 (F119, F121). A card without a record has a reason of its own (A42)."""
    if card is None:
        return CARD_NO_RECORD if checked else CARD_UNKNOWN
    return Reason("CARD_ABNORMAL", f"社保卡状态为{card.label}", "请改办会员服务卡，进行工会会员卡参保")
