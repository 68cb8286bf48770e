"""Numbers of documents, cards, batches and vouchers, codes of organizations, bank references, mobiles."""

import re

from chassis.normalization import characters as known
from chassis.normalization.folding import folded_code, settled
from chassis.normalization.texts import table

PLAIN = re.compile("[0-9A-Z]+")
#: Excel's mark of text, of which cells carry one or two along.
MARK = "'"
#: How our csv files, and others, keep a spreadsheet from reading a code as a number.
WRAPPED = re.compile('="(.*)"', re.DOTALL)
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
    """ASCII digits alone, which `str.isdigit` does not say: ² is a digit to it, and so is ٣."""
    return DIGITS.fullmatch(text) is not None


def code_key(text: str) -> str:
    """Half width, upper case, one hyphen; no spaces, invisible characters, quotes around it, marks of text.

    Marks of text are Excel's '007 and our ="007".
    Decimal digits of every script are ASCII digits afterwards; a pattern over the result says `[0-9]`.
    """
    if PLAIN.fullmatch(text):
        return text
    return settled(_cleaned, text)


def _cleaned(text: str) -> str:
    folded = folded_code(text.translate(TABLE)).lstrip(MARK)
    wrapped = WRAPPED.fullmatch(folded)
    return wrapped[1] if wrapped else folded.strip(AROUND)


def unwrapped(text: str) -> str:
    """Without the ="…" of our csv files, where a program other than a spreadsheet turned one into a workbook."""
    wrapped = WRAPPED.fullmatch(text)
    return wrapped[1] if wrapped else text


def bare_code_key(text: str) -> str:
    """For codes in which hyphens only group: D2143569-X is D2143569X."""
    return code_key(text).replace("-", "").strip(AROUND)


def mobile_key(text: str) -> str:
    """The 11 digits without country code, hyphens and brackets; what else there is stays and fails the pattern."""
    number = settled(_ungrouped, text)
    return COUNTRY.sub("", number, count=1) if COUNTRY.match(number) else number


def _ungrouped(text: str) -> str:
    return bare_code_key(text).replace("(", "").replace(")", "")
