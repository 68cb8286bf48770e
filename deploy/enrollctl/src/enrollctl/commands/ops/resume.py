"""enrollctl resume: let paused subscribers continue."""

from typing import Annotated

import typer

from enrollctl.commands.options import HOLDERS, one_of, operators
from enrollctl.terminal.console import AsJson, out, print_json

Paused = Annotated[
    str,
    typer.Argument(help=f"The service that paused: {', '.join(HOLDERS)}.", metavar="SERVICE", callback=one_of(HOLDERS)),
]
Accept = Annotated[
    bool, typer.Option("--accept-failures", help="Let the next minute's failures become dead letters, however many.")
]


def resume(context: typer.Context, service: Paused, accept: Accept = False, as_json: AsJson = False) -> None:
    """Resume all replicas of a service that paused because records of five keys failed with the same cause."""
    with operators(context) as client:
        answer = client.post(service, "/ops/resume", accept_failures=accept)
    if as_json:
        print_json(answer)
    else:
        out.print(f"{service}: goes on" + ("; the next minute's failures become dead letters" if accept else ""))
