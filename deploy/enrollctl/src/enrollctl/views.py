"""A stack as a table and as JSON."""

from dataclasses import asdict
from typing import Any

from rich.table import Table

from enrollctl.console import mark, table
from enrollctl.report import PartReport
from enrollctl.state import StackState


def stack_json(state: StackState, parts: list[PartReport]) -> dict[str, Any]:
    """The shape of `status --json` and `up --json`."""
    return {
        "phase": state.phase,
        "demo": state.demo,
        "failure": state.failure,
        "started_at": state.started_at,
        "supervisor": {"pid": state.supervisor.pid},
        "kafka_bootstrap": state.kafka_bootstrap,
        "postgres_port": state.postgres_port,
        "ready": all(part.ready for part in parts),
        "parts": [asdict(part) | {"url": url_of(part)} for part in parts],
    }


def stack_table(state: StackState, parts: list[PartReport]) -> Table:
    kind = "demo stack" if state.demo else "stack"
    made = table(
        f"{kind}, {state.phase}, supervisor pid {state.supervisor.pid}",
        "part", "pid", "port", "ready", "restarts", "MiB", "address",
        numbers=("pid", "port", "restarts", "MiB"),
    )  # fmt: skip
    for part in parts:
        made.add_row(
            part.name,
            str(part.pid or "-"),
            str(part.port),
            mark(part.ready, "ready" if part.ready else "; ".join(part.reasons)),
            str(part.restarts),
            "-" if part.memory_mb is None else f"{part.memory_mb:.0f}",
            url_of(part) or f"127.0.0.1:{part.port}",
        )
    return made


def url_of(part: PartReport) -> str | None:
    return f"http://127.0.0.1:{part.port}" if part.kind == "service" else None
