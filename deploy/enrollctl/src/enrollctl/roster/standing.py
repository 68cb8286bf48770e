"""Computes the list in which a person must be after the registries have been asked (A04, A38, A40, A42)."""

from dataclasses import dataclass
from enum import StrEnum

from contracts.words import CardStatus, Channel, DocumentType, EmploymentStatus

#: In the registries' csv file, this text stands in place of a status. The text means that the registry has no record of
#: the person and gives no answer.
NO_RECORD = "-"


class Place(StrEnum):
    """The lists of people after the check. Each imported person is in exactly one of these lists."""

    READY = "ready"
    TO_VERIFY = "to_verify"
    RETIRED = "retired"
    DECEASED = "deceased"
    NOT_RESIDENT_ID = "not_resident_id"


@dataclass(frozen=True, slots=True)
class Standing:
    """The expected list of one person. `if_confirmed`: the list after a handler (经办人) has confirmed the person.

    `to_confirm`: True if the person is also in the list 待确认名单, because a handler must confirm the person.
    """

    place: Place
    channel: Channel | None = None
    to_confirm: bool = False
    if_confirmed: Place = Place.TO_VERIFY


def standing(document: DocumentType, has_service_card: bool, card: str | None, employment: str | None) -> Standing:
    """The list in which a person must be. `card` and `employment`: the registries' statuses, in the manual's words.

    NO_RECORD means that the registry gives no answer. None means that the person is not loaded into the registries; the
    registries then answer 不明确.
    """
    if has_service_card:
        channel, card_is_valid = Channel.SERVICE_CARD, True
    elif document is DocumentType.RESIDENT_ID:
        channel, card_is_valid = Channel.SOCIAL_SECURITY_CARD, card == CardStatus.NORMAL.label
    else:
        return Standing(Place.NOT_RESIDENT_ID, if_confirmed=Place.NOT_RESIDENT_ID)
    if employment == EmploymentStatus.DECEASED.label:
        return Standing(Place.DECEASED, channel, if_confirmed=Place.DECEASED)
    if employment == EmploymentStatus.RETIRED.label:
        return Standing(Place.RETIRED, channel, if_confirmed=Place.RETIRED)
    employed = employment == EmploymentStatus.EMPLOYED.label
    unclear = not employed and employment != NO_RECORD
    place = Place.READY if card_is_valid and employed else Place.TO_VERIFY
    confirmed = Place.READY if card_is_valid and (employed or unclear) else Place.TO_VERIFY
    return Standing(place, channel, to_confirm=unclear, if_confirmed=confirmed)
