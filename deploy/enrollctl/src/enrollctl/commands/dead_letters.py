"""enrollctl dead-letters: records that services set aside."""

from typing import Annotated, Any

import typer

from enrollctl.console import AsJson, folders_of, leave, mark, out, print_json, table
from enrollctl.dead_letters import DeadLetters, Letter
from enrollctl.errors import Exit
from enrollctl.services import SERVICES
from enrollctl.stack import Stack
from enrollctl.tokens import operator_token

app = typer.Typer(no_args_is_help=True, help="Dead letters: see what was set aside, replay it or give it up.")

HOLDERS = [spec.name for spec in SERVICES if spec.has_dead_letters]

Service = Annotated[str, typer.Argument(help=f"The service that set it aside: {', '.join(HOLDERS)}.")]
Id = Annotated[int, typer.Argument(help="The number in the list.")]
Ids = Annotated[list[int], typer.Argument(help="Numbers in the list, handled in this order.")]
OneService = Annotated[str | None, typer.Option("--service", help="Of this service only.")]
State = Annotated[
    str | None, typer.Option(help="failed, parked, replayed or discarded; open ones unless given.", metavar="STATE")
]
Cause = Annotated[str | None, typer.Option(help="With this cause only.")]
Reason = Annotated[str, typer.Option(help="Why it is given up; recorded with the act.")]


@app.command("list")
def list_command(
    context: typer.Context,
    service: OneService = None,
    state: State = None,
    cause: Cause = None,
    as_json: AsJson = False,
) -> None:
    """What was set aside, per service. A parked record waits behind a failed one of its key."""
    with _client(context) as client:
        letters = client.find_all([service] if service else client.services, state=state, cause=cause)
    if as_json:
        print_json(letters)
        return
    shown = table("dead letters", "service", "id", "state", "type", "key", "failed at", "tries", "cause", "message",
                  numbers=("id", "tries"))  # fmt: skip
    for one in letters:
        fields = ("service", "id", "state", "ce_type", "key", "failed_at", "attempts", "cause", "message")
        shown.add_row(*(str(one.get(name) if one.get(name) is not None else "-") for name in fields))
    out.print(shown if letters else "No dead letters.")


@app.command("show")
def show_command(context: typer.Context, service: Service, letter: Id, as_json: AsJson = False) -> None:
    """One of them with its headers and its payload; the sealed block is left out."""
    with _client(context) as client:
        found = client.show(service, letter)
    if as_json:
        print_json(found)
        return
    payload = found.pop("payload_masked", None)
    shown = table(f"{service} dead letter {letter}", "field", "value")
    for name, value in found.items():
        shown.add_row(name, str(value))
    out.print(shown)
    out.print_json(data=payload, ensure_ascii=False)


@app.command("replay")
def replay_command(context: typer.Context, service: Service, letters: Ids, as_json: AsJson = False) -> None:
    """Handle records again, each with what is parked behind it. Exit code 1 where one fails again."""
    with _client(context) as client:
        answers = [client.replay(service, letter) for letter in letters]
    _print_outcome(answers, as_json, "replayed")


@app.command("discard")
def discard_command(
    context: typer.Context, service: Service, letters: Ids, reason: Reason, as_json: AsJson = False
) -> None:
    """Give records up for good; what is parked behind each is handled then."""
    with _client(context) as client:
        answers = [client.discard(service, letter, reason) for letter in letters]
    _print_outcome(answers, as_json, "discarded; handled behind it")


def _client(context: typer.Context) -> DeadLetters:
    stack = Stack(folders_of(context))
    urls = {name: url for name, url in stack.urls.items() if name in HOLDERS}
    return DeadLetters(urls, operator_token(stack.keys))


def _print_outcome(answers: list[Letter], as_json: bool, word: str) -> None:
    if as_json:
        print_json(answers)
    for answer in [] if as_json else answers:
        out.print(mark(not answer["failed"], _sentence(answer, word)), soft_wrap=True)
    leave(Exit.FAILED if any(answer["failed"] for answer in answers) else Exit.OK)


def _sentence(answer: dict[str, Any], word: str) -> str:
    said = f"{answer['service']} {answer['id']}: {word} {answer['replayed']}"
    return f"{said}, then failed: {answer['cause']}: {answer['message']}" if answer["failed"] else said
