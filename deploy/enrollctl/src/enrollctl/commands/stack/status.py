"""enrollctl status: the components that run, and their state."""

import typer

from enrollctl.errors import Exit
from enrollctl.stack.stack import Stack
from enrollctl.stack.views import is_ready, print_stack, stack_json
from enrollctl.terminal.console import AsJson, folders_of, leave, print_json


def status(context: typer.Context, as_json: AsJson = False) -> None:
    """Show each component with its pid, port, readiness and memory. The exit code is 4 unless all are ready."""
    stack = Stack(folders_of(context))
    state, parts = stack.state(), stack.report()
    if as_json:
        print_json(stack_json(state, parts))
    else:
        print_stack(state, parts, stack.folders)
    leave(Exit.OK if is_ready(state, parts) else Exit.UNHEALTHY)
