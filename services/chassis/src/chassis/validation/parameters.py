"""The types of the values that callers send. Each type has bounds, so that the database, the calendar and the screens
can hold every value.

A contract test fails if a route accepts a bare `int`, `str` or `date`. These types do not check for U+0000 and lone
surrogates: `chassis.server.incoming` refuses them for every route.
"""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, Final
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

from chassis.normalization import code_key, display_text, is_digits
from chassis.validation.problems import DAY_EXPECTED, INSTANT_EXPECTED

INT32: Final = 2**31 - 1
INT64: Final = 2**63 - 1
FIRST_DAY: Final = date(1900, 1, 1)
LAST_DAY: Final = date(2199, 12, 31)
#: 10 billion yuan, which is more than any single bank transfer.
MOST_FEN: Final = 10**12
MOST_PEOPLE: Final = 10_000_000
WRITTEN_DAY: Final = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
NUMBER: Final = re.compile(r"[+-]?[0-9]*\.?[0-9]*(?:[eE][+-]?[0-9]+)?")


def _whole(value: Any) -> Any:
    """Refuse 10.00 and "10.00", because the sender means 10 yuan, but the service would read 10 fen."""
    if isinstance(value, float) or (isinstance(value, str) and not is_digits(value.strip().lstrip("+-"))):
        raise PydanticCustomError("whole_number", "须为以分为单位的整数，不带小数点和单位，10.00元请填1000")
    return value


class Body(BaseModel):
    """The base class of request bodies. It refuses unknown fields.

    If unknown fields were ignored, a request with a misspelled filter would select everybody.
    """

    model_config = ConfigDict(extra="forbid")


def example(*values: Mapping[str, Any], **fields: Any) -> ConfigDict:
    """The `model_config` with examples for the API document: whole bodies, or the fields of one body as keywords."""
    return ConfigDict(json_schema_extra={"examples": [*map(dict, values), *([fields] if fields else [])]})


def _written_day(value: Any) -> Any:
    """If the value comes from JSON, accept only a text that is a date. Pydantic would also accept a number, as seconds
    since 1970. It would also accept an instant, and take the day in the instant's own time zone. In Shanghai it is
    possibly another day.
    """
    if not isinstance(value, date) and not (isinstance(value, str) and WRITTEN_DAY.fullmatch(value)):
        raise PydanticCustomError("date_from_datetime_parsing", DAY_EXPECTED)
    return value


def _written_instant(value: Any) -> Any:
    """Refuse a number, because nobody can tell whether it counts seconds or milliseconds."""
    if isinstance(value, int | float) or (isinstance(value, str) and NUMBER.fullmatch(value.strip())):
        raise PydanticCustomError("datetime_parsing", INSTANT_EXPECTED)
    return value


def _within_the_calendar(at: datetime) -> datetime:
    """Refuse years far from today, because near year 1 and year 9999 Python cannot convert instants to another zone."""
    if not FIRST_DAY.year <= at.year <= LAST_DAY.year:
        raise PydanticCustomError("instant_out_of_range", f"年份须在{FIRST_DAY.year}至{LAST_DAY.year}之间，请修改")
    return at


def _shown(value: Any) -> Any:
    return display_text(value) if isinstance(value, str) else value


#: For a text that is stored: removes invisible characters. A text that has only such characters becomes empty.
SHOWN: Final = BeforeValidator(_shown)

Year = Annotated[int, Field(ge=2000, le=2100)]
#: The id of a row, which PostgreSQL assigns in ascending order (an identity column).
RowId = Annotated[int, Field(ge=1, le=INT64)]
#: The version that a row had when the caller last read it; 0 if the row did not exist then.
Version = Annotated[int, Field(ge=0, le=INT32)]
#: A number of people.
Heads = Annotated[int, Field(ge=0, le=MOST_PEOPLE)]
#: Money in whole fen.
MoneyFen = Annotated[int, Field(ge=0, le=MOST_FEN), BeforeValidator(_whole)]
#: The amount of a payment: never 0.
PaidFen = Annotated[int, Field(gt=0, le=MOST_FEN), BeforeValidator(_whole)]
Day = Annotated[
    date,
    Field(
        ge=FIRST_DAY,
        le=LAST_DAY,
        json_schema_extra={"formatMinimum": FIRST_DAY.isoformat(), "formatMaximum": LAST_DAY.isoformat()},
    ),
    BeforeValidator(_written_day),
]
#: An instant with its offset.
Moment = Annotated[AwareDatetime, AfterValidator(_within_the_calendar), BeforeValidator(_written_instant)]

#: A short text: a number, a code, a tag, the name of a state, or the columns to sort by.
Code = Annotated[str, StringConstraints(max_length=100)]
#: The number of a batch, a submission or a member, in any spelling; it is converted to the spelling of the tables.
Number = Annotated[Code, AfterValidator(code_key)]
#: A name, a title.
Line = Annotated[str, StringConstraints(max_length=200)]
#: A reason or a remark.
Text = Annotated[str, StringConstraints(max_length=500), SHOWN]
ShortText = Annotated[str, StringConstraints(max_length=200), SHOWN]
#: A reason that must not be empty. If a use case refuses an empty reason with a code of its own, use `Text` instead.
Reason = Annotated[str, StringConstraints(min_length=1, max_length=500), SHOWN]
ShortReason = Annotated[str, StringConstraints(min_length=1, max_length=200), SHOWN]
#: A value of any form, such as a header of a dead letter.
LongText = Annotated[str, StringConstraints(max_length=100_000)]
#: The ids of the rows that somebody has chosen in a list. The bound is the longest possible list.
Ids = Annotated[list[UUID], Field(max_length=100_000)]
