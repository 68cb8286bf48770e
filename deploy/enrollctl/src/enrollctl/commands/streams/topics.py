"""enrollctl topics: list the declared topics, follow one."""

import asyncio
from contextlib import suppress
from dataclasses import asdict
from typing import Annotated

import typer
from rich.text import Text

from contracts.topics import BY_NAME
from enrollctl.stack.stack import Stack
from enrollctl.streams.topics import Tailed, list_topics, tail
from enrollctl.terminal.console import AsJson, folders_of, out, print_json, print_json_line, table

app = typer.Typer(no_args_is_help=True, help="Topics: list them, follow one.")


@app.command("list")
def list_command(context: typer.Context, as_json: AsJson = False) -> None:
    """List every declared topic with its key, producer, consumers and number of records."""
    rows = asyncio.run(list_topics(Stack(folders_of(context)).kafka_bootstrap))
    if as_json:
        print_json([asdict(row) for row in rows])
        return
    shown = table("topics", "topic", "producer", "consumers", "kind", "records", numbers=("records",))
    shown.show_lines = True
    for row in rows:
        kind = ("compacted" if row.compacted else "log") if row.exists else "missing"
        name = Text(row.name).append(f"\nkey {row.key}", style="dim")
        shown.add_row(name, row.producer, "\n".join(row.consumers), kind, f"{row.records:,}")
    out.print(shown)


def _complete(incomplete: str) -> list[str]:
    return [name for name in BY_NAME if name.startswith(incomplete)]


Name = Annotated[str, typer.Argument(help="A topic's name, as `topics list` prints it.", autocompletion=_complete)]
FromStart = Annotated[bool, typer.Option("--from-start", help="Begin with the oldest retained record.")]
Limit = Annotated[int | None, typer.Option("--limit", "-n", help="End after this many records.", min=1)]
LineJson = Annotated[bool, typer.Option("--json", help="One JSON object a line instead of columns.")]


@app.command("tail")
def tail_command(
    context: typer.Context, name: Name, from_start: FromStart = False, limit: Limit = None, as_json: LineJson = False
) -> None:
    """Print one line per event: time, type, key, sequence, part and number of people, but no data of people.

    Ctrl-C or --limit ends the command.
    """
    if name not in BY_NAME:
        raise typer.BadParameter(f"no topic {name}; there are: {', '.join(BY_NAME)}")
    bootstrap = Stack(folders_of(context)).kafka_bootstrap
    with suppress(KeyboardInterrupt):
        asyncio.run(_follow(bootstrap, name, from_start, limit, as_json))


async def _follow(bootstrap: str, name: str, from_start: bool, limit: int | None, as_json: bool) -> None:
    async for event in tail(bootstrap, name, from_start=from_start, limit=limit):
        if as_json:
            print_json_line(asdict(event))
        else:
            out.print(line_of(event), soft_wrap=True)


def line_of(event: Tailed) -> Text:
    """An event as one line; fields without a value are left out."""
    line = Text(event.time, style="dim")
    line.append(f"  {event.type}", style="bold")
    line.append(f"  {event.key}", style="cyan")
    facts = (("seq", event.sequence), ("part", event.part), ("people", event.people))
    for word, value in facts:
        if value is not None:
            line.append(f"  {word} {value}")
    if event.replay:
        line.append("  replay", style="yellow")
    return line
