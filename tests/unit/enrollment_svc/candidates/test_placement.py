"""The truth table of the tabs, with the test vectors in `docs/formulas.md`."""

import pytest

from contracts.words import CardStatus, Channel, DocumentType, EmploymentStatus
from enrollment_svc.domain.candidates.placement import Placement, Standing, channel_of, placement

RESIDENT = DocumentType.RESIDENT_ID
ABNORMAL = [None, *(card for card in CardStatus if card is not CardStatus.NORMAL)]
EMPLOYED, UNCLEAR = EmploymentStatus.EMPLOYED, EmploymentStatus.UNCLEAR
OUT = [(EmploymentStatus.RETIRED, Standing.RETIRED), (EmploymentStatus.DECEASED, Standing.DECEASED)]


def placed(
    document: DocumentType, has_service_card: bool, card: CardStatus | None, employment: EmploymentStatus | None
) -> Placement:
    return placement(channel_of(document, has_service_card=has_service_card), card, employment)


@pytest.mark.row("F106", "F107", "F114", "A04", "A42")
@pytest.mark.parametrize(
    ("employment", "standing", "if_confirmed", "to_confirm"),
    [
        (None, Standing.TO_VERIFY, Standing.READY, False),
        (EMPLOYED, Standing.READY, Standing.READY, False),
        (UNCLEAR, Standing.TO_VERIFY, Standing.READY, True),
    ],
)
def test_a_normal_card_is_ready_with_employment_or_a_confirmation(
    employment: EmploymentStatus | None, standing: Standing, if_confirmed: Standing, to_confirm: bool
):
    place = placed(RESIDENT, False, CardStatus.NORMAL, employment)
    assert (place.standing, place.if_confirmed, place.to_confirm) == (standing, if_confirmed, to_confirm)


@pytest.mark.row("F105", "A04", "A05")
@pytest.mark.parametrize("card", ABNORMAL)
@pytest.mark.parametrize("employment", [EMPLOYED, UNCLEAR])
def test_an_abnormal_card_is_to_verify_whatever_the_employment(card: CardStatus | None, employment: EmploymentStatus):
    place = placed(RESIDENT, False, card, employment)
    assert (place.standing, place.if_confirmed) == (Standing.TO_VERIFY, Standing.TO_VERIFY)
    assert place.to_confirm is (employment is UNCLEAR)


@pytest.mark.row("F116", "F117", "F118")
@pytest.mark.parametrize(("employment", "standing"), OUT)
@pytest.mark.parametrize("card", [*CardStatus, None])
@pytest.mark.parametrize("has_service_card", [True, False])
def test_retired_and_deceased_people_are_out_even_when_confirmed(
    employment: EmploymentStatus, standing: Standing, card: CardStatus | None, has_service_card: bool
):
    place = placed(RESIDENT, has_service_card, card, employment)
    assert (place.standing, place.if_confirmed, place.to_confirm) == (standing, standing, False)


@pytest.mark.row("F087", "F088", "A38")
@pytest.mark.parametrize("card", [*CardStatus, None])
@pytest.mark.parametrize("document", DocumentType)
def test_a_service_card_takes_any_document_and_never_asks_the_social_security_card(
    document: DocumentType, card: CardStatus | None
):
    assert channel_of(document, has_service_card=True) is Channel.SERVICE_CARD
    assert placed(document, True, card, EMPLOYED).standing is Standing.READY
    assert placed(document, True, card, UNCLEAR).if_confirmed is Standing.READY
    assert placed(document, True, card, None).standing is Standing.TO_VERIFY


@pytest.mark.row("F092", "F095", "A40")
@pytest.mark.parametrize("document", [kind for kind in DocumentType if kind is not RESIDENT])
def test_other_documents_without_service_card_are_in_no_channel(document: DocumentType):
    place = placed(document, False, CardStatus.NORMAL, UNCLEAR)
    assert channel_of(document, has_service_card=False) is None
    assert (place.standing, place.to_confirm) == (Standing.NO_CHANNEL, False)
    assert placed(document, False, None, EmploymentStatus.RETIRED).standing is Standing.RETIRED
