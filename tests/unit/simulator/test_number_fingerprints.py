import hmac

import pytest

from simulator.fingerprints import Fingerprints


@pytest.mark.parametrize(
    "spelling",
    [
        "31010119650115001x",
        "'310101 19650115\u200b001X",
        " 31010119650115001X ",
        "３１０１０１１９６５０１１５００１Ｘ",
    ],
)
def test_spellings_of_one_number_have_one_fingerprint(spelling: str) -> None:
    fingerprints = Fingerprints(b"k" * 32)
    assert fingerprints.number(spelling) == fingerprints.number("31010119650115001X")


def test_a_person_is_type_and_number() -> None:
    fingerprints = Fingerprints(b"k" * 32)
    assert fingerprints.person("passport", "12345678") != fingerprints.person("taiwan_permit", "12345678")


def test_fingerprints_depend_on_the_key() -> None:
    assert Fingerprints(b"k" * 32).number("1") != Fingerprints(b"l" * 32).number("1")


def test_fingerprints_are_those_of_earlier_releases() -> None:
    def hmac_of(text: str) -> bytes:
        return hmac.digest(b"k" * 32, text.encode(), "sha256")

    fingerprints = Fingerprints(b"k" * 32)
    assert fingerprints.numbers(["310101x", "2"]) == [hmac_of("number|310101X"), hmac_of("number|2")]
    assert fingerprints.people([("passport", "e1")]) == [hmac_of("person|passport|E1")]
    assert fingerprints.content("王".encode()) == hmac_of("content|王")
