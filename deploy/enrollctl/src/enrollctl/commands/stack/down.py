"""enrollctl down: stop the stack."""

import typer

from enrollctl.errors import NoStackRunning
from enrollctl.stack.orphan_processes import orphans
from enrollctl.stack.stack import Stack
from enrollctl.stack.state import load_state
from enrollctl.terminal.console import AsJson, err, folders_of, print_json, shown_progress


def down(context: typer.Context, as_json: AsJson = False) -> None:
    """Stop services, then Kafka, then PostgreSQL. The data stay; the next `up` goes on with them."""
    folders = folders_of(context)
    state = load_state(folders)
    if state is None or not (state.is_live() or orphans(state)):
        raise NoStackRunning(f"no stack runs in {folders.root}")
    with shown_progress() as on_progress:
        Stack(folders).stop(on_progress)
    if as_json:
        print_json({"stopped": True})
    else:
        err.print(f"Stopped. The data are in {folders.root}.", soft_wrap=True)
