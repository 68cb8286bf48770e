"""enrollctl person: the history of one person, over all services."""

import sys
from dataclasses import asdict
from typing import Annotated

import typer

from contracts.words import DocumentType
from enrollctl.commands.options import operators
from enrollctl.errors import Exit
from enrollctl.ops_client.stories import MergedStory, merged_story
from enrollctl.terminal.console import AsJson, err, leave, out, print_json, table

OfType = Annotated[DocumentType | None, typer.Option("--type", help="The document's type. Default: any type.")]


def person(context: typer.Context, document_type: OfType = None, as_json: AsJson = False) -> None:
    """One person's history. Type the document number when asked, or read it from a file: enrollctl person < FILE

    The number is not an argument, because the shell would store it in its history. Each service records the request.
    """
    with operators(context) as client:
        found = merged_story(client, document_number(), document_type)
    if as_json:
        print_json(asdict(found))
    else:
        _print(found)
    leave(Exit.UNHEALTHY if found.silent else Exit.OK)


def document_number() -> str:
    """In a terminal, ask for the number and do not show it. Otherwise, read one line of standard input.

    Raises BadParameter for an empty number.
    """
    number = str(typer.prompt("Document number", hide_input=True)) if sys.stdin.isatty() else sys.stdin.readline()
    if not number.strip():
        raise typer.BadParameter("standard input holds no document number; try: enrollctl person < FILE")
    return number.strip()


def _print(found: MergedStory) -> None:
    shown = table(f"story of {found.masked_number}", "at", "service", "stage", "what", "by")
    for step in found.steps:
        at = step["at"][:16].replace("T", " ")
        who = step.get("by_name") or step["by"] or "-"
        shown.add_row(at, step["service"], step["stage"]["label"], step["words"], who)
    out.print(shown if found.steps else f"No service knows anything of {found.masked_number or 'this number'}.")
    for why in found.silent.values():
        err.print(f"Steps are missing: {why}", soft_wrap=True)
