"""The stable codes for why a roster row is rejected or has a warning."""

from enum import StrEnum


class RowCode(StrEnum):
    NAME_MISSING = "NAME_MISSING"
    NAME_TOO_LONG = "NAME_TOO_LONG"
    #: The name does not begin with a letter of any script. For example, it begins with a digit or a mark.
    NAME_MALFORMED = "NAME_MALFORMED"
    #: The name has a replacement character, a placeholder or an unassigned code in place of a character.
    NAME_CHARACTER_LOST = "NAME_CHARACTER_LOST"
    #: The name has a masking sign in place of a character, as names in exported lists have.
    NAME_MASKED = "NAME_MASKED"
    DOCUMENT_TYPE_MISSING = "DOCUMENT_TYPE_MISSING"
    DOCUMENT_TYPE_UNKNOWN = "DOCUMENT_TYPE_UNKNOWN"
    NUMBER_MISSING = "NUMBER_MISSING"
    #: The cell is a number, or a text in scientific notation. Excel keeps only the first 15 digits of a number.
    NUMBER_NUMERIC_CELL = "NUMBER_NUMERIC_CELL"
    NUMBER_MALFORMED = "NUMBER_MALFORMED"
    NUMBER_BAD_CHECK_DIGIT = "NUMBER_BAD_CHECK_DIGIT"
    NUMBER_BAD_DATE = "NUMBER_BAD_DATE"
    NUMBER_15_DIGITS = "NUMBER_15_DIGITS"
    #: The number belongs to a document type other than the one in the row. The message names the type of the number
    #: (A37).
    NUMBER_OTHER_DOCUMENT = "NUMBER_OTHER_DOCUMENT"
    MOBILE_MALFORMED = "MOBILE_MALFORMED"
    TAG_TOO_LONG = "TAG_TOO_LONG"
    JOINED_ON_MALFORMED = "JOINED_ON_MALFORMED"
    UNIT_UNKNOWN = "UNIT_UNKNOWN"
    SERVICE_CARD_MALFORMED = "SERVICE_CARD_MALFORMED"
    #: An earlier valid row of the same unit has the same person (A58).
    DUPLICATE_IN_FILE = "DUPLICATE_IN_FILE"
    #: The cell is a formula that failed, or its error text: #N/A, #REF!, …
    CELL_ERROR = "CELL_ERROR"
    #: The cell is a formula whose result is not stored in the file, or is stored as 0.
    CELL_UNCOMPUTED = "CELL_UNCOMPUTED"
    #: The cell is merged with other cells, so its value possibly belongs to a different person or column.
    CELL_MERGED = "CELL_MERGED"
    #: The cell is a number whose format adds, hides or replaces digits, so that the shown text is unknown.
    CELL_FORMAT = "CELL_FORMAT"
    #: The text is longer than its column allows.
    CELL_TOO_LONG = "CELL_TOO_LONG"
    #: A warning: the value comes from a cell further up that is merged over several rows.
    CELL_FILLED = "CELL_FILLED"
    #: A warning: the cell is a formula with an empty result and is read as blank. A blank 单位 means the unit chosen at
    #: the upload, and a blank 会员服务卡号 means that no card is given. Other columns have no such warning.
    CELL_BLANK_FORMULA = "CELL_BLANK_FORMULA"
    #: A warning: the sheet hides the row, for example by a filter. The import reads it anyway.
    ROW_HIDDEN = "ROW_HIDDEN"
    #: A warning: the person is also a member of another unit. The report never names that unit (A59).
    OTHER_UNIT = "OTHER_UNIT"
