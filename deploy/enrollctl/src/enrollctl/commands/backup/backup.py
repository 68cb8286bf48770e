"""enrollctl backup and restore."""

from pathlib import Path
from typing import Annotated

import typer

from enrollctl.backup.backup import Backup
from enrollctl.backup.restore import Restore
from enrollctl.commands.options import operators
from enrollctl.stack.stack import Stack
from enrollctl.terminal.console import AsJson, err, folders_of, out, print_json, shown_progress, table

Into = Annotated[Path, typer.Argument(help="A new folder for the backup.", metavar="FOLDER")]
From = Annotated[Path, typer.Argument(help="A folder that `backup` made.", metavar="FOLDER")]
Reason = Annotated[str, typer.Option("--reason", help="The reason; every service records it.")]
Patience = Annotated[float, typer.Option(help="How many seconds the work under way may take to finish.", min=1)]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask before undoing all that came after the backup.")]


def backup(
    context: typer.Context,
    folder: Into,
    reason: Reason = "backup",
    patience: Patience = 120.0,
    as_json: AsJson = False,
) -> None:
    """Let all work finish, then save all databases and topic positions.

    Until everything is saved, the services refuse commands with 503. The backup does not contain the keys, so
    store keys.json in another place.
    """
    stack = Stack(folders_of(context))
    with operators(context) as client, shown_progress() as on_progress:
        made = Backup(stack, client, folder.resolve(), reason, on_progress).make(patience)
    if as_json:
        print_json(made.model_dump(mode="json"))
        return
    shown = table(f"backup in {folder}", "database", "MiB", "sha256", numbers=("MiB",))
    for name, file in made.databases.items():
        shown.add_row(name, f"{file.bytes / 2**20:.1f}", file.sha256[:16])
    out.print(shown)


def restore(context: typer.Context, folder: From, yes: Yes = False, as_json: AsJson = False) -> None:
    """Bring all databases, voucher files and consumer groups back to the state of the backup.

    The current databases are kept under other names. Later records stay on the topics, and the services skip them.
    """
    stack = Stack(folders_of(context))
    stack.state()
    if not yes:
        typer.confirm("Everything that happened after this backup will be undone. Go on?", abort=True)
    with shown_progress() as on_progress:
        done = Restore(stack, folder.resolve(), on_progress).run()
    if as_json:
        print_json(done.model_dump(mode="json"))
        return
    out.print(f"Everything is as it was at {done.made_at.isoformat(timespec='seconds')}.")
    err.print(
        f"The services skip {done.abandoned_records} later records on the topics; the old databases are set aside: "
        f"{', '.join(done.set_aside) or 'none'}.",
        soft_wrap=True,
    )
