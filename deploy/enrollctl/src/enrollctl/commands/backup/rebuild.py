"""enrollctl rebuild: build one lost database again."""

from pathlib import Path
from typing import Annotated, Any

import typer

from enrollctl.backup.rebuild import RebuildOfService
from enrollctl.commands.options import spec_named
from enrollctl.stack.stack import Stack
from enrollctl.terminal.console import AsJson, err, folders_of, out, print_json, shown_progress, table

Service = Annotated[str, typer.Argument(help="The service whose database is lost.")]
MaybeFrom = Annotated[
    Path | None, typer.Option("--backup", help="The backup with the service's own data.", metavar="FOLDER")
]
Yes = Annotated[bool, typer.Option("--yes", help="Rebuild even a database that is not lost and holds data.")]


def rebuild(
    context: typer.Context, service: Service, folder: MaybeFrom = None, yes: Yes = False, as_json: AsJson = False
) -> None:
    """Build a lost database again. The service's own data come from the backup. Later events of other services come
    from the topics.

    No event is published twice, and no job is run. If the database holds data, --yes is needed. The old database
    is kept under another name, and `databases bring-back` puts it back. docs/backup-and-rebuild.md lists which data the
    rebuild recovers.
    """
    spec = spec_named(service)
    stack = Stack(folders_of(context))
    stack.state()
    with shown_progress() as on_progress:
        report = RebuildOfService(stack, spec, folder.resolve() if folder else None, on_progress).run(yes=yes)
    if as_json:
        print_json(report)
    else:
        _print(service, report)


def _print(service: str, report: dict[str, Any]) -> None:
    shown = table(f"{service} rebuilt", "what", "value")
    for name, value in report.items():
        shown.add_row(name.replace("_", " "), "-" if value in (None, {}) else str(value))
    out.print(shown)
    if report.get("held_jobs"):
        err.print(
            f"Next: {report['held_jobs']} jobs may have been done already. List them with "
            f"`enrollctl jobs list --service {service} --state held`, then `enrollctl jobs retry {service} "
            "ID…` (it first checks whether the job was done) or `abandon`.",
            soft_wrap=True,
        )
    if report.get("dead_letters"):
        err.print(
            f"Next: {report['dead_letters']} records could not be handled; see `enrollctl dead-letters groups "
            f"--service {service}`.",
            soft_wrap=True,
        )
    if report["set_aside"]:
        err.print(
            f"The old database is kept as {report['set_aside']}: `enrollctl databases bring-back {service}` puts it "
            "back, `enrollctl databases drop NAME` removes it.",
            soft_wrap=True,
        )
