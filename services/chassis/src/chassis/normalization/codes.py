"""Keys for numbers of documents, cards, batches and vouchers, organization codes, bank references, mobile numbers."""

import re

from chassis.normalization import characters as known
from chassis.normalization.folding import folded_code, settled
from chassis.normalization.texts import table

PLAIN = re.compile("[0-9A-Z]+")
#: The apostrophe by which Excel marks a text. A cell can begin with one or two of them.
MARK = "'"
#: Our csv files, and csv files of other programs, contain ="007" instead of 007. So a spreadsheet does not read the
#: code as a number.
WRAPPED = re.compile('="(.*)"', re.DOTALL)
WRAPS = '="'
AROUND = MARK + '"'
TABLE = table(
    (known.SPACES | known.LINE_BREAKS | known.UNSEEN | {known.OBJECT}, None),
    (known.DASHES, "-"),
    (known.APOSTROPHES, MARK),
    (known.QUOTES, '"'),
)
DIGITS = re.compile("[0-9]+")
COUNTRY = re.compile(r"(?:\+|00)?86(?=1[0-9]{10}$)")


def is_digits(text: str) -> bool:
    """Whether the text consists of ASCII digits only. `str.isdigit` would also accept ² and ٣."""
    return DIGITS.fullmatch(text) is not None


def code_key(text: str) -> str:
    """The code in half width and upper case, with one form of hyphen.

    Spaces, invisible characters and quotes around the code are removed. The signs that mark a cell as text are removed,
    too: both '007 (Excel) and ="007" (our csv files) become 007. Digits of every script become ASCII digits, so a
    pattern over the result can use `[0-9]`.
    """
    if PLAIN.fullmatch(text):
        return text
    return settled(_cleaned, text)


def _cleaned(text: str) -> str:
    folded = folded_code(text.translate(TABLE)).lstrip(MARK)
    wrapped = WRAPPED.fullmatch(folded)
    return wrapped[1] if wrapped else folded.strip(AROUND)


def unwrapped(text: str) -> str:
    """Remove the ="…" that our csv files put around a code. If a program other than a spreadsheet converts such a file
    to a workbook, the cells still contain the ="…".
    """
    wrapped = WRAPPED.fullmatch(text) if text.startswith(WRAPS) else None
    return wrapped[1] if wrapped else text


def bare_code_key(text: str) -> str:
    """The key of a code in which hyphens only group digits: D2143569-X has the key D2143569X."""
    return code_key(text).replace("-", "").strip(AROUND)


def mobile_key(text: str) -> str:
    """The 11 digits without country code, hyphens and brackets. Other characters stay; a later check refuses them."""
    number = text if PLAIN.fullmatch(text) else settled(_ungrouped, text)
    return COUNTRY.sub("", number, count=1) if COUNTRY.match(number) else number


def _ungrouped(text: str) -> str:
    return bare_code_key(text).replace("(", "").replace(")", "")
