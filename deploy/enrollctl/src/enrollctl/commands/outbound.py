"""enrollctl outbound: requests to the outside, above all those that a service gave up."""

from typing import Annotated
from uuid import UUID

import typer

from enrollctl.commands.asked import OneService, Service, Why, operators
from enrollctl.console import AsJson, out, print_json, table
from enrollctl.operators import Item

app = typer.Typer(no_args_is_help=True, help="Requests to the outside that a service gave up.")

ROUTE = "/ops/outbound"

Ids = Annotated[list[UUID] | None, typer.Argument(help="Ids in the list.")]
State = Annotated[str, typer.Option(help="failed, due, held, done or abandoned.", metavar="STATE")]
Kind = Annotated[str | None, typer.Option(help="Of this kind only.")]
All = Annotated[bool, typer.Option("--all", help="Every failed one (of --kind, where given).")]


@app.command("list")
def list_command(
    context: typer.Context,
    service: OneService = None,
    state: State = "failed",
    kind: Kind = None,
    as_json: AsJson = False,
) -> None:
    """Requests that ended without an answer, and why."""
    with operators(context) as client:
        found = client.find_all([service] if service else client.services, ROUTE, state=state, kind=kind)
    if as_json:
        print_json(found)
        return
    fields = ("service", "id", "kind", "key", "state", "attempts", "unended", "created_at", "ended_at", "last_error")
    shown = table("outbound requests", *(name.replace("_", " ") for name in fields), numbers=("attempts", "unended"))
    for one in found:
        shown.add_row(*("-" if one[name] is None else str(one[name]) for name in fields))
    out.print(shown if found else f"No {state} requests.")


@app.command("retry")
def retry_command(
    context: typer.Context,
    service: Service,
    requests: Ids = None,
    every: All = False,
    kind: Kind = None,
    as_json: AsJson = False,
) -> None:
    """Have those that were given up carried out again; the service looks first whether it was done already."""
    if bool(requests) == every:
        raise typer.BadParameter("name requests by their ids, or all of them with --all")
    with operators(context) as client:
        ids = [str(one) for one in requests or []]
        if every:
            ids = [one["id"] for one in client.find_all([service], ROUTE, state="failed", kind=kind)]
        _print([client.post(service, f"{ROUTE}/{one}/retry") for one in ids], "due again", as_json)


@app.command("abandon")
def abandon_command(
    context: typer.Context, service: Service, requests: Ids, reason: Why, as_json: AsJson = False
) -> None:
    """Take requests that have not ended off the list for good: failed, held, due, and in hand, too.

    What waits for their answer is told that none comes: an import is refused, a check ends without these people. Of a
    submission or voucher the center is asked first; what it does not have goes back to the district.
    """
    with operators(context) as client:
        answers = [client.post(service, f"{ROUTE}/{one}/abandon", reason=reason) for one in requests or []]
    _print(answers, "abandoned", as_json)


def _print(answers: list[Item], word: str, as_json: bool) -> None:
    if as_json:
        print_json(answers)
        return
    for answer in answers:
        was = "" if answer["was"] == "failed" else f" (was {answer['was']})"
        out.print(f"{answer['service']} {answer['id']} ({answer['kind']}): {word}{was}", soft_wrap=True)
    if not answers:
        out.print("No failed requests.")
