"""The channel of a person, and the person's standing. The standing says in which list of the channel the person is."""

from dataclasses import dataclass

from contracts.words import CardStatus, Channel, DocumentType, EmploymentStatus, Word


class Standing(Word):
    """Every person has exactly one standing (A40). 待确认 is no standing, but the field `Placement.to_confirm`."""

    READY = "ready", "待提交"
    TO_VERIFY = "to_verify", "待校验"
    RETIRED = "excluded_retired", "退休"
    DECEASED = "excluded_deceased", "死亡"
    NO_CHANNEL = "no_channel", "非身份证且无会员服务卡"


@dataclass(frozen=True, slots=True)
class Placement:
    """`if_confirmed`: the standing in a year for which a handler confirmed the employment by hand. `standing`: the
    standing in every other year.

    A confirmation counts only in its year. A query for a year chooses `standing` or `if_confirmed`. So no job has to
    update rows at New Year (A43, A55). `to_confirm`: the person is listed in 参保待确认名单 until confirmed.
    """

    standing: Standing
    if_confirmed: Standing
    to_confirm: bool


def placement(channel: Channel | None, card: CardStatus | None, employment: EmploymentStatus | None) -> Placement:
    """The placement by the truth table of both channels (F105, F106, F113–F118, A04, A38, A40, A42).

    A status None is shown as "-".
    """
    excluded = _excluded(channel, employment)
    if excluded is not None:
        return Placement(excluded, excluded, to_confirm=False)
    passes = channel is Channel.SERVICE_CARD or card is CardStatus.NORMAL
    employed = employment is EmploymentStatus.EMPLOYED
    return Placement(
        Standing.READY if passes and employed else Standing.TO_VERIFY,
        Standing.READY if passes else Standing.TO_VERIFY,
        to_confirm=employment is EmploymentStatus.UNCLEAR,
    )


def channel_of(document_type: DocumentType, *, has_service_card: bool) -> Channel | None:
    """The channel of a person. Nobody is in both channels, and some people are in neither (F087, F088, F092, A38)."""
    if has_service_card:
        return Channel.SERVICE_CARD
    if document_type is DocumentType.RESIDENT_ID:
        return Channel.SOCIAL_SECURITY_CARD
    return None


def _excluded(channel: Channel | None, employment: EmploymentStatus | None) -> Standing | None:
    """The first of 死亡, 退休 and 非身份证且无会员卡 that applies (A40). None: the person is not excluded."""
    if employment is EmploymentStatus.DECEASED:
        return Standing.DECEASED
    if employment is EmploymentStatus.RETIRED:
        return Standing.RETIRED
    return Standing.NO_CHANNEL if channel is None else None
