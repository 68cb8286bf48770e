"""Types with bounds for the values that callers send, and one sentence for each kind of misfit."""

from chassis.validation import parameters
from chassis.validation.days import DayRange, Days, day_range
from chassis.validation.instants import Instant, json_of
from chassis.validation.parameters import (
    INT64,
    SHOWN,
    Body,
    Code,
    Heads,
    Ids,
    Line,
    LongText,
    Moment,
    MoneyFen,
    Number,
    Reason,
    RowId,
    ShortText,
    Text,
    Version,
    Year,
)
from chassis.validation.problems import NO_FIELD, UUID_EXPECTED, Problem, invalid, place_of, problems_of, sentence_of

__all__ = [
    "INT64",
    "NO_FIELD",
    "SHOWN",
    "UUID_EXPECTED",
    "Body",
    "Code",
    "DayRange",
    "Days",
    "Heads",
    "Ids",
    "Instant",
    "Line",
    "LongText",
    "Moment",
    "MoneyFen",
    "Number",
    "Problem",
    "Reason",
    "RowId",
    "ShortText",
    "Text",
    "Version",
    "Year",
    "day_range",
    "invalid",
    "json_of",
    "parameters",
    "place_of",
    "problems_of",
    "sentence_of",
]
