"""enrollctl dead-letters: records that services could not handle."""

import json
import time
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text

from enrollctl.commands.options import DryRun, MaybeWhy, OneService, Rate, Service, Why, one_of, operators
from enrollctl.errors import Exit
from enrollctl.ops_client.operators import Item, Operators
from enrollctl.terminal.console import AsJson, err, leave, mark, minute, out, print_json, table

app = typer.Typer(no_args_is_help=True, help="Dead letters: list, show, edit, replay or discard them.")

ROUTE = "/ops/dead-letters"
NEXT = (
    "`enrollctl dead-letters show SERVICE ID` shows details; `replay` handles the record again (first remove the "
    "cause), `edit` stores a changed copy, `discard` gives the record up"
)

Id = Annotated[int, typer.Argument(help="The letter's number in `dead-letters list`.")]
Ids = Annotated[list[int] | None, typer.Argument(help="Numbers in `dead-letters list`, handled in this order.")]
STATES = ("failed", "parked", "refused", "held", "unknown", "replayed", "discarded")
State = Annotated[
    str | None,
    typer.Option(
        help=f"One of: {', '.join(STATES)}. Default: the open ones.", metavar="STATE", callback=one_of(STATES)
    ),
]
Cause = Annotated[str | None, typer.Option(help="With this cause only.")]
Group = Annotated[str | None, typer.Option("--group", help="A whole group, by its id in `dead-letters groups`.")]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", help="Set a JSON value at a JSON pointer: /part/count=3.", metavar="PATH=VALUE"),
]
Remove = Annotated[
    list[str] | None, typer.Option("--remove", help="Remove the value at a JSON pointer.", metavar="PATH")
]
Header = Annotated[
    list[str] | None,
    typer.Option("--header", help="Sets a header; `name=` removes it.", metavar="NAME=VALUE"),
]
Payload = Annotated[Path | None, typer.Option(help="A file with the whole payload, if the old one is not JSON.")]
ThenReplay = Annotated[bool, typer.Option("--replay", help="Replay it at once.")]


@app.command("list")
def list_command(
    context: typer.Context,
    service: OneService = None,
    state: State = None,
    cause: Cause = None,
    group: Group = None,
    as_json: AsJson = False,
) -> None:
    """Dead letters of each service. A parked record waits until a failed record of the same key is closed.

    A record is refused if the producer is not the topic's owner. A record is held if an earlier sequence number is
    missing. A record is unknown if its event type belongs to a newer release.
    """
    with operators(context) as client:
        services = [service] if service else client.services
        letters = client.find_all(services, ROUTE, state=state, cause=cause, group=group)
    if as_json:
        print_json(letters)
        return
    for one in letters:
        out.print(entry(one))
    summary = f"{len(letters):,} dead letters. Next: {NEXT}." if letters else "No dead letters."
    out.print(summary, soft_wrap=True, highlight=False)


def entry(one: Item) -> Text:
    """The dead letter as a few lines of at most 80 columns; only the message can be longer.

    Service and number come first, because they are the arguments of the other commands.
    """
    text = Text(f"{one['service']} {one['id']}", style="cyan")
    text.append(f"  {one['state']}", style="bold")
    text.append(f", {one['attempts']} tries, {minute(one['failed_at'])}", style="default")
    for name, value in (("type", one["ce_type"]), ("key", one["key"]), ("group", one["group_id"])):
        text.append(f"\n  {name} {value}" if value else "", style="dim")
    return text.append(f"\n  {one['cause']}: {one['message']}", style="red")


@app.command("groups")
def groups_command(context: typer.Context, service: OneService = None, as_json: AsJson = False) -> None:
    """Groups of dead letters with the same cause, event type and shape of the payload. Often one bug caused them."""
    with operators(context) as client:
        services = [service] if service else client.services
        groups = [group | {"service": name} for name in services for group in client.get(name, f"{ROUTE}/groups")]
    if as_json:
        print_json(groups)
        return
    shown = table("dead letters by cause", "service", "group", "letters", "keys", "parked behind", "oldest", "newest",
                  "type", "shape", "cause", "samples", numbers=("letters", "keys", "parked behind"))  # fmt: skip
    fields = ("service", "group_id", "letters", "keys", "parked_behind", "oldest_at", "newest_at", "ce_type", "shape",
              "cause", "samples")  # fmt: skip
    for one in groups:
        shown.add_row(*(_text(one.get(name)) for name in fields))
    out.print(shown if groups else "No dead letters.")


@app.command("show")
def show_command(context: typer.Context, service: Service, letter: Id, as_json: AsJson = False) -> None:
    """One dead letter with headers, payload and edits. Values that could name a person are left out."""
    with operators(context) as client:
        found = client.get(service, f"{ROUTE}/{letter}") | {"service": service}
    if as_json:
        print_json(found)
        return
    payload, edits = found.pop("payload_masked", None), found.pop("edits", [])
    shown = table(f"{service} dead letter {letter}", "field", "value")
    for name, value in found.items():
        shown.add_row(name, str(value))
    out.print(shown)
    out.print_json(data=payload, ensure_ascii=False)
    for edit in edits:
        out.print(f"edited at {edit['at']} by {edit['by']}: {edit['reason']}", soft_wrap=True)
        out.print_json(data=edit["payload_masked"], ensure_ascii=False)


@app.command("edit")
def edit_command(
    context: typer.Context,
    service: Service,
    letter: Id,
    reason: Why,
    sets: Set = None,
    removes: Remove = None,
    headers: Header = None,
    payload: Payload = None,
    then_replay: ThenReplay = False,
    as_json: AsJson = False,
) -> None:
    """Store a changed copy of the record for the next replay. The original stays.

    The account, the change and the reason are recorded.
    """
    changes = [_change("replace", "", payload.read_text(encoding="utf-8"))] if payload else []
    changes += [_change("add", *_pair(one)) for one in sets or []]
    changes += [{"op": "remove", "path": one} for one in removes or []]
    named = {name: value or None for name, value in map(_pair, headers or [])}
    if not changes and not named:
        raise typer.BadParameter("say what to change: --set, --remove, --header or --payload")
    with operators(context) as client:
        route = f"{ROUTE}/{letter}"
        answer = client.post(service, f"{route}/edit", changes=changes, headers=named, reason=reason)
        replayed = client.post(service, f"{route}/replay") if then_replay else None
    if as_json:
        print_json({"edit": answer, "replay": replayed})
    else:
        out.print(f"{service} {letter}: edited, {answer['before_hash'][:12]} → {answer['after_hash'][:12]}")
    if replayed is not None:
        _print_outcome([replayed], None if as_json else "replayed")


@app.command("replay")
def replay_command(
    context: typer.Context,
    service: Service,
    letters: Ids = None,
    group: Group = None,
    dry_run: DryRun = False,
    rate: Rate = 20.0,
    as_json: AsJson = False,
) -> None:
    """Handle records again, and then the records that are parked behind them. Exit code 1 if a record fails again."""
    one_by_one = _one_by_one(letters, group)
    with operators(context) as client:
        if one_by_one:
            answers = [client.post(service, f"{ROUTE}/{one}/replay", dry_run=dry_run) for one in letters or []]
            _print_outcome(answers, "would go through" if dry_run else "replayed", as_json=as_json)
            return
        answer = client.post(service, f"{ROUTE}/groups/{group}/replay", dry_run=dry_run, per_second=rate)
        if dry_run:
            _print_rehearsal(answer, as_json)
        else:
            _follow(client, service, answer["run_id"], as_json)


@app.command("discard")
def discard_command(
    context: typer.Context,
    service: Service,
    letters: Ids = None,
    group: Group = None,
    reason: MaybeWhy = None,
    rate: Rate = 20.0,
    as_json: AsJson = False,
) -> None:
    """Give records up for good; records that are parked behind them are then handled."""
    if not reason:
        raise typer.BadParameter("say why, with --reason")
    one_by_one = _one_by_one(letters, group)
    with operators(context) as client:
        if one_by_one:
            answers = [client.post(service, f"{ROUTE}/{one}/discard", reason=reason) for one in letters or []]
            _print_outcome(answers, "discarded; parked records handled afterwards:", as_json=as_json)
            return
        answer = client.post(service, f"{ROUTE}/groups/{group}/discard", reason=reason, per_second=rate)
        _follow(client, service, answer["run_id"], as_json)


def _one_by_one(letters: list[int] | None, group: str | None) -> bool:
    """True if letters are given, False if a group is given. Raises BadParameter if both or neither are given."""
    if bool(letters) == bool(group):
        raise typer.BadParameter("name either letters by their numbers or one --group")
    return bool(letters)


def _follow(client: Operators, service: str, run_id: str, as_json: bool) -> None:
    """Wait until the bulk replay has ended. The service finishes the bulk replay even if this command is stopped."""
    while not (run := client.get(service, f"{ROUTE}/runs/{run_id}"))["ended_at"]:
        if not as_json:
            err.print(f"{service} {run['group_id']}: {run['handled']} handled, {run['failed']} failed again …")
        time.sleep(1)
    if as_json:
        print_json(run | {"service": service})
    else:
        sentence = (
            f"{service} {run['group_id']}: {run['handled']} records handled, {run['failed']} letters failed again"
        )
        out.print(mark(not run["failed"], sentence), soft_wrap=True)
    leave(Exit.FAILED if run["failed"] else Exit.OK)


def _print_rehearsal(answer: Item, as_json: bool) -> None:
    if as_json:
        print_json(answer)
    else:
        out.print(
            f"tried {answer['tried']} letters, nothing changed: {answer['would_go_through']} records would go through"
        )
        for cause, count in answer["would_fail"].items():
            out.print(mark(False, f"{count} would fail: {cause}"), soft_wrap=True)
    leave(Exit.FAILED if answer["would_fail"] else Exit.OK)


def _print_outcome(answers: list[Item], word: str | None, *, as_json: bool = False) -> None:
    if as_json:
        print_json(answers)
    for answer in [] if as_json or word is None else answers:
        out.print(mark(not answer["failed"], _sentence(answer, word or "")), soft_wrap=True)
    leave(Exit.FAILED if any(answer["failed"] for answer in answers) else Exit.OK)


def _sentence(answer: Item, word: str) -> str:
    sentence = f"{answer['service']} {answer['id']}: {word} {answer['replayed']}"
    if answer["failed"]:
        return f"{sentence}, then failed: {answer['cause']}: {answer['message']}"
    return f"{sentence}; {answer['left']} more are released in the background" if answer.get("left") else sentence


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise typer.BadParameter(f"{text!r} is no NAME=VALUE")
    return name, value


def _change(op: str, path: str, text: str) -> dict[str, Any]:
    """One change in the form of JSON Patch.

    `text` is the value as JSON; if it is not JSON, the text itself is the value.
    """
    try:
        value = json.loads(text)
    except ValueError:
        value = text
    return {"op": op, "path": path, "value": value}


def _text(value: Any) -> str:
    return "-" if value is None else str(value)
