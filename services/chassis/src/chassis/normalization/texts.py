"""Display forms and keys of free text: names of units and files, tags."""

import re
from collections.abc import Iterable

from chassis.normalization import characters as known
from chassis.normalization.folding import folded, settled

Table = dict[int, str | None]


def table(*rules: tuple[Iterable[int], str | None]) -> Table:
    """A table for `str.translate`; None drops a character."""
    return {code: text for codes, text in rules for code in codes}


DISPLAY = table((known.LINE_BREAKS, " "), (known.CONTROLS | known.INVISIBLE, None))
#: Full-width ASCII becomes ASCII, and every space becomes the common space.
HALF_WIDTH = table((known.SPACES, " ")) | {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
BLANK = "".join(map(chr, known.SPACES))
#: Keyboards write different characters for the same sign.
SIGNS = table((known.DASHES, "-"), (known.APOSTROPHES, "'"), (known.QUOTES, '"'))
BRACKETS = table((known.OPENING, "("), (known.CLOSING, ")"))
KEY = SIGNS | BRACKETS | table((known.DOTS, "·"), (known.SPACES | known.LINE_BREAKS | known.UNSEEN, None))

#: A text that matches PLAIN equals its display form. A text that matches PLAIN_KEY differs from its key only in case.
PLAIN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0002a6df]+")
PLAIN_KEY = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff0-9A-Za-z()&+,:/-]+")
CONTEXTUAL = re.compile(f"[{known.characters(known.VARIATION_SELECTORS | known.JOINERS)}]+")
BEFORE_SELECTOR = re.compile(f"[{known.HAN}]")
WITHIN_JOINING = re.compile(f"[{known.JOINING}]")


def display_text(text: str) -> str:
    """The text without control and invisible characters. Line breaks become spaces; spaces at both ends are removed."""
    if PLAIN.fullmatch(text):
        return text
    if _is_plain_ascii(text):
        return text.strip(BLANK)
    return CONTEXTUAL.sub(_meant, text.translate(DISPLAY)).strip(BLANK)


def half_width(text: str) -> str:
    """The display form with full-width ASCII and spaces in half width, for words and dates that a program reads."""
    if PLAIN.fullmatch(text):
        return text
    displayed = display_text(text)
    return displayed if _is_plain_ascii(displayed) else displayed.translate(HALF_WIDTH)


def _is_plain_ascii(text: str) -> bool:
    """Whether the text has only ASCII letters, digits, signs and spaces."""
    return text.isascii() and text.isprintable()


def text_key(text: str) -> str:
    """The text without spaces, with one form for width, case, brackets, dashes, quotation marks, dots and compatibility
    forms.
    """
    if PLAIN_KEY.fullmatch(text):
        return text.lower()
    return settled(lambda one: folded(one.translate(KEY)), text)


def _meant(run: re.Match[str]) -> str:
    """What remains of a run of variation selectors and joiners: one selector after an ideograph, or the joiners inside
    a word of a joining script. All other characters of the run are removed.
    """
    before, after = run.string[run.start() - 1 : run.start()], run.string[run.end() : run.end() + 1]
    if BEFORE_SELECTOR.match(before):
        return run[0][:1] if ord(run[0][0]) in known.VARIATION_SELECTORS else ""
    if WITHIN_JOINING.match(before) and WITHIN_JOINING.match(after):
        return "".join(one for one in run[0] if ord(one) in known.JOINERS)
    return ""
