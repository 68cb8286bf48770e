"""enrollctl audit: check the hash chain over the audit log of each service, and print its head."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from pydantic import TypeAdapter, ValidationError

from chassis.audit_chain import Head, Verdict, head, verify
from chassis.sql import Connection
from enrollctl.commands.options import HOLDERS, OneService
from enrollctl.errors import Exit
from enrollctl.stack.stack import Stack
from enrollctl.terminal.console import AsJson, err, folders_of, leave, minute, out, print_json, table

app = typer.Typer(no_args_is_help=True, help="Check that nobody has changed the audit log of a service.")

Anchor = Annotated[
    Path | None,
    typer.Option(
        "--anchor",
        help="A file that `audit head --json` printed earlier: its heads must still be part of the chains.",
        exists=True,
        dir_okay=False,
        metavar="FILE",
    ),
]
T = TypeVar("T")


@app.command("verify")
def verify_command(
    context: typer.Context, service: OneService = None, anchor: Anchor = None, as_json: AsJson = False
) -> None:
    """Find rows of the audit log that were changed, removed, inserted or reordered, and changes of the chain itself.

    Rows that are not in the chain yet are counted, and the time of the oldest of these rows is shown. The exit code is
    1 if anything was changed.
    """
    stack = Stack(folders_of(context))
    anchors = anchors_in(anchor)
    keys = stack.keys

    async def check(name: str, connection: Connection) -> Verdict:
        return await verify(connection, name, keys, [one for one in anchors if one.service == name])

    verdicts = asyncio.run(_of_each(stack, _chosen(service), check))
    if as_json:
        print_json([asdict(one) for one in verdicts])
    else:
        _print(verdicts)
    leave(Exit.FAILED if any(one.findings for one in verdicts) else Exit.OK)


@app.command("head")
def head_command(context: typer.Context, service: OneService = None, as_json: AsJson = False) -> None:
    """The last block of each service's chain. Keep the JSON outside the system, and give it to `verify --anchor`."""
    stack = Stack(folders_of(context))

    async def read(name: str, connection: Connection) -> Head | None:
        return await head(connection, name)

    heads = [one for one in asyncio.run(_of_each(stack, _chosen(service), read)) if one is not None]
    if as_json:
        print_json([asdict(one) for one in heads])
        return
    shown = table("heads of the audit chains", "service", "block", "up to row", "sealed at, UTC", "hash",
                  numbers=("block", "up to row"))  # fmt: skip
    for one in heads:
        shown.add_row(one.service, f"{one.position:,}", f"{one.up_to_id:,}", minute(one.sealed_at), one.hash)
    out.print(shown if heads else "No row of any audit log is in a chain yet.")


def _chosen(service: str | None) -> Sequence[str]:
    return HOLDERS if service is None else [service]


def anchors_in(file: Path | None) -> list[Head]:
    """The heads in the file. Raises BadParameter if the file contains no heads, or the head of an unknown service."""
    if file is None:
        return []
    try:
        heads = TypeAdapter(list[Head]).validate_json(file.read_bytes())
    except ValidationError as error:
        raise typer.BadParameter(f"{file} holds no heads; make it with `enrollctl audit head --json`") from error
    if unknown := sorted({one.service for one in heads} - set(HOLDERS)):
        raise typer.BadParameter(f"{file} holds the head of {', '.join(unknown)}; there are: {', '.join(HOLDERS)}")
    return heads


async def _of_each(stack: Stack, names: Sequence[str], read: Callable[[str, Connection], Awaitable[T]]) -> list[T]:
    """Read the database of each service, all at the same time. Raises ComponentUnhealthy."""

    async def one(name: str) -> T:
        async with stack.connection(name) as connection:
            return await read(name, connection)

    return list(await asyncio.gather(*map(one, names)))


def _print(verdicts: Sequence[Verdict]) -> None:
    shown = table("audit chains", "service", "blocks", "rows", "not sealed yet", "oldest of these, UTC", "findings",
                  numbers=("blocks", "rows", "not sealed yet", "findings"))  # fmt: skip
    for one in verdicts:
        since = minute(one.unsealed_since) if one.unsealed_since else "-"
        shown.add_row(
            one.service, f"{one.blocks:,}", f"{one.rows:,}", f"{one.unsealed:,}", since, f"{len(one.findings):,}"
        )
    out.print(shown)
    for one in verdicts:
        for finding in one.findings:
            err.print(f"{one.service}: {finding}", style="red", soft_wrap=True, markup=False, highlight=False)
