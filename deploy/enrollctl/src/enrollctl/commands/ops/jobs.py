"""enrollctl jobs: lists, retries and abandons jobs, mainly jobs that a service gave up."""

from typing import Annotated
from uuid import UUID

import typer
from rich.text import Text

from enrollctl.commands.options import OneService, Service, Why, one_of, operators
from enrollctl.ops_client.operators import Item
from enrollctl.terminal.console import AsJson, minute, out, print_json

app = typer.Typer(no_args_is_help=True, help="List, retry or abandon jobs, such as calls to external systems.")

ROUTE = "/ops/jobs"

Ids = Annotated[list[UUID], typer.Argument(help="Ids from `jobs list`.")]
IdsOrNone = Annotated[list[UUID] | None, typer.Argument(help="Ids from `jobs list`.")]
STATES = ("failed", "held", "due", "done", "abandoned")
State = Annotated[str, typer.Option(help=f"One of: {', '.join(STATES)}.", metavar="STATE", callback=one_of(STATES))]
Kind = Annotated[str | None, typer.Option(help="Of this kind only.")]
All = Annotated[bool, typer.Option("--all", help="All failed jobs; with --kind, all failed jobs of this kind.")]


@app.command("list")
def list_command(
    context: typer.Context,
    service: OneService = None,
    state: State = "failed",
    kind: Kind = None,
    as_json: AsJson = False,
) -> None:
    """Jobs in one state (default: failed), each with its last error."""
    with operators(context) as client:
        found = client.find_all([service] if service else client.services, ROUTE, state=state, kind=kind)
    if as_json:
        print_json(found)
        return
    for one in found:
        out.print(entry(one))
    out.print(_next_steps(found, state), soft_wrap=True, highlight=False)


def entry(one: Item) -> Text:
    """The job as a few lines of at most 80 columns; only the last error can be longer. The first line has the id."""
    text = Text(f"{one['id']}", style="cyan").append(f"  {one['service']}  ", style="default")
    text.append(str(one["state"]), style="bold")
    text.append(f"\n  {one['kind']}, {one['attempts']} tries, {minute(one['created_at'])}", style="default")
    text.append(f" to {minute(one['ended_at'])}" if one["ended_at"] else "", style="default")
    text.append(f"\n  {one['unended']} of the tries ended the process" if one["unended"] else "", style="red")
    text.append(f"\n  key {one['key']}", style="dim")
    return text.append(f"\n  {one['last_error']}", style="red") if one["last_error"] else text


def _next_steps(found: list[Item], state: str) -> str:
    """How many jobs were found, and what to do with them."""
    if not found:
        return f"No {state} jobs."
    ways = {
        "failed": "remove the cause, then `enrollctl jobs retry SERVICE ID…` (or --all); the service first checks "
        "whether the job was done. `enrollctl jobs abandon SERVICE ID --reason …` gives a job up",
        "held": "a rebuild holds these jobs, because they may have been done already. "
        "`enrollctl jobs retry SERVICE ID…` first checks whether the job was done; `abandon` gives a job up",
    }
    return f"{len(found):,} {state} jobs." + (f" Next: {ways[state]}." if state in ways else "")


@app.command("retry")
def retry_command(
    context: typer.Context,
    service: Service,
    jobs: IdsOrNone = None,
    every: All = False,
    kind: Kind = None,
    as_json: AsJson = False,
) -> None:
    """Retry failed or held jobs; the service first checks whether they were done already."""
    if bool(jobs) == every:
        raise typer.BadParameter("name jobs by their ids, or all of them with --all")
    with operators(context) as client:
        ids = [str(one) for one in jobs or []]
        if every:
            ids = [one["id"] for one in client.find_all([service], ROUTE, state="failed", kind=kind)]
        _print([client.post(service, f"{ROUTE}/{one}/retry") for one in ids], "due again", as_json)


@app.command("abandon")
def abandon_command(context: typer.Context, service: Service, jobs: Ids, reason: Why, as_json: AsJson = False) -> None:
    """Give up jobs for good. The jobs can be failed, held, due or running.

    An import that waits for the job ends as failed or interrupted. A check of statuses ends without answers for the
    job's people. Example: the job was to send a submission or a voucher to the center. Then the service later asks the
    center whether it has received this submission or voucher. If not, the district gets the submission or voucher back
    as rejected.
    """
    with operators(context) as client:
        answers = [client.post(service, f"{ROUTE}/{one}/abandon", reason=reason) for one in jobs]
    _print(answers, "abandoned", as_json)


def _print(answers: list[Item], word: str, as_json: bool) -> None:
    if as_json:
        print_json(answers)
        return
    for answer in answers:
        was = "" if answer["was"] == "failed" else f" (was {answer['was']})"
        out.print(f"{answer['service']} {answer['id']} ({answer['kind']}): {word}{was}", soft_wrap=True)
    if not answers:
        out.print("No failed jobs.")
