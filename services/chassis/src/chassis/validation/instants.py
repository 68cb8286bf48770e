"""Instants in responses: always with the offset +08:00, also in the detail of a refusal (F054)."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, Any

import orjson
from pydantic import AfterValidator

from chassis.domain import SHANGHAI


def in_shanghai(at: datetime) -> datetime:
    return at.astimezone(SHANGHAI)


#: The type of every instant in a response. A contract test fails if a response has a bare `datetime`.
Instant = Annotated[datetime, AfterValidator(in_shanghai)]


def json_of(body: Any, otherwise: Callable[[Any], Any] = str) -> bytes:
    """The JSON of a response that has no model. `otherwise` converts values of types that orjson does not know."""

    def plain(value: Any) -> Any:
        if isinstance(value, datetime):
            return in_shanghai(value).isoformat() if value.tzinfo else value.isoformat()
        if isinstance(value, date):
            return value.isoformat()
        return otherwise(value)

    return orjson.dumps(body, default=plain, option=orjson.OPT_PASSTHROUGH_DATETIME)
