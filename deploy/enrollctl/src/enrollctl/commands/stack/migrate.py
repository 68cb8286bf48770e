"""enrollctl migrate: bring the databases of a running stack to the revision of the code."""

from typing import Annotated

import typer

from enrollctl.commands.options import spec_named
from enrollctl.stack.migrations import migrate_all
from enrollctl.stack.services import SERVICES, ServiceSpec
from enrollctl.stack.stack import Stack
from enrollctl.terminal.console import AsJson, err, folders_of, print_json, shown_progress
from enrollctl.terminal.progress import Progress, StepState

Names = Annotated[list[str] | None, typer.Argument(help="Services; all of them unless named.", show_default=False)]


def migrate(context: typer.Context, services: Names = None, as_json: AsJson = False) -> None:
    """Run the migrations of the services. `up` runs them, too; this command is for a stack that is already running."""
    stack = Stack(folders_of(context))
    chosen = _chosen(services or [])
    with shown_progress() as on_progress:
        done = migrate_all(
            [stack.process_of(spec) for spec in chosen],
            on_done=lambda name: on_progress(Progress(name, StepState.DONE, "migrated")),
        )
    if as_json:
        print_json({"migrated": done})
    else:
        err.print(f"Migrated: {', '.join(done)}. Services that were waiting for it go on by themselves.")


def _chosen(names: list[str]) -> list[ServiceSpec]:
    return [spec_named(name) for name in names] or list(SERVICES)
