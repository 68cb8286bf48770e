"""A section of a number format, and the text that it shows for a number that is not negative."""

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

PLACES = "0#?"
#: If a number has more digits than this, the format General shows it in scientific notation.
MOST_GENERAL_DIGITS = 11
THOUSANDS = re.compile(r"(?<=[0-9])(?=(?:[0-9]{3})+$)")

#: The characters in order; True marks a digit place.
Pieces = tuple[tuple[bool, str], ...]


@dataclass
class Section:
    """`whole` and `part` are the pieces before and after the decimal point.

    `is_unsure`: True if different programs or languages possibly show the number differently.
    `is_marked`: the section has a color, a currency or a language. This matters for a section without pieces: if it is
    marked, for example only `[Red]`, it shows the number as General does. If not, it hides the number.
    """

    whole: Pieces = ()
    part: Pieces | None = None
    is_date: bool = False
    is_percent: bool = False
    is_general: bool = False
    is_grouped: bool = False
    is_marked: bool = False
    is_unsure: bool = False
    has_other_digits: bool = False
    has_signs: bool = False
    _commas: int = 0

    def write(self, text: str, *, is_sign: bool = True) -> None:
        self._add(*((False, character) for character in text))
        self.has_signs = self.has_signs or (is_sign and bool(text))

    def write_number(self) -> None:
        """Add the place where General shows the number."""
        self.is_unsure = self.is_unsure or self.has_places
        self._add((True, "#"))

    def place(self, sign: str) -> None:
        """Add a digit place. Before the decimal point, a place after a 0 is a 0 too. For example, `0##` means `000`."""
        if self.is_general or (self._commas and self.part is not None):
            self.is_unsure = True
        self.is_grouped = self.is_grouped or self._commas > 0
        self._commas = 0
        after_zero = self.part is None and (True, "0") in self.whole
        self._add((True, "0" if after_zero else sign))

    def point(self) -> None:
        """Add the decimal point. A second point, or a comma just before the point, makes the section unsure."""
        if self.part is not None or self._commas:
            self.is_unsure = True
        self.part = self.part or ()

    def comma(self) -> None:
        self._commas += 1
        if not self.has_places:
            self.is_unsure = True

    def percent(self) -> None:
        self.is_unsure = self.is_unsure or self.is_percent
        self.is_percent = True
        self._add((False, "%"))

    def fill(self, character: str) -> None:
        """Handle a character that Excel repeats until the column is full.

        The character is not added, because the column's width is unknown. If it is not a space, the section is unsure.
        """
        if character != " ":
            self.is_unsure = True
            self.has_other_digits = self.has_other_digits or character.isalnum()

    def _add(self, *pieces: tuple[bool, str]) -> None:
        if self.part is None:
            self.whole += pieces
        else:
            self.part += pieces

    @property
    def has_places(self) -> bool:
        return any(is_place for is_place, _ in self.pieces)

    @property
    def pieces(self) -> Pieces:
        return self.whole + (self.part or ())

    @property
    def divides(self) -> bool:
        """Whether the digit places end with commas. Each of these commas divides the shown number by 1000."""
        return self._commas > 0

    @cached_property
    def shows_more(self) -> bool:
        """Whether the section shows more than the number itself: leading zeros, words, signs."""
        if self.is_date:
            return False
        if self.has_other_digits or self.divides:
            return True
        if not self.has_places:
            return bool(self.pieces) if self.is_marked or self.is_unsure else True
        zeros = sum(piece == (True, "0") for piece in self.whole)
        wordy = any(not is_place and character.isalnum() for is_place, character in self.pieces)
        is_bare = self.part is None and not self.is_grouped and not self.is_percent
        return zeros > 1 or wordy or (is_bare and zeros > 0 and self.has_signs)

    def show(self, value: float) -> str | None:
        """The text that the cell shows. None if the text is unknown, or if it hides a part of the number, such as
        decimals.
        """
        if self.is_unsure or self.divides or value < 0:
            return None
        if not self.has_places:
            return self._words(value)
        exact = Decimal(repr(value)) * (100 if self.is_percent else 1)
        digits, _, decimals = f"{exact:f}".partition(".")
        digits, decimals = digits.lstrip("0"), decimals.rstrip("0")
        if self.is_general:
            return self._general(digits or "0", decimals)
        places = [character for is_place, character in self.part or () if is_place]
        if len(decimals) > len(places):
            return None
        whole = self._grouped(digits) if self.is_grouped else _from_right(digits, self.whole)
        if whole is None or self.part is None:
            return whole and whole.strip()
        return f"{whole}.{_from_left(decimals, self.part)}".strip()

    def _words(self, value: float) -> str | None:
        text = "".join(character for _, character in self.pieces).strip()
        # A text of only signs or blanks does not show the number. It is accepted only for 0, because many formats show
        # 0 as `-`.
        return text if value == 0 or any(map(str.isalnum, text)) else None

    def _general(self, digits: str, decimals: str) -> str | None:
        if decimals or len(digits) > MOST_GENERAL_DIGITS:
            return None
        return "".join(digits if is_place else character for is_place, character in self.whole).strip()

    def _grouped(self, digits: str) -> str | None:
        """The text with thousands separators. None if a place is `?`, or if other characters are between the places."""
        first = self.whole.index((True, next(c for is_place, c in self.whole if is_place)))
        places = [piece for piece in self.whole if piece[0]]
        if list(self.whole[first : first + len(places)]) != places or (True, "?") in places:
            return None
        run = THOUSANDS.sub(",", _from_right(digits, tuple(places)))
        before, after = self.whole[:first], self.whole[first + len(places) :]
        return "".join([*(c for _, c in before), run, *(c for _, c in after)])


def _from_right(digits: str, pieces: Pieces) -> str:
    """Fill the digit places from the right. All remaining digits go into the leftmost place."""
    remaining, places = digits, sum(is_place for is_place, _ in pieces)
    written: list[str] = []
    for is_place, character in reversed(pieces):
        if not is_place:
            written.append(character)
            continue
        places -= 1
        written.append((remaining if places == 0 else remaining[-1:]) or _blank(character))
        remaining = remaining[:-1]
    return "".join(reversed(written))


def _from_left(digits: str, pieces: Pieces) -> str:
    written: list[str] = []
    for is_place, character in pieces:
        written.append((digits[:1] or _blank(character)) if is_place else character)
        digits = digits[1:] if is_place else digits
    return "".join(written)


def _blank(place: str) -> str:
    return {"0": "0", "?": " ", "#": ""}[place]
