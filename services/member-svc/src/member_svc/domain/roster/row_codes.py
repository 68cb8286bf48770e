"""Why a roster row is rejected or marked: the stable words of the report."""

from enum import StrEnum


class RowCode(StrEnum):
    NAME_MISSING = "NAME_MISSING"
    NAME_TOO_LONG = "NAME_TOO_LONG"
    #: It does not begin with a letter of any script: a formula, a number, a mark.
    NAME_MALFORMED = "NAME_MALFORMED"
    #: A replacement character, a placeholder or a code that no character has stands where one was.
    NAME_CHARACTER_LOST = "NAME_CHARACTER_LOST"
    #: A sign stands over a character, as in our own lists.
    NAME_MASKED = "NAME_MASKED"
    DOCUMENT_TYPE_MISSING = "DOCUMENT_TYPE_MISSING"
    DOCUMENT_TYPE_UNKNOWN = "DOCUMENT_TYPE_UNKNOWN"
    NUMBER_MISSING = "NUMBER_MISSING"
    #: A numeric or scientific cell: Excel keeps 15 digits, the rest is lost already.
    NUMBER_NUMERIC_CELL = "NUMBER_NUMERIC_CELL"
    NUMBER_MALFORMED = "NUMBER_MALFORMED"
    NUMBER_BAD_CHECK_DIGIT = "NUMBER_BAD_CHECK_DIGIT"
    NUMBER_BAD_DATE = "NUMBER_BAD_DATE"
    NUMBER_15_DIGITS = "NUMBER_15_DIGITS"
    #: The number is another document's, the message names it (A37).
    NUMBER_OTHER_DOCUMENT = "NUMBER_OTHER_DOCUMENT"
    MOBILE_MALFORMED = "MOBILE_MALFORMED"
    TAG_TOO_LONG = "TAG_TOO_LONG"
    JOINED_ON_MALFORMED = "JOINED_ON_MALFORMED"
    UNIT_UNKNOWN = "UNIT_UNKNOWN"
    SERVICE_CARD_MALFORMED = "SERVICE_CARD_MALFORMED"
    #: The same person stands in an earlier valid row of the same unit (A58).
    DUPLICATE_IN_FILE = "DUPLICATE_IN_FILE"
    #: The cell is a formula that failed: #N/A, #REF!, …
    CELL_ERROR = "CELL_ERROR"
    #: The cell is a formula whose result is not in the file, or 0 in place of one.
    CELL_UNCOMPUTED = "CELL_UNCOMPUTED"
    #: The cell is merged with others, so that its value may be another person's or another column's.
    CELL_MERGED = "CELL_MERGED"
    #: The cell is a number whose format adds, hides or replaces digits in a way that cannot be told.
    CELL_FORMAT = "CELL_FORMAT"
    #: The text is longer than its column holds.
    CELL_TOO_LONG = "CELL_TOO_LONG"
    #: A warning: the value stands further up, in a cell that is merged over several rows.
    CELL_FILLED = "CELL_FILLED"
    #: A warning: the cell is a formula whose result is an empty text, and blank means something in its column.
    CELL_BLANK_FORMULA = "CELL_BLANK_FORMULA"
    #: A warning: the sheet hides the row, by a filter for example; it is read all the same.
    ROW_HIDDEN = "ROW_HIDDEN"
    #: A warning, not an error: a member of another unit too, never which (A59).
    OTHER_UNIT = "OTHER_UNIT"
