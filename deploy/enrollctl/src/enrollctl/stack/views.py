"""A stack as a table and as JSON."""

from dataclasses import asdict
from typing import Any

from rich.table import Table
from rich.text import Text

from chassis.domain import FileClock
from enrollctl.stack.report import ComponentReport
from enrollctl.stack.state import Phase, StackState
from enrollctl.terminal.console import mark, out, table
from enrollctl.workspace.files import read_json
from enrollctl.workspace.folders import Folders

#: The services whose addresses `print_next` shows.
SHOWN_NEXT = ("member-svc", "console")


def stack_json(state: StackState, parts: list[ComponentReport]) -> dict[str, Any]:
    """The stack as `status --json` and `up --json` print it."""
    return {
        "phase": state.phase,
        "demo": state.demo,
        "failure": state.failure,
        "started_at": state.started_at,
        "supervisor": {"pid": state.supervisor.pid},
        "kafka_bootstrap": state.kafka_bootstrap,
        "postgres_port": state.postgres_port,
        "ready": is_ready(state, parts),
        "parts": [asdict(part) | {"url": url_of(part)} for part in parts],
    }


def is_ready(state: StackState, parts: list[ComponentReport]) -> bool:
    """Whether the stack is ready. The phase is checked, too, because `parts` can lack components during the start."""
    return state.phase is Phase.RUNNING and all(part.ready for part in parts)


def stack_table(state: StackState, parts: list[ComponentReport]) -> Table:
    """The stack as a table. It is at most 80 columns wide, and does not contain reasons and notes."""
    made = table(
        f"stack, {state.phase}, supervisor pid {state.supervisor.pid}",
        "part", "pid", "ready", "restarts", "MiB", "address",
        numbers=("pid", "restarts", "MiB"),
    )  # fmt: skip
    for part in parts:
        made.add_row(
            part.name,
            str(part.pid or "-"),
            mark(part.ready, "ready" if part.ready else "no"),
            str(part.restarts),
            "-" if part.memory_mb is None else f"{part.memory_mb:.0f}",
            url_of(part) or f"127.0.0.1:{part.port}",
        )
    return made


def print_stack(state: StackState, parts: list[ComponentReport], folders: Folders) -> None:
    out.print(stack_table(state, parts))
    for part in parts:
        if not part.ready:
            out.print(Text(f"{part.name} is not ready: {'; '.join(part.reasons)}", style="red"), soft_wrap=True)
            out.print(f"  its log: {folders.log(part.name)}", soft_wrap=True, highlight=False)
        for note in part.notes:
            out.print(Text(f"note of {part.name}: {note}", style="yellow"), soft_wrap=True)
    for name, value in places(state, folders):
        out.print(Text(f"{name:<14}", style="bold").append(value, style="default"), soft_wrap=True)


def places(state: StackState, folders: Folders) -> list[tuple[str, str]]:
    """Addresses and folders that an operator needs."""
    return [
        ("Kafka", state.kafka_bootstrap),
        ("PostgreSQL", f"127.0.0.1:{state.postgres_port}, passwords in {folders.secrets}"),
        ("data", f"{folders.root}"),
        ("logs", f"{folders.log('NAME')}"),
        ("business date", business_date(state, folders)),
    ]


def business_date(state: StackState, folders: Folders) -> str:
    if not state.demo:
        return "today"
    set_to = read_json(folders.clock)
    if set_to is None:
        return "today, until `enrollctl demo` sets another date"
    now = FileClock(folders.clock).now()
    return f"{now:%Y-%m-%d}, set by a demo; for today's date: `enrollctl up --no-demo`"


def print_next(state: StackState, *, here: bool) -> None:
    """The next commands for a stack that has come up."""
    member, console = (next((part for part in state.parts if part.name == name), None) for name in SHOWN_NEXT)
    lines = ["", "Next" + (", in another terminal:" if here else ":")]
    if member is not None:
        lines += [
            "  make demo                        a roster of 2,000 people through all six stages",
            f"  {member.url}/docs      the routes of member-svc; each service has such a page",
            "  enrollctl token --help           a token to call it with",
        ]
    if console is not None:
        lines += [f"  enrollctl accounts               an account of each role, to sign in at {console.url}"]
    lines += ["  enrollctl status, topics list, lag, dead-letters list"]
    lines += [
        "Ctrl-C stops everything here; the data stay." if here else "enrollctl down stops everything; the data stay."
    ]
    for line in lines:
        out.print(line, soft_wrap=True, highlight=False)


def url_of(part: ComponentReport) -> str | None:
    return f"http://127.0.0.1:{part.port}" if part.kind == "service" else None
