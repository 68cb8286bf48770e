"""enrollctl maintenance: services that a backup has stopped."""

import typer

from enrollctl.commands.options import Why, operators
from enrollctl.ops_client.maintenance import of_all, open_all, raise_any, show
from enrollctl.terminal.console import AsJson, mark, out, print_json, table

app = typer.Typer(no_args_is_help=True, help="Services that a backup has stopped: show them, open them.")

COUNTS = ("outbox", "jobs_due", "jobs_in_hand", "jobs_waiting", "dead_letters")


@app.command("show")
def show_command(context: typer.Context, as_json: AsJson = False) -> None:
    """The state of each service (open, draining, stopped), and the work that is still under way."""
    with operators(context) as client:
        found, failures = of_all(client, lambda service: show(client, service))
    if as_json:
        print_json(found)
    else:
        shown = table("maintenance", "service", "state", *(name.replace("_", " ") for name in COUNTS), "dry")
        for one in found:
            counts = (str(one[name]) for name in COUNTS)
            shown.add_row(one["service"], mark(one["state"] == "open", one["state"]), *counts, _yes(one["dry"]))
        out.print(shown)
    raise_any(failures)


@app.command("open")
def open_command(context: typer.Context, reason: Why, as_json: AsJson = False) -> None:
    """Open every service after a backup that was killed. Never use it while a backup is running."""
    with operators(context) as client:
        answers, failures = open_all(client, reason)
    if as_json:
        print_json(answers)
    else:
        for one in answers:
            was_open = one["before"] == "open"
            out.print(f"{one['service']}: " + ("was open" if was_open else f"opened, was {one['before']}"))
    raise_any(failures)


def _yes(value: bool) -> str:
    return "yes" if value else "no"
