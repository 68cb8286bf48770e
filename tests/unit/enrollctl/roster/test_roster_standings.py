import pytest

from contracts.words import Channel, DocumentType
from enrollctl.roster.standing import NO_RECORD, Place, standing

RESIDENT, PASSPORT = DocumentType.RESIDENT_ID, DocumentType.PASSPORT
ABNORMAL = ("封存", "挂失", "锁定", "注销", "不明确", NO_RECORD, None)


@pytest.mark.row("F105", "F106", "A04", "A42")
@pytest.mark.parametrize(
    ("card", "employment", "place", "to_confirm", "if_confirmed"),
    [
        ("正常", "在职", Place.READY, False, Place.READY),
        ("正常", NO_RECORD, Place.TO_VERIFY, False, Place.TO_VERIFY),
        ("正常", "不明确", Place.TO_VERIFY, True, Place.READY),
        *[(card, "在职", Place.TO_VERIFY, False, Place.TO_VERIFY) for card in ABNORMAL],
        *[(card, "不明确", Place.TO_VERIFY, True, Place.TO_VERIFY) for card in ABNORMAL],
        *[(card, "退休", Place.RETIRED, False, Place.RETIRED) for card in ("正常", *ABNORMAL)],
        *[(card, "死亡", Place.DECEASED, False, Place.DECEASED) for card in ("正常", *ABNORMAL)],
    ],
)
def test_social_security_card_channel(
    card: str | None, employment: str, place: Place, to_confirm: bool, if_confirmed: Place
) -> None:
    stands = standing(RESIDENT, False, card, employment)
    assert (stands.place, stands.to_confirm, stands.if_confirmed) == (place, to_confirm, if_confirmed)
    assert stands.channel is Channel.SOCIAL_SECURITY_CARD


@pytest.mark.row("A38")
@pytest.mark.parametrize("document", [RESIDENT, PASSPORT])
def test_the_service_card_channel_ignores_the_social_security_card(document: DocumentType) -> None:
    for card in ("正常", *ABNORMAL):
        ready = standing(document, True, card, "在职")
        assert (ready.place, ready.channel) == (Place.READY, Channel.SERVICE_CARD)
        unclear = standing(document, True, card, "不明确")
        assert (unclear.place, unclear.to_confirm, unclear.if_confirmed) == (Place.TO_VERIFY, True, Place.READY)


@pytest.mark.row("F095")
def test_another_document_without_a_service_card_stands_nowhere() -> None:
    assert standing(PASSPORT, False, NO_RECORD, "在职").place is Place.NOT_RESIDENT_ID


def test_whom_the_registries_do_not_know_is_to_be_confirmed() -> None:
    stands = standing(RESIDENT, False, None, None)
    assert (stands.place, stands.to_confirm, stands.if_confirmed) == (Place.TO_VERIFY, True, Place.TO_VERIFY)
