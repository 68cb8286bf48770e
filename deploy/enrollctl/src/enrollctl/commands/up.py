"""enrollctl up: start the stack, in this terminal or in the background."""

import signal
import sys
import threading
from typing import Annotated

import structlog
import typer

from chassis.logs import configure_logs
from enrollctl.console import AsJson, err, folders_of, out, print_json, shown_progress
from enrollctl.errors import PartUnhealthy
from enrollctl.folders import Folders
from enrollctl.plan import Plan
from enrollctl.progress import Progress, ProgressFile, Tell
from enrollctl.stack import Stack
from enrollctl.startup import AlreadyRunning, Startup
from enrollctl.state import Phase, StackState, load_state
from enrollctl.views import stack_json, stack_table

Detach = Annotated[bool, typer.Option("--detach", "-d", help="Run in the background; return when everything is ready.")]
Demo = Annotated[bool, typer.Option("--demo", help="A demo stack: its business date can be set.")]
Bare = Annotated[bool, typer.Option("--bare", help="Kafka, PostgreSQL, databases and topics only; no services.")]
Supervise = Annotated[bool, typer.Option("--supervise", hidden=True)]


def up(
    context: typer.Context,
    detach: Detach = False,
    demo: Demo = False,
    bare: Bare = False,
    as_json: AsJson = False,
    supervise: Supervise = False,
) -> None:
    """Start Kafka, PostgreSQL and all services; a stack that was stopped goes on with all its data.

    The first start downloads Kafka (45 MB). Without --detach the stack runs until Ctrl-C.
    With --detach, a healthy stack that runs already is success (exit code 0).
    """
    folders = folders_of(context)
    plan = Plan(folders, demo=demo, bare=bare)
    if supervise:
        _supervise(plan)
    elif detach:
        _in_background(plan, as_json)
    else:
        _in_foreground(plan, as_json)


def _supervise(plan: Plan) -> None:
    configure_logs("enrollctl")
    Startup(plan, ProgressFile(plan.folders.progress).tell, stop_on_signals()).run()


def _in_background(plan: Plan, as_json: bool) -> None:
    state = load_state(plan.folders)
    if state is not None and state.is_live() and state.phase is Phase.RUNNING:
        _settle_for(state, plan)
    else:
        with shown_progress() as tell:
            Stack.start(plan.folders.root, demo=plan.demo, bare=plan.bare, tell=tell)
    _show(plan.folders, as_json)


def _settle_for(state: StackState, plan: Plan) -> None:
    """What runs already must be what was asked for, and well."""
    if state.demo != plan.demo:
        running, asked = ("a demo stack", "no demo") if state.demo else ("no demo stack", "a demo")
        raise AlreadyRunning(
            f"{running} runs in {plan.folders.root}, but {asked} was asked for; `enrollctl down` first"
        )
    down = [part.name for part in Stack(plan.folders).report() if not part.ready]
    if down:
        raise PartUnhealthy(f"the stack in {plan.folders.root} runs, but not ready: {', '.join(down)}")
    err.print(f"A stack runs already in {plan.folders.root}.", soft_wrap=True)


def _in_foreground(plan: Plan, as_json: bool) -> None:
    state = load_state(plan.folders)
    if state is not None and state.is_live():
        raise AlreadyRunning(f"a stack already runs in {plan.folders.root}; see `enrollctl status`, or stop it first")
    plan.folders.make()
    stop = stop_on_signals()
    with plan.folders.log("supervisor").open("a", encoding="utf-8") as log, shown_progress() as show:
        configure_logs("enrollctl")
        structlog.configure(logger_factory=structlog.WriteLoggerFactory(file=log))
        file = ProgressFile(plan.folders.progress)
        file.clear()
        startup = Startup(plan, _both(show, file.tell), stop, on_running=lambda: _show(plan.folders, as_json))
        startup.run()


def _show(folders: Folders, as_json: bool) -> None:
    stack = Stack(folders)
    state, parts = stack.state(), stack.report()
    if as_json:
        print_json(stack_json(state, parts))
        sys.stdout.flush()
    else:
        out.print(stack_table(state, parts))
    if state.failure:
        err.print(state.failure, style="red", soft_wrap=True, markup=False)


def _both(first: Tell, second: Tell) -> Tell:
    def tell(news: Progress) -> None:
        first(news)
        second(news)

    return tell


def stop_on_signals() -> threading.Event:
    """Set by Ctrl-C, SIGTERM and the closing of the terminal; pressing again changes nothing."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: stop.set())
    return stop
