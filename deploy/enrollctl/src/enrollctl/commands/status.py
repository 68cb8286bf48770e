"""enrollctl status: what runs and how it is."""

import typer

from enrollctl.console import AsJson, folders_of, leave, out, print_json
from enrollctl.errors import Exit
from enrollctl.stack import Stack
from enrollctl.views import stack_json, stack_table


def status(context: typer.Context, as_json: AsJson = False) -> None:
    """Parts and services with pid, port, readiness and memory. Exit code 4 where one is not ready."""
    stack = Stack(folders_of(context))
    state, parts = stack.state(), stack.report()
    if as_json:
        print_json(stack_json(state, parts))
    else:
        out.print(stack_table(state, parts))
    leave(Exit.OK if all(part.ready for part in parts) else Exit.UNHEALTHY)
