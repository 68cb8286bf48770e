"""Names of people: how they are stored, compared and searched, and which texts cannot be a name."""

import re
from enum import StrEnum
from unicodedata import category

from chassis.normalization import characters as known
from chassis.normalization.folding import folded, settled
from chassis.normalization.texts import KEY, PLAIN, half_width, table

_SELECTORS = known.characters(known.VARIATION_SELECTORS)
_DOTS = known.characters(known.DOTS)
_STOPS = known.characters(known.DOTS | known.STOPS)
_WRITTEN = known.HAN + _SELECTORS

#: One or more dots, with or without spaces, between two parts of a name. Full stops and bullets count as dots only
#: between ideographs.
BETWEEN_PARTS = re.compile(f"(?<=[^ {_DOTS}]) *[{_DOTS}](?: *[{_DOTS}])* *(?=[^ {_DOTS}])")
BETWEEN_IDEOGRAPHS = re.compile(f"(?<=[{_WRITTEN}]) *[{_STOPS}](?: *[{_STOPS}])* *(?=[{known.HAN}])")
#: Spaces between ideographs. People pad a name of two characters to the width of three.
PADDING = re.compile(f"(?<=[{_WRITTEN}]) +(?=[{known.HAN}])")
SPACES = re.compile(" {2,}")
NAME_KEY = KEY | table((known.DOTS | known.STOPS, None))

#: What a program shows if it reads the UTF-8 bytes of two replacement characters (U+FFFD) as GBK.
READ_WRONGLY = "锟斤拷"
#: A character that is written as a number, as in a web page or in an escape of a workbook.
BY_NUMBER = "&#x?[0-9A-Fa-f]+;|_x[0-9A-Fa-f]{4}_"
LOST = re.compile(f"[{known.characters(known.LOST)}]|{READ_WRONGLY}|{BY_NUMBER}")
MASKED = re.compile(f"[{known.characters(known.MASKS)}]")
IMPOSSIBLE = re.compile(f"[{known.IMPOSSIBLE}]")
IDEOGRAPH = re.compile(f"[{known.HAN}]")
#: Blocks that Unicode reserves for scripts. A new Unicode version can add characters to these blocks that this Python
#: does not know yet. Such characters count as letters.
SCRIPTS = re.compile(r"[\u0370-\u1fff\u2c00-\u2dff\ua4d0-\uabff\U00010000-\U0001cfff\U0001e000-\U0001efff]")


class NameProblem(StrEnum):
    """What is wrong with the characters of a name."""

    LOST = "lost"  # a character was lost when the file was written, converted or copied
    IMPOSSIBLE = "impossible"  # a code that no character has
    MASKED = "masked"  # a sign replaces a hidden character
    NO_LETTER_FIRST = "no_letter_first"


def display_name(text: str) -> str:
    """The name as it is stored: Latin letters in half width, one form of the dot, no spaces between ideographs, and
    never two spaces in a row.

    Ideographs keep their form (rare, compatibility, private use, with a variation selector).
    """
    if PLAIN.fullmatch(text):
        return text
    name = half_width(text)
    for pattern, instead in ((BETWEEN_IDEOGRAPHS, "·"), (BETWEEN_PARTS, "·"), (PADDING, ""), (SPACES, " ")):
        name = pattern.sub(instead, name)
    return name


def name_key(text: str) -> str:
    """As `text_key`, but without dots and full stops: 阿依古丽买买提 finds 阿依古丽·买买提."""
    if PLAIN.fullmatch(text):
        return text
    return settled(lambda one: folded(one.translate(NAME_KEY)), text)


def is_plain_name(text: str) -> bool:
    """Whether the name consists of common ideographs.

    Such a name has no `NameProblem`, and equals its display form and its key.
    """
    return PLAIN.fullmatch(text) is not None and READ_WRONGLY not in text


def name_problem(text: str) -> NameProblem | None:
    """The problem of a name. `text` must be the name as it was written. None if it has no problem or is empty."""
    if is_plain_name(text):
        return None
    if IMPOSSIBLE.search(text):
        return NameProblem.IMPOSSIBLE
    if LOST.search(text):
        return NameProblem.LOST
    if MASKED.search(text):
        return NameProblem.MASKED
    name = display_name(text)
    return NameProblem.NO_LETTER_FIRST if name and not _is_letter(name[0]) else None


def _is_letter(character: str) -> bool:
    if character.isalpha() or IDEOGRAPH.match(character):
        return True
    return category(character) == "Cn" and SCRIPTS.match(character) is not None
