"""enrollctl demo: takes a roster through all six stages, then compares all stores."""

import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from itertools import count
from pathlib import Path
from typing import Annotated, Any

import typer

from contracts.words import EnrollmentType
from enrollctl.demo.inputs.business_date import business_date
from enrollctl.demo.inputs.plan import Plan
from enrollctl.demo.inputs.plans import plan_for_files, plan_for_new_roster
from enrollctl.demo.results.evaluation import problems_of, remarks
from enrollctl.demo.results.report_file import ReportFile
from enrollctl.demo.results.tables import rejections_table, run_table
from enrollctl.demo.run import walk
from enrollctl.demo.stages.rejections import NothingImported
from enrollctl.errors import Failure, NoStackRunning
from enrollctl.reconciliation.stack_reconciliation import StackReconciliation, reconcile_stack
from enrollctl.stack.stack import Stack
from enrollctl.stack.state import Phase
from enrollctl.terminal.console import AsJson, err, folders_of, out, print_json, shown_progress
from enrollctl.workspace.clock import set_business_clock
from enrollctl.workspace.folders import Folders

FIRST_SEED = 7


def _day(text: str) -> date:
    try:
        return business_date(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def demo(
    context: typer.Context,
    roster: Annotated[Path | None, typer.Option(help="A roster of your own (xlsx, headings as the template).")] = None,
    sheet: Annotated[str | None, typer.Option(help="The sheet to import, if the roster has several.")] = None,
    registry: Annotated[
        Path | None, typer.Option(help="The registries' answers (csv: id_number,card_status,employment_status).")
    ] = None,
    today: Annotated[
        date | None,
        typer.Option(
            parser=_day,
            metavar="YYYY-MM-DD",
            help="The business date. Default for a generated roster: 2024-05-10 (集中参保 2024-12-10).",
        ),
    ] = None,
    report_to: Annotated[Path | None, typer.Option("--report", help="Write the report here (JSON).")] = None,
    rows: Annotated[int, typer.Option(min=200, max=100_000, help="Rows of the generated roster.")] = 2000,
    seed: Annotated[
        int | None, typer.Option(help="Seed of the generated roster. Default: a new one, for new people.")
    ] = None,
    confirm_all: Annotated[
        bool, typer.Option("--confirm-all", help="Confirm everybody whose employment is unclear.")
    ] = False,
    enrollment_type: Annotated[
        EnrollmentType,
        typer.Option(help="centralized: 集中参保, open in December and January; the cover is for a full year."),
    ] = EnrollmentType.IMMEDIATE,
    keep: Annotated[bool, typer.Option("--keep", help="Do not stop the stack that the demo has started.")] = False,
    as_json: AsJson = False,
) -> None:
    """Take a roster through all six stages, then compare all stores.

    Uses the demo stack that runs in the folder, or starts one and stops it at the end. The exit code is 0 only if the
    people and money of the roster agree in every store, on every topic and at the center, and if all stores of the
    stack agree about all other people. If nothing could be imported, the exit code is 1.
    """
    folders = folders_of(context)
    report_file = ReportFile.of(report_to)
    _make_folders(folders)
    seed = seed if seed is not None else next_seed(folders)
    if roster is None and registry is None and sheet is None:
        plan, expected = plan_for_new_roster(
            rows, seed, folders.root / "demo", today, confirm_all=confirm_all, enrollment_type=enrollment_type
        )
    else:
        plan, expected = _plan_for_files(roster, registry, today, sheet, confirm_all, enrollment_type), None
    for note in plan.notes:
        err.print(note, soft_wrap=True, markup=False, highlight=False)
    with ended_by_signals(), _stack(folders, plan, keep=keep) as stack:
        found, reconciliation = _run(stack, plan, report_file)
    problems = problems_of(found, expected) + reconciliation.problems()
    found |= {"problems": problems, "stack": reconciliation.as_dict(), "remarks": remarks(found, expected)}
    report_file.write(found)
    print_json(found) if as_json else _print(found, reconciliation)
    if problems:
        raise Failure("This is not right:\n" + "\n".join(f"  {problem}" for problem in problems))


def _make_folders(folders: Folders) -> None:
    try:
        folders.make()
    except OSError as error:
        message = f"cannot keep a stack in {folders.root}: {error.strerror}; name another folder with --dir"
        raise Failure(message) from None


def next_seed(folders: Folders) -> int:
    """The first seed, from FIRST_SEED on, with which no roster was made in this folder."""
    names = (re.fullmatch(r"roster-[0-9]+-(-?[0-9]+)", path.stem) for path in (folders.root / "demo").glob("*.xlsx"))
    used = {int(name[1]) for name in names if name}
    return next(seed for seed in count(FIRST_SEED) if seed not in used)


def _plan_for_files(
    roster: Path | None,
    registry: Path | None,
    today: date | None,
    sheet: str | None,
    confirm: bool,
    kind: EnrollmentType,
) -> Plan:
    if roster is None or registry is None:
        missing = "--registry" if registry is None else "--roster"
        raise typer.BadParameter(f"--roster and --registry go together; name a file with {missing} too")
    if today is None:
        raise typer.BadParameter("--today YYYY-MM-DD is needed with a roster of your own")
    return plan_for_files(roster, registry, today, confirm_all=confirm, enrollment_type=kind, sheet=sheet)


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """Let SIGTERM and a closed terminal end the demo as Ctrl-C does, so that the demo still stops its stack."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _stack(folders: Folders, plan: Plan, *, keep: bool) -> Iterator[Stack]:
    """The demo stack that runs, with its business clock set.

    If no stack runs, a demo stack is started. At the end, this new stack is stopped, unless `keep` is True.
    """
    try:
        stack, started = Stack.attach(folders.root), False
    except NoStackRunning:
        set_business_clock(folders, plan.opens_at)
        with shown_progress() as on_progress:
            stack, started = Stack.start(folders.root, demo=True, on_progress=on_progress), True
    if (phase := stack.state().phase) is not Phase.RUNNING:
        raise Failure(
            f"the stack in {folders.root} is {phase.value}; run the demo again when `enrollctl status` shows it ready, "
            "or once it has stopped"
        )
    if not stack.demo:
        raise Failure(
            f"the stack that runs in {folders.root} is no demo stack, so its business date cannot be set; "
            "`enrollctl down` stops it, or name another folder: `enrollctl --dir FOLDER demo`"
        )
    try:
        stack.set_business_clock(plan.opens_at)
        yield stack
    finally:
        if started and not keep:
            with shown_progress() as on_progress:
                stack.stop(on_progress)


def _run(stack: Stack, plan: Plan, report_file: ReportFile) -> tuple[dict[str, Any], StackReconciliation]:
    with shown_progress() as on_progress:
        try:
            found = walk(stack, plan, on_progress)
        except NothingImported as refusal:
            report_file.write(refusal.found | {"problems": [str(refusal)]})
            raise
    return found, reconcile_stack(stack)


def _print(found: dict[str, Any], reconciliation: StackReconciliation) -> None:
    out.print(run_table(found))
    if rejections := rejections_table(found):
        out.print(rejections)
    for remark in found["remarks"]:
        err.print(remark, soft_wrap=True, markup=False, highlight=False)
    if not found["problems"]:
        message = (
            "People and money of this roster agree in every store, on every topic and at the center.\n"
            f"All stores of the stack agree about everything in it: {reconciliation.summary()}."
        )
        err.print(message, style="green", soft_wrap=True, highlight=False)
