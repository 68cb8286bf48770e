"""Progress of a union from import to payment: the people at each stage of a year, and their money."""

from typing import TYPE_CHECKING
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from chassis.validation import Code, Year, example
from chassis.web import Labelled, Read, Scope, chosen_place, may, only_known_parameters
from contracts.fields import Shares
from contracts.words import EnrollmentType
from enrollment_svc.api.access import FIGURE_READERS, may_read
from enrollment_svc.api.examples import FEE_OF_3, UNION
from enrollment_svc.api.submissions.preview import preview
from enrollment_svc.domain.overview.progress import BEFORE_SUBMISSION, Stage
from enrollment_svc.domain.rates.rates import Rate
from enrollment_svc.store.overview import progress
from enrollment_svc.usecases.rates.rates import shares

if TYPE_CHECKING:
    import asyncpg

router = APIRouter(tags=["progress"])


class StageShown(BaseModel):
    """A stage with its people and its fee.

    From 区局确认中 on, `fee` is the sum that the lines store. At 待校验, 待确认 and 待提交 it is a forecast at today's
    rate, or null if no rate is known, for example because no plan is chosen. At 已导入 it is always null.
    """

    model_config = example(
        {"stage": {"code": "completed", "label": "已完成"}, "heads": 3, "fee": FEE_OF_3, "forecast": False}
    )

    stage: Labelled[Stage]
    heads: int
    fee: Shares | None
    forecast: bool


class LeftOut(BaseModel):
    """The number of members who are counted only at the stage 已导入, by the reason why no other stage counts them.

    `enrolled_otherwise`: members who are under review or enrolled this year, but as members of another unit (A59).
    """

    retired: int
    deceased: int
    no_channel: int
    enrolled_otherwise: int


class Progress(BaseModel):
    """Every stage in order.

    Do not add up the stages, because several stages count the same people. `imported` counts all members. The people of
    `to_confirm` are also counted in `to_verify` (A40). The people of `center_confirmed` and `paid` are also counted in
    `completed`. `paid` counts the people whose submission is paid in full, or for whom nothing was due.
    """

    model_config = example(
        {
            "union_id": UNION,
            "year": 2024,
            "plan": "A",
            "stages": [
                {"stage": {"code": "completed", "label": "已完成"}, "heads": 3, "fee": FEE_OF_3, "forecast": False}
            ],
            "left_out": {"retired": 1, "deceased": 0, "no_channel": 2, "enrolled_otherwise": 0},
        }
    )

    union_id: UUID
    year: int
    plan: str | None
    stages: list[StageShown]
    left_out: LeftOut


@router.get(
    "/progress",
    dependencies=[may("查看办理进度", *FIGURE_READERS, scope=Scope.SUBTREE), Depends(only_known_parameters)],
)
async def show_progress(
    read: Read, union_id: UUID | None = None, year: Year | None = None, plan: Code | None = None
) -> Progress:
    """The progress of a union in a year, from import to payment. By default, the union is the caller's own, and the
    year is the one whose window is open.

    `plan`: the plan of the forecast. `plan` is ignored if the union's plan of this year is already locked.
    """
    union_id = chosen_place(read.principal, union_id)
    await may_read(read, union_id)
    shown = await preview(read.connection, union_id, EnrollmentType.IMMEDIATE, read.now, year, plan)
    people = await progress.people(read.connection, union_id, shown.year)
    lines = await progress.lines(read.connection, union_id, shown.year)
    rate = shown.rate(shown.plan)
    return Progress(
        union_id=union_id,
        year=shown.year,
        plan=shown.plan,
        stages=[_waiting(stage, people[stage], rate) for stage in Stage if stage in people]
        + [_submitted(stage, lines) for stage in Stage if stage not in people],
        left_out=LeftOut(**{name: people[name] for name in LeftOut.model_fields}),
    )


def _waiting(stage: Stage, heads: int, rate: Rate | None) -> StageShown:
    priced = rate if stage in BEFORE_SUBMISSION else None
    fee = shares(priced.money.times(heads)) if priced else None
    return StageShown(stage=stage, heads=heads, fee=fee, forecast=fee is not None)


def _submitted(stage: Stage, lines: "asyncpg.Record") -> StageShown:
    city, district, unit = (lines[f"{stage.value}_{share}"] for share in ("city_fen", "district_fen", "unit_fen"))
    fee = Shares.of(city=city, district=district, unit=unit)
    return StageShown(stage=stage, heads=lines[f"{stage.value}_heads"], fee=fee, forecast=False)
