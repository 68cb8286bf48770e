"""enrollctl demo: a roster becomes settled payment vouchers, and the books are compared."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from itertools import count
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from contracts.words import EnrollmentType
from enrollctl.clock import set_business_clock
from enrollctl.console import AsJson, err, folders_of, out, print_json, shown_progress, table
from enrollctl.demo.given_data import given, made
from enrollctl.demo.journey import Journey
from enrollctl.demo.plan import Plan
from enrollctl.demo.report import Books, report
from enrollctl.errors import Failure, NoStackRunning
from enrollctl.folders import Folders
from enrollctl.progress import Progress, StepState, Tell
from enrollctl.roster.expected import Expected
from enrollctl.stack import Stack

STAGES = ("plant", "import", "verify", "confirm", "submit", "review", "pay")
FIRST_SEED = 7
CHINESE = {
    "plant": "准备",
    "import": "会员导入",
    "verify": "状态校验",
    "confirm": "名单确认",
    "submit": "提交至上级审核",
    "review": "审核并提交至职保中心",
    "pay": "缴费凭证",
}


def demo(
    context: typer.Context,
    roster: Annotated[Path | None, typer.Option(help="A roster of your own (xlsx, headings as the template).")] = None,
    registry: Annotated[
        Path | None, typer.Option(help="What the registries answer (csv: id_number,card_status,employment_status).")
    ] = None,
    today: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The business date; 2024-05-10 for a made roster.")
    ] = None,
    report_to: Annotated[Path | None, typer.Option("--report", help="Write the report here (JSON).")] = None,
    rows: Annotated[int, typer.Option(min=200, max=100_000, help="Rows of the made roster.")] = 2000,
    seed: Annotated[
        int | None, typer.Option(help="Seed of the made roster; without it, people whom this stack has not seen.")
    ] = None,
    confirm_all: Annotated[
        bool, typer.Option("--confirm-all", help="Confirm everybody of unclear employment.")
    ] = False,
    enrollment_type: Annotated[
        EnrollmentType, typer.Option(help="centralized: 集中参保, open from December to January for the whole year.")
    ] = EnrollmentType.IMMEDIATE,
    keep: Annotated[bool, typer.Option("--keep", help="Leave the stack running that the demo started.")] = False,
    as_json: AsJson = False,
) -> None:
    """Walk a roster through the six stages and compare the books.

    Uses the demo stack that runs in the folder, or starts one and stops it at the end. Exit code 0 only if people and
    money agree in every store, on every topic and at the center.
    """
    folders = folders_of(context)
    seed = seed if seed is not None else next_seed(folders)
    given_day = today.date() if today else None
    plan, expected = _planned(folders, roster, registry, given_day, rows, seed, confirm_all, enrollment_type)
    with _stack(folders, plan, keep=keep) as stack, shown_progress() as tell:
        found = walk(stack, plan, tell)
    problems = judged(found, expected)
    found["problems"] = problems
    if report_to:
        report_to.write_bytes(orjson.dumps(found, option=orjson.OPT_INDENT_2))
    print_json(found) if as_json else _print(found)
    if problems:
        raise Failure("The books do not agree:\n" + "\n".join(f"  {problem}" for problem in problems))


def next_seed(folders: Folders) -> int:
    """The first seed from FIRST_SEED on of which no roster was made in this folder."""
    used = {int(path.stem.rsplit("-", 1)[1]) for path in (folders.root / "demo").glob("roster-*-*.xlsx")}
    return next(seed for seed in count(FIRST_SEED) if seed not in used)


def _planned(
    folders: Folders,
    roster: Path | None,
    registry: Path | None,
    today: date | None,
    rows: int,
    seed: int,
    confirm: bool,
    kind: EnrollmentType,
) -> tuple[Plan, Expected | None]:
    if (roster is None) != (registry is None):
        raise typer.BadParameter("--roster and --registry go together")
    if roster is None or registry is None:
        return made(rows, seed, folders.root / "demo", today, confirm_all=confirm, enrollment_type=kind)
    if today is None:
        raise typer.BadParameter("--today YYYY-MM-DD is needed with a roster of your own")
    return given(roster, registry, today, confirm_all=confirm, enrollment_type=kind), None


@contextmanager
def _stack(folders: Folders, plan: Plan, *, keep: bool) -> Iterator[Stack]:
    """The demo stack that runs, with its business clock set; else one started for this and stopped afterwards."""
    try:
        stack, started = Stack.attach(folders.root), False
    except NoStackRunning:
        folders.make()
        set_business_clock(folders, plan.opens_at)
        with shown_progress() as tell:
            stack, started = Stack.start(folders.root, demo=True, tell=tell), True
    try:
        stack.set_business_clock(plan.opens_at)
        yield stack
    finally:
        if started and not keep:
            with shown_progress() as tell:
                stack.stop(tell)


def walk(stack: Stack, plan: Plan, tell: Tell) -> dict[str, Any]:
    """All stages, one after another; the report."""

    def show(stage: str, done: int, total: int) -> None:
        ended = stage in journey.seconds
        tell(Progress(stage, StepState.DONE if ended else StepState.RUNNING, CHINESE[stage], done, total or None))

    journey = Journey(stack, plan, show)
    steps = (
        journey.plant, journey.import_roster, journey.verify, journey.confirm, journey.submit, journey.review,
        journey.pay,
    )  # fmt: skip
    for stage, step in zip(STAGES, steps, strict=True):
        with journey.stage(stage):
            step()
    return report(Books(journey))


def judged(found: dict[str, Any], expected: Expected | None) -> list[str]:
    """Why the run is not good; empty when it is."""
    problems = [f"{name}: {one} is not {other}" for name, (one, other) in found["differences"].items()]
    problems += [f"{name} = {found[name]}" for name in ("lost", "doubled", "dead_letters") if found[name]]
    problems += [f"the submission was refused: {code}" for code in found["refused"]]
    if expected is not None and found["imported"]:
        problems += _unlike(found, expected)
    return problems


def _unlike(found: dict[str, Any], expected: Expected) -> list[str]:
    """Figures of a made roster that did not come out as its cases say; of a first run."""
    wanted = expected.as_dict()
    rejected = sorted((r["row"], r["column"], r["code"]) for r in found["rejected"])
    wanted["rejected"] = sorted((r["row"], r["column"], r["code"]) for r in wanted["rejected"])
    wanted["ready"] = wanted["ready"] if not found["confirmed"] else wanted["ready_if_confirmed"]
    names = ("rows", "imported", "rejected_rows", "excluded", "to_verify", "to_confirm", "ready")
    pairs = {name: (found[name], wanted[name]) for name in names} | {"rejected": (rejected, wanted["rejected"])}
    return [f"{name}: {one}, but the roster says {other}" for name, (one, other) in pairs.items() if one != other]


def _print(found: dict[str, Any]) -> None:
    fee = found["fee_fen"]
    people = {
        "plant": "-",
        "import": f"{found['imported']:,} of {found['rows']:,}, {found['rejected_rows']:,} rejected",
        "verify": f"{sum(found['ready'].values()):,} ready, {found['to_verify']:,} 待校验",
        "confirm": f"{found['confirmed']:,} by hand, {found['to_confirm']:,} open",
        "submit": f"{sum(found['submitted'].values()):,}",
        "review": f"{found['completed']:,} completed, {found['center_confirmed']:,} confirmed",
        "pay": f"{found['vouchers']['accepted']} of {found['vouchers']['submitted']} vouchers accepted",
    }
    money = {
        "submit": f"{fee['total'] / 100:,.2f}",
        "review": " + ".join(f"{fee[who] / 100:,.2f} {who}" for who in ("city", "district", "unit")),
        "pay": f"{found['paid_fen'] / 100:,.2f} of {found['due_fen'] / 100:,.2f}",
    }
    shown = table(
        "From roster to voucher", "stage", "", "people", "yuan", "events", "seconds", numbers=("events", "seconds")
    )
    for stage in STAGES:
        seconds = found["seconds"].get(stage, 0.0)
        events = f"{found['events'][stage]:,}"
        shown.add_row(stage, CHINESE[stage], people[stage], money.get(stage, "-"), events, f"{seconds:.1f}")
    shown.add_section()
    total = sum(found["seconds"].values())
    verdict = f"lost {found['lost']}, doubled {found['doubled']}, dead letters {found['dead_letters']}"
    events = f"{sum(found['events'].values()):,}"
    shown.add_row("all", "", verdict, f"{fee['total'] / 100:,.2f}", events, f"{total:.1f}")
    out.print(shown)
    if not found["problems"]:
        err.print("People and money agree in every store, on every topic and at the center.", style="green")
