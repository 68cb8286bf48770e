"""enrollctl up: start the stack, in this terminal or in the background."""

import signal
import sys
import threading
from typing import Annotated

import structlog
import typer

from chassis.system import configure_logs
from enrollctl.commands.stack.accounts import start_accounts
from enrollctl.errors import ComponentUnhealthy, Exit
from enrollctl.stack.services import CONSOLE
from enrollctl.stack.stack import Stack
from enrollctl.stack.stack_plan import StackPlan
from enrollctl.stack.startup import AlreadyRunning, Startup
from enrollctl.stack.state import Phase, StackState, load_state
from enrollctl.stack.views import print_next, print_stack, stack_json
from enrollctl.terminal.console import AsJson, err, folders_of, leave, print_json, shown_progress
from enrollctl.terminal.progress import Progress, ProgressCallback, ProgressFile
from enrollctl.workspace.folders import Folders

Detach = Annotated[bool, typer.Option("--detach", "-d", help="Run in the background; return when everything is ready.")]
Demo = Annotated[
    bool | None,
    typer.Option(
        "--demo/--no-demo",
        help="--demo: the business date can be set; `enrollctl demo` sets it. --no-demo: it is always today's date. "
        "Default: --demo; with --bare: --no-demo.",
        show_default=False,
    ),
]
Bare = Annotated[bool, typer.Option("--bare", help="Kafka, PostgreSQL, databases and topics only; no services.")]
Supervise = Annotated[bool, typer.Option("--supervise", hidden=True)]


def up(
    context: typer.Context,
    detach: Detach = False,
    demo: Demo = None,
    bare: Bare = False,
    as_json: AsJson = False,
    supervise: Supervise = False,
) -> None:
    """Start Kafka, PostgreSQL and all services; a stack that was stopped goes on with all its data.

    The first start downloads Kafka (45 MB). Without --detach the stack runs until Ctrl-C.
    With --detach, the exit code is also 0 if a healthy stack runs already with the same option (--demo or --no-demo).
    """
    folders = folders_of(context)
    plan = StackPlan(folders, demo=not bare if demo is None else demo, bare=bare)
    if supervise:
        _supervise(plan)
    elif detach:
        _in_background(plan, as_json, demo)
    else:
        _in_foreground(plan, as_json)


def _supervise(plan: StackPlan) -> None:
    configure_logs("enrollctl")
    Startup(plan, ProgressFile(plan.folders.progress).write, stop_on_signals()).run()


def _in_background(plan: StackPlan, as_json: bool, demo: bool | None) -> None:
    state = load_state(plan.folders)
    if state is not None and state.is_live() and state.phase is Phase.RUNNING:
        _require_same_options(state, plan, demo)
    else:
        with shown_progress() as on_progress:
            Stack.start(plan.folders.root, demo=plan.demo, bare=plan.bare, on_progress=on_progress)
    _show(plan.folders, as_json)


def _require_same_options(state: StackState, plan: StackPlan, demo: bool | None) -> None:
    """Raises AlreadyRunning if the running stack has --demo and the command has --no-demo, or the other way round.

    Raises ComponentUnhealthy if a component is not ready.
    """
    if demo is not None and state.demo != demo:
        running, requested = ("--demo", "--no-demo") if state.demo else ("--no-demo", "--demo")
        raise AlreadyRunning(
            f"the stack that runs in {plan.folders.root} was started with {running}, not {requested}: "
            f"`enrollctl down`, then `enrollctl up {requested}`; its data stay"
        )
    down = [part.name for part in Stack(plan.folders).report() if not part.ready]
    if down:
        names = ", ".join(down)
        raise ComponentUnhealthy(f"the stack in {plan.folders.root} runs, but these components are not ready: {names}")
    err.print(f"A stack runs already in {plan.folders.root}.", soft_wrap=True)


def _in_foreground(plan: StackPlan, as_json: bool) -> None:
    state = load_state(plan.folders)
    if state is not None and state.is_live():
        raise AlreadyRunning(
            f"a stack runs already in {plan.folders.root}: `enrollctl status` shows it, `enrollctl down` stops it"
        )
    plan.folders.make()
    stop = stop_on_signals()
    with plan.folders.log("supervisor").open("a", encoding="utf-8") as log, shown_progress() as show:
        configure_logs("enrollctl")
        structlog.configure(logger_factory=structlog.WriteLoggerFactory(file=log))
        file = ProgressFile(plan.folders.progress)
        file.clear()
        startup = Startup(
            plan, _both(show, file.write), stop, on_running=lambda: _show(plan.folders, as_json, here=True)
        )
        came_up = startup.run()
    leave(Exit.OK if came_up else Exit.INTERRUPTED)


def _show(folders: Folders, as_json: bool, *, here: bool = False) -> None:
    stack = Stack(folders)
    state, parts = stack.state(), stack.report()
    if state.demo and CONSOLE in stack.urls and not state.failure:
        start_accounts(stack)
    if as_json:
        print_json(stack_json(state, parts))
        sys.stdout.flush()
    else:
        print_stack(state, parts, folders)
        print_next(state, here=here)
    if state.failure:
        err.print(state.failure, style="red", soft_wrap=True, markup=False)


def _both(first: ProgressCallback, second: ProgressCallback) -> ProgressCallback:
    def on_progress(progress: Progress) -> None:
        first(progress)
        second(progress)

    return on_progress


def stop_on_signals() -> threading.Event:
    """An event that Ctrl-C, SIGTERM or a closed terminal sets; a second Ctrl-C changes nothing."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: stop.set())
    return stop
