"""The price of staged lines if the district submits them now: at the stored rate, or at the half-year rate (A01).

The half-year rate can replace the stored rate only if the cover begins on the day after the approval: start rule
审核通过的第二天 (`domain/cover.py`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from contracts.fields import Shares
from contracts.reviews import SubmissionLine
from contracts.words import EnrollmentType, StartRule, Term
from review_svc.domain.cover import Forecast, RateMissing, Settled, YearClosed, settle

if TYPE_CHECKING:
    import asyncpg


@dataclass(frozen=True, slots=True)
class PricedLine:
    """A line to be submitted, with its price. `settled` is None if dates, term and price were fixed already."""

    row: "asyncpg.Record"
    rate: Shares
    settled: Settled | None

    @property
    def fee(self) -> Shares:
        return self.rate.times(self.row["heads"])

    @property
    def sent(self) -> SubmissionLine:
        row = self.row
        named = {name: row[name] for name in ("batch_no", "line_id", "union_id", "unit_id", "heads")}
        return SubmissionLine(**named, fee=self.fee)


def total(lines: Sequence[PricedLine]) -> tuple[int, Shares]:
    """The sums of the heads and of the money of `lines`."""
    return sum(line.row["heads"] for line in lines), sum((line.fee for line in lines), Shares.of())


def priced(rows: Sequence["asyncpg.Record"], now: datetime) -> list[PricedLine]:
    """The lines, with their prices if they are submitted at `now`. Raises YearClosed or RateMissing, with line ids."""
    lines, closed, unpriced = [], [], []
    for row in rows:
        try:
            lines.append(_priced(row, now))
        except YearClosed:
            closed.append(str(row["line_id"]))
        except RateMissing:
            unpriced.append(str(row["line_id"]))
    if closed:
        raise YearClosed(line_ids=closed)
    if unpriced:
        raise RateMissing(line_ids=unpriced)
    return lines


def _priced(row: "asyncpg.Record", now: datetime) -> PricedLine:
    rate = Shares.of(city=row["rate_city_fen"], district=row["rate_district_fen"], unit=row["rate_unit_fen"])
    forecast = _forecast(row)
    if not forecast.to_settle:
        return PricedLine(row, rate, None)
    settled = settle(forecast, now.date())
    return PricedLine(row, _half_year_rate(row) if settled.at_half_year_rate else rate, settled)


def _forecast(row: "asyncpg.Record") -> Forecast:
    return Forecast(
        year=row["year"],
        enrollment_type=EnrollmentType(row["enrollment_type"]),
        term=Term(row["term"]),
        start_rule=StartRule(row["start_rule"]),
        half_year_from=row["half_year_from"],
        settled=row["settled_at"] is not None,
    )


def _half_year_rate(row: "asyncpg.Record") -> Shares:
    if row["half_year_city_fen"] is None:
        raise RateMissing
    return Shares.of(
        city=row["half_year_city_fen"], district=row["half_year_district_fen"], unit=row["half_year_unit_fen"]
    )
