"""The types of what callers send: each has bounds that the database, the calendar and the screens can hold.

A contract test refuses a route that takes a bare `int`, `str` or `date`. U+0000 and lone surrogates need no bound here:
`chassis.server.incoming` refuses them for every route.
"""

import re
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
#: No bank moves more at once.
MOST_FEN: Final = 10**12
MOST_PEOPLE: Final = 10_000_000
WRITTEN_DAY: Final = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
NUMBER: Final = re.compile(r"[+-]?[0-9]*\.?[0-9]*(?:[eE][+-]?[0-9]+)?")


def _whole(value: Any) -> Any:
    """10.00 and "10.00" are yuan to whoever wrote them, and must not become 10 of anything."""
    if isinstance(value, float) or (isinstance(value, str) and not is_digits(value.strip().lstrip("+-"))):
        raise PydanticCustomError("whole_number", "须为以分为单位的整数，不带小数点和单位，10.00元请填1000")
    return value


class Body(BaseModel):
    """What a caller sends: a field that it misspells is refused, for a filter left out means everybody."""

    model_config = ConfigDict(extra="forbid")


def _written_day(value: Any) -> Any:
    """A number would count seconds since 1970, and an instant may be another day in Shanghai."""
    if not isinstance(value, date) and not (isinstance(value, str) and WRITTEN_DAY.fullmatch(value)):
        raise PydanticCustomError("date_from_datetime_parsing", DAY_EXPECTED)
    return value


def _written_instant(value: Any) -> Any:
    """A number does not say whether it counts seconds or milliseconds."""
    if isinstance(value, int | float) or (isinstance(value, str) and NUMBER.fullmatch(value.strip())):
        raise PydanticCustomError("datetime_parsing", INSTANT_EXPECTED)
    return value


def _within_the_calendar(at: datetime) -> datetime:
    """Near the ends of what Python can count, a change of the time zone overflows."""
    if not FIRST_DAY.year <= at.year <= LAST_DAY.year:
        raise PydanticCustomError("instant_out_of_range", f"年份须在{FIRST_DAY.year}至{LAST_DAY.year}之间，请修改")
    return at


def _shown(value: Any) -> Any:
    return display_text(value) if isinstance(value, str) else value


#: For a text that is kept: without what nobody sees, so that an empty one is empty.
SHOWN: Final = BeforeValidator(_shown)

Year = Annotated[int, Field(ge=2000, le=2100)]
#: A row's number, as `bigserial` counts.
RowId = Annotated[int, Field(ge=1, le=INT64)]
#: A version that a caller saw last; 0 = there is none yet.
Version = Annotated[int, Field(ge=0, le=INT32)]
Heads = Annotated[int, Field(ge=0, le=MOST_PEOPLE)]
#: Money in whole fen.
MoneyFen = Annotated[int, Field(ge=0, le=MOST_FEN), BeforeValidator(_whole)]
#: Of a payment: never nothing.
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

#: A number, code, tag, name of a state or of columns.
Code = Annotated[str, StringConstraints(max_length=100)]
#: A number of a batch, a submission, a member, as a caller writes it; handed on as it is stored.
Number = Annotated[Code, AfterValidator(code_key)]
#: A name, a title.
Line = Annotated[str, StringConstraints(max_length=200)]
#: A reason, a remark; one of characters that nobody sees is empty.
Text = Annotated[str, StringConstraints(max_length=500), SHOWN]
ShortText = Annotated[str, StringConstraints(max_length=200), SHOWN]
#: A reason without which a route does nothing. Where a refusal of its own says so, the reason is a `Text`.
Reason = Annotated[str, StringConstraints(min_length=1, max_length=500), SHOWN]
ShortReason = Annotated[str, StringConstraints(min_length=1, max_length=200), SHOWN]
#: A value of which nobody knows what it holds.
LongText = Annotated[str, StringConstraints(max_length=100_000)]
#: Rows that somebody ticked; as many as a list may hold.
Ids = Annotated[list[UUID], Field(max_length=100_000)]
