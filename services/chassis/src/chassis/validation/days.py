"""Date-range filters: from a day to a day, both included, in the time zone of Shanghai (F052)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Annotated

from fastapi import Depends, Query

from chassis.domain import SHANGHAI, Refusal
from chassis.validation.parameters import Day


class RangeReversed(Refusal):
    code = "RANGE_REVERSED"
    status = 422
    message = "开始日期不能晚于结束日期，请修改日期后重试"


@dataclass(frozen=True, slots=True)
class DayRange:
    """The days from `first` to `last`, both included. None = no limit on this side."""

    first: date | None = None
    last: date | None = None

    def __post_init__(self) -> None:
        if self.first and self.last and self.first > self.last:
            raise RangeReversed(first=self.first.isoformat(), last=self.last.isoformat())

    @property
    def start(self) -> datetime | None:
        """The first instant of the range."""
        return datetime.combine(self.first, time(), SHANGHAI) if self.first else None

    @property
    def end(self) -> datetime | None:
        """The first instant after the range."""
        return datetime.combine(self.last + timedelta(days=1), time(), SHANGHAI) if self.last else None


def day_range(prefix: str = "") -> Callable[..., DayRange]:
    """A FastAPI dependency that reads the parameters `from` and `to`, or `{prefix}_from` and `{prefix}_to`.

    Raises RangeReversed.
    """
    start, end = (f"{prefix}_from", f"{prefix}_to") if prefix else ("from", "to")

    def read_range(
        first: Annotated[Day | None, Query(alias=start, description="first day, included")] = None,
        last: Annotated[Day | None, Query(alias=end, description="last day, included")] = None,
    ) -> DayRange:
        return DayRange(first, last)

    return read_range


Days = Annotated[DayRange, Depends(day_range())]
