"""The header of the screen 即时参保 (immediate enrollment): counts, money, plans, the latest check (F099–F101,
F136–F148, F168–F172).
"""

from datetime import date
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from chassis.validation import Code, Instant, Year, example
from chassis.web import Labelled, Read, Scope, may, only_known_parameters
from contracts.fields import Shares
from contracts.words import Channel, EnrollmentType, Term
from enrollment_svc.api.access import READERS, may_read
from enrollment_svc.api.submissions.preview import Preview, preview
from enrollment_svc.domain.candidates.checks import Origin
from enrollment_svc.store.candidates import checks, people
from enrollment_svc.store.candidates.checks import Check
from enrollment_svc.texts import verification as words
from enrollment_svc.usecases.rates.rates import shares

router = APIRouter(tags=["candidates"])

COUNTS = ("ready", "to_verify", "retired", "deceased", "to_confirm", "changed_after_confirmation")
HINTS = [words.CHECK_HINT, words.MOVED_HINT, words.OVERLAP_HINT]

CHECK_EXAMPLE: dict[str, Any] = {
    "job_id": "0d2f6e6e-4c0f-4a0b-9d0e-5b8f3a1c7d04",
    "origin": {"code": "click", "label": "获取社保卡和就业状态"},
    "running": True,
    "banner": words.CHECK_BANNER,
    "requested_at": "2024-05-10T10:00:00+08:00",
    "due_at": "2024-05-11T17:30:00+08:00",
    "due_note": words.CALENDAR_ENDS,
    "people": 26,
    "answered_people": 0,
}
_SHARES_EXAMPLE: dict[str, Any] = {"total_fen": 2600, "city_fen": 1300, "district_fen": 1300, "unit_fen": 0}


class CheckShown(BaseModel):
    """The running or last check. `banner` is None unless the check runs. `due_at` is None if the calendar of working
    days ends before the due day.
    """

    model_config = example(CHECK_EXAMPLE)

    job_id: UUID
    origin: Labelled[Origin]
    running: bool
    banner: str | None
    requested_at: Instant
    due_at: Instant | None
    due_note: str | None
    people: int
    answered_people: int


class PlanChoice(BaseModel):
    """A plan of the drop-down with the fee of one person (F168, F169)."""

    model_config = example({"plan": "A", "plan_name": "A类会员专享基本保障", "rate": _SHARES_EXAMPLE})

    plan: str
    plan_name: str
    rate: Shares


class Summary(BaseModel):
    """`candidates` is the sum of `ready`, `to_verify`, `retired` and `deceased`. The people of `to_confirm` are
    already counted in `to_verify` (A40).

    `fee` covers everybody in 待提交 (A11). `rate` and `fee` are None if no plan is chosen, the plan has no rate, or
    the window of the year is closed. `choices`: the plans of the drop-down. If a plan is locked, the drop-down has only
    this plan (F170).
    """

    model_config = example(
        {
            "union_id": "0d2f6e6e-4c0f-4a0b-9d0e-5b8f3a1c7d03",
            "channel": {"code": "social_security_card", "label": "社保卡参保"},
            "year": 2024,
            "candidates": 57,
            "ready": 31,
            "to_verify": 26,
            "retired": 0,
            "deceased": 0,
            "to_confirm": 0,
            "changed_after_confirmation": 0,
            "no_channel": 0,
            "plan": "A",
            "plan_name": "A类会员专享基本保障",
            "plan_locked": True,
            "choices": [{"plan": "A", "plan_name": "A类会员专享基本保障", "rate": _SHARES_EXAMPLE}],
            "rate": _SHARES_EXAMPLE,
            "fee": {"total_fen": 80600, "city_fen": 40300, "district_fen": 40300, "unit_fen": 0},
            "start_on": "2024-05-11",
            "end_on": "2024-12-31",
            "term": {"code": "full_year", "label": "全年"},
            "check": CHECK_EXAMPLE,
            "title": words.VERIFICATION.titles["enrollment_window.immediate"],
            "labels": dict[str, Any](words.LABELS),
            "hints": [*HINTS],
        }
    )

    union_id: UUID
    channel: Labelled[Channel] | None
    year: int
    candidates: int
    ready: int
    to_verify: int
    retired: int
    deceased: int
    to_confirm: int
    changed_after_confirmation: int
    no_channel: int
    plan: str | None
    plan_name: str | None
    plan_locked: bool
    choices: list[PlanChoice]
    rate: Shares | None
    fee: Shares | None
    start_on: date | None
    end_on: date | None
    term: Labelled[Term] | None
    check: CheckShown | None
    title: str
    labels: dict[str, str] = words.LABELS
    hints: list[str] = HINTS


@router.get(
    "/candidates/summary",
    dependencies=[may("查看参保人数和金额", *READERS, scope=Scope.SUBTREE), Depends(only_known_parameters)],
)
async def show_summary(
    read: Read,
    union_id: UUID,
    channel: Channel | None = None,
    year: Year | None = None,
    plan: Code | None = None,
    enrollment_type: EnrollmentType = EnrollmentType.IMMEDIATE,
) -> Summary:
    """The header of one channel or, without `channel`, of both channels. `plan`: the plan for which `rate` and `fee`
    are computed. `plan` is ignored if the union's plan of this year is already locked.
    """
    await may_read(read, union_id)
    shown = await preview(read.connection, union_id, enrollment_type, read.now, year, plan)
    rows = await people.counts(read.connection, union_id, shown.year)
    of_channel = [row for row in rows if channel in (None, row["channel"])]
    counts = {name: sum(row[name] for row in of_channel) for name in COUNTS}
    check = await checks.latest(read.connection, union_id, read.now)
    return Summary(
        union_id=union_id,
        channel=channel,
        candidates=sum(counts[name] for name in ("ready", "to_verify", "retired", "deceased")),
        **counts,
        no_channel=sum(row["no_channel"] for row in rows),
        **_money(shown, counts["ready"]),
        check=check_shown(check) if check else None,
        title=words.VERIFICATION.titles[f"enrollment_window.{enrollment_type.value}"],
    )


def _money(shown: Preview, heads: int) -> dict[str, Any]:
    rate, cover = shown.rate(shown.plan), shown.cover
    return {
        "year": shown.year,
        "plan": shown.plan,
        "plan_name": rate.plan_name if rate else None,
        "plan_locked": shown.locked,
        "choices": [PlanChoice(plan=r.plan, plan_name=r.plan_name, rate=shares(r.money)) for r in shown.choices()],
        "rate": shares(rate.money) if rate else None,
        "fee": shares(rate.money.times(heads)) if rate else None,
        "start_on": cover.start_on if cover else None,
        "end_on": cover.end_on if cover else None,
        "term": cover.term if cover else None,
    }


def check_shown(check: Check) -> CheckShown:
    return CheckShown(
        job_id=check.job_id,
        origin=check.origin,
        running=check.running,
        banner=words.CHECK_BANNER if check.running else None,
        requested_at=check.requested_at,
        due_at=check.due_at,
        due_note=None if check.due_at else words.CALENDAR_ENDS,
        people=check.people,
        answered_people=check.answered_people,
    )
