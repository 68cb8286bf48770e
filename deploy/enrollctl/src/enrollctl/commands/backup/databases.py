"""enrollctl databases: databases that rebuilds, restores and bring-backs have set aside."""

import asyncio
from typing import Annotated

import typer

from enrollctl.backup import pg_tools
from enrollctl.backup.bring_back import BringBack
from enrollctl.backup.set_aside import set_aside
from enrollctl.commands.options import spec_named
from enrollctl.errors import Failure
from enrollctl.stack.stack import Stack
from enrollctl.terminal.console import AsJson, err, folders_of, out, print_json, shown_progress, table

app = typer.Typer(no_args_is_help=True, help="List, bring back or drop databases that were set aside.")

Service = Annotated[str, typer.Argument(help="The service whose database comes back.")]
Name = Annotated[
    str | None,
    typer.Argument(help="A name from `databases list`. Default: the database that the last rebuild set aside."),
]
Names = Annotated[list[str], typer.Argument(help="Names from `databases list`.")]
Yes = Annotated[bool, typer.Option("--yes", help="Go on even if commands or events will be lost.")]
Gone = Annotated[bool, typer.Option("--yes", help="Drop without asking. A dropped database is gone for good.")]


@app.command("list")
def list_command(context: typer.Context, as_json: AsJson = False) -> None:
    """List the databases that were set aside, the newest first, with name, command, time and size."""
    found = asyncio.run(set_aside(Stack(folders_of(context)).admin_database_url))
    if as_json:
        print_json([{"name": o.name, "service": o.service, "reason": o.reason, "at": o.at, "bytes": o.bytes}
                    for o in found])  # fmt: skip
        return
    shown = table("databases set aside", "name", "by", "UTC", "MiB", numbers=("MiB",))
    for one in found:
        shown.add_row(one.name, one.reason, f"{one.at:%m-%d %H:%M}", f"{one.bytes / 2**20:.0f}")
    out.print(shown if found else "No database was set aside.")


@app.command("bring-back")
def bring_back_command(
    context: typer.Context, service: Service, name: Name = None, yes: Yes = False, as_json: AsJson = False
) -> None:
    """Undo a rebuild, so that the service uses its old database again. First, the service handles the events that this
    database has missed.

    The current database is then set aside. If the rebuild was killed before it exchanged the databases, the old
    database is still in use. In this case the command without NAME only removes the unfinished new database.
    """
    spec = spec_named(service)
    stack = Stack(folders_of(context))
    stack.state()
    with shown_progress() as on_progress:
        report = BringBack(stack, spec, on_progress).run(name, yes=yes)
    if as_json:
        print_json(report)
        return
    if "undone" in report:
        out.print(f"The killed {report['undone']} of {service} is undone; the service's database was never changed.")
        return
    out.print(f"{service} uses {report['brought_back']} again.", soft_wrap=True)
    for field, what in (("handled", "records were handled again"), ("held_jobs", "jobs wait for an operator")):
        if report.get(field):
            out.print(f"{report[field]} {what}.")
    if report.get("held_jobs"):
        out.print(f"Next: `enrollctl jobs list --service {service} --state held`, then `jobs retry`.")
    if report["set_aside"]:
        err.print(f"The database used until now is kept as {report['set_aside']}.", soft_wrap=True)


@app.command("drop")
def drop_command(context: typer.Context, names: Names, yes: Gone = False, as_json: AsJson = False) -> None:
    """Remove databases that were set aside, when nobody needs them any more."""
    stack = Stack(folders_of(context))
    admin = stack.admin_database_url
    known = {one.name for one in asyncio.run(set_aside(admin))}
    if strange := sorted(set(names) - known):
        raise Failure(f"not set aside: {', '.join(strange)}; `enrollctl databases list` lists those that were")
    if not yes:
        typer.confirm(f"{', '.join(names)} will be gone for good. Go on?", abort=True)
    for name in names:
        asyncio.run(pg_tools.drop(admin, name))
    if as_json:
        print_json({"dropped": names})
    else:
        out.print(f"Dropped: {', '.join(names)}.", soft_wrap=True)
