"""Makes 18-digit resident numbers (GB 11643): area, birth date, order, check character. See docs/formulas.md."""

from datetime import date

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"

#: Area codes: the city's own districts (310…), and areas of other provinces.
# fmt: off
AREAS = (
    "310101", "310104", "310105", "310106", "310107", "310109", "310110", "310112", "310113", "310114", "310115",
    "310116", "310117", "310118", "310120", "310151", "110101", "110105", "120101", "130102", "140105", "150102",
    "210102", "220102", "230102", "320102", "320505", "320602", "320902", "321002", "330102", "330203", "330302",
    "330602", "340102", "340202", "341202", "341503", "350102", "350203", "360102", "362502", "370102", "370202",
    "370602", "410102", "411302", "411502", "420102", "421002", "430102", "431122", "440103", "440305", "450102",
    "460105", "500103", "510104", "511302", "520102", "530102", "540102", "610102", "620102", "630102", "640104",
    "650102",
)
# fmt: on


def check_character(body: str) -> str:
    """The check character of 17 digits, by ISO 7064 MOD 11-2."""
    return _CHECKS[sum(int(digit) * weight for digit, weight in zip(body, _WEIGHTS, strict=True)) % 11]


def with_check(body: str) -> str:
    return body + check_character(body)


def resident_id(area: str, born_on: date, order: int) -> str:
    """A resident number. `order`: 1 to 999, odd for men and even for women."""
    return with_check(f"{area}{born_on:%Y%m%d}{order:03}")


def with_wrong_check(number: str) -> str:
    """The same number with a wrong check character."""
    index = _CHECKS.index(number[-1])
    return number[:-1] + _CHECKS[(index + 1) % len(_CHECKS)]


def with_impossible_date(number: str) -> str:
    """The same number with month 13, and with the check character that fits the changed number."""
    return with_check(number[:10] + "13" + number[12:17])


def in_15_digits(number: str) -> str:
    """The old form of the number, without the century and the check character.

    Numbers in this form have not been valid since 2013.
    """
    return number[:6] + number[8:17]
