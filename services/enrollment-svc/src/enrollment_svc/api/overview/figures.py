"""Sums that are computed from the stored rows, for operators and for reconciliation."""

from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel

from chassis.validation import Year, example
from chassis.web import Read, Scope, may
from contracts.fields import Shares
from contracts.words import Channel, Term
from enrollment_svc.api.access import FIGURE_READERS, may_read
from enrollment_svc.domain.batches.lines import LineState
from enrollment_svc.store.overview import figures

if TYPE_CHECKING:
    import asyncpg

router = APIRouter(tags=["figures"])

NO_CHANNEL = "none"


class PeopleFigures(BaseModel):
    """The number of members in each group, by channel (`none` = in no channel).

    Each member is counted in exactly one group, except that `to_confirm` and `confirmed` count members of other groups
    again. So leave these two groups out of a sum. `enrolled`: members who are under review or covered.
    """

    total: int
    ready: dict[str, int]
    to_verify: dict[str, int]
    enrolled: dict[str, int]
    retired: int
    deceased: int
    no_channel: int
    to_confirm: dict[str, int]
    confirmed: dict[str, int]


class LineFigures(BaseModel):
    """The figures of a line. `heads`: the number of people that the line stores. `people_held`: the number of its live
    enrollments, that is of people who are neither returned nor withdrawn. Both numbers must be equal.
    """

    batch_no: str
    line_id: UUID
    union_id: UUID
    unit_id: UUID
    channel: Channel
    state: LineState
    submitted_heads: int
    heads: int
    people_held: int
    fee: Shares
    term: Term
    start_on: date
    end_on: date
    round: int
    replaces: str | None
    submission_no: str | None


class CheckFigures(BaseModel):
    people: int
    answered_people: int
    open: int


class Figures(BaseModel):
    """`enrollments`: the number of people in lines, by the state of their enrollment. In the state `held`, the
    enrollment is live. A unique index (the city key) ensures that a person has at most one live enrollment in a year.
    """

    model_config = example(
        {
            "union_id": "0d2f6e6e-4c0f-4a0b-9d0e-5b8f3a1c7d03",
            "year": 2024,
            "people": {
                "total": 3,
                "ready": {"social_security_card": 1, "service_card": 0},
                "to_verify": {"social_security_card": 1, "service_card": 0},
                "enrolled": {"social_security_card": 0, "service_card": 0},
                "retired": 1,
                "deceased": 0,
                "no_channel": 0,
                "to_confirm": {"social_security_card": 1, "service_card": 0},
                "confirmed": {"social_security_card": 0, "service_card": 0},
            },
            "enrollments": {"held": 0, "returned": 0, "withdrawn": 0},
            "lines": [],
            "heads": 0,
            "fee": {"total_fen": 0, "city_fen": 0, "district_fen": 0, "unit_fen": 0},
            "checks": {"people": 3, "answered_people": 3, "open": 0},
        }
    )

    union_id: UUID
    year: int
    people: PeopleFigures
    enrollments: dict[str, int]
    lines: list[LineFigures]
    heads: int
    fee: Shares
    checks: CheckFigures


@router.get("/figures", dependencies=[may("查看参保统计", *FIGURE_READERS, scope=Scope.SUBTREE)])
async def show_figures(read: Read, union_id: UUID, year: Year | None = None) -> Figures:
    """The figures of a union and all unions below it in one protection year. Only `checks` covers all years."""
    await may_read(read, union_id)
    year = year or read.now.year
    lines = [_line(row) for row in await figures.lines(read.connection, union_id, year)]
    no_enrollments = {"held": 0, "returned": 0, "withdrawn": 0}
    return Figures(
        union_id=union_id,
        year=year,
        people=_people(await figures.people(read.connection, union_id, year)),
        enrollments=no_enrollments | await figures.enrollments(read.connection, union_id, year),
        lines=lines,
        heads=sum(line.heads for line in lines),
        fee=sum((line.fee for line in lines), Shares.of()),
        checks=CheckFigures.model_validate(dict(await figures.checks(read.connection, union_id))),
    )


def _people(rows: list["asyncpg.Record"]) -> PeopleFigures:
    def by_channel(standing: str | None, column: str = "people") -> dict[str, int]:
        sums = {word.value: 0 for word in Channel}
        for row in rows:
            if row[column] and standing in (None, row["standing"]):
                sums[row["channel"] or NO_CHANNEL] = sums.get(row["channel"] or NO_CHANNEL, 0) + row[column]
        return sums

    def total(standing: str) -> int:
        return sum(row["people"] for row in rows if row["standing"] == standing)

    return PeopleFigures(
        total=sum(row["people"] for row in rows),
        ready=by_channel("ready"),
        to_verify=by_channel("to_verify"),
        enrolled=by_channel("enrolled"),
        retired=total("excluded_retired"),
        deceased=total("excluded_deceased"),
        no_channel=total("no_channel"),
        to_confirm=by_channel(None, "to_confirm"),
        confirmed=by_channel(None, "confirmed"),
    )


def _line(row: "asyncpg.Record") -> LineFigures:
    fee = Shares.of(city=row["city_fen"], district=row["district_fen"], unit=row["unit_fen"])
    return LineFigures.model_validate({**row, "fee": fee})
