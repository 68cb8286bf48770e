"""References of cells, such as B12."""

import re

REFERENCE = re.compile(r"\$?([A-Za-z]+)\$?([0-9]+)")


def column_index(letters: str) -> int:
    """The index of a column, counted from 0. Letters after the ninth are ignored, because no sheet is so wide."""
    column = 0
    for letter in letters[:9].upper():
        column = column * 26 + ord(letter) - 64
    return column - 1
