"""The header of the enrollment window: counts, money, the check that runs (F099–F101, F136–F148)."""

from datetime import date
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel

from chassis.http import Labelled, Read
from contracts.fields import Shares
from contracts.words import Channel, Term
from enrollment_svc.api.access import may_read
from enrollment_svc.api.candidates import preview
from enrollment_svc.api.instants import Instant
from enrollment_svc.domain.checks import Origin
from enrollment_svc.domain.cover import Cover
from enrollment_svc.store import checks, people, rates, submissions
from enrollment_svc.store.checks import Check
from enrollment_svc.store.rates import Rate
from enrollment_svc.usecases.rates import shares

router = APIRouter(tags=["candidates"])

CHECK_HINT = "点击后：进入后台校验；如果校验数据量太多，请一个工作日后查看校验结果！"
CHECK_BANNER = "校验中，请一个工作日后进行查看！！"
MOVED_HINT = "数据校验成功后，职工信息会自动归到【待提交】列表等待经办人提交参保。"
OVERLAP_HINT = "待确认人数为其中就业状态不明确的人数，与待校验人数有重叠，不另计入合计"
LABELS = {
    "year": "保障年度",
    "ready": "可参保人数",
    "to_verify": "待校验人数",
    "retired": "退休人数",
    "deceased": "死亡人数",
    "to_confirm": "待确认人数",
    "total_fen": "保障费用",
    "city_fen": "市总统一划拨",
    "district_fen": "区局/各级工会缴费",
    "unit_fen": "基层单位缴费",
}


class CheckShown(BaseModel):
    """The running check, or the last one. `banner` is shown while it runs; `due_at` None = the calendar ends."""

    job_id: UUID
    origin: Labelled[Origin]
    running: bool
    banner: str | None
    requested_at: Instant
    due_at: Instant | None
    people: int
    answered_people: int


class Summary(BaseModel):
    """`ready + to_verify + retired + deceased` are all candidates of the channel; `to_confirm` is of which (A40).

    Money is that of everybody in 待提交 (A11); None without a plan, without its rate or once the year is closed.
    """

    union_id: UUID
    channel: Labelled[Channel] | None
    year: int
    ready: int
    to_verify: int
    retired: int
    deceased: int
    to_confirm: int
    no_channel: int
    plan: str | None
    plan_name: str | None
    plan_locked: bool
    rate: Shares | None
    fee: Shares | None
    start_on: date | None
    end_on: date | None
    term: Labelled[Term] | None
    check: CheckShown | None
    labels: dict[str, str] = LABELS
    hints: list[str] = [CHECK_HINT, MOVED_HINT, OVERLAP_HINT]


@router.get("/candidates/summary")
async def show_summary(
    read: Read, union_id: UUID, channel: Channel | None = None, year: int | None = None, plan: str | None = None
) -> Summary:
    """The header of a channel, or of both. `plan` default: the one that the union's year is locked to."""
    await may_read(read, union_id)
    year = year or read.now.year
    rows = await people.counts(read.connection, union_id, year)
    of_channel = [row for row in rows if channel in (None, row["channel"])]
    names = ("ready", "to_verify", "retired", "deceased", "to_confirm")
    counts = {name: sum(row[name] for row in of_channel) for name in names}
    locked = await submissions.locked_plan(read.connection, union_id, year)
    covered = preview(year, read.now)
    rate = await _rate(read, year, locked or plan, covered)
    check = await checks.latest(read.connection, union_id, read.now)
    return Summary(
        union_id=union_id,
        channel=channel,
        year=year,
        **counts,
        no_channel=sum(row["no_channel"] for row in rows),
        plan=locked or plan,
        plan_name=rate.plan_name if rate else None,
        plan_locked=locked is not None,
        rate=shares(rate.money) if rate else None,
        fee=shares(rate.money.times(counts["ready"])) if rate else None,
        start_on=covered.start_on if covered else None,
        end_on=covered.end_on if covered else None,
        term=covered.term if covered else None,
        check=check_shown(check) if check else None,
    )


async def _rate(read: Read, year: int, plan: str | None, covered: Cover | None) -> Rate | None:
    if plan is None or covered is None:
        return None
    rate = await rates.find(read.connection, year, plan, covered.term)
    return rate if rate and rate.enabled else None


def check_shown(check: Check) -> CheckShown:
    return CheckShown(
        job_id=check.job_id,
        origin=check.origin,
        running=check.running,
        banner=CHECK_BANNER if check.running else None,
        requested_at=check.requested_at,
        due_at=check.due_at,
        people=check.people,
        answered_people=check.answered_people,
    )
