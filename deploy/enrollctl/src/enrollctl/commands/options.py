"""Options and argument checks that several commands share, and the client for the routes /ops/… of the services."""

from collections.abc import Callable, Sequence
from typing import Annotated

import typer

from enrollctl.ops_client.operators import Operators
from enrollctl.ops_client.tokens import operator_token
from enrollctl.stack.services import SERVICES, ServiceSpec
from enrollctl.stack.stack import Stack
from enrollctl.terminal.console import folders_of

#: All services except the simulator, which has no dead letters and no routes /ops/….
HOLDERS = [spec.name for spec in SERVICES if spec.has_dead_letters]


def one_of(names: Sequence[str]) -> Callable[[str | None], str | None]:
    """A function that checks an argument. It raises BadParameter, which lists the valid names."""

    def check(value: str | None) -> str | None:
        if value is not None and value not in names:
            raise typer.BadParameter(f"there is no {value}; there are: {', '.join(names)}")
        return value

    return check


Service = Annotated[
    str,
    typer.Argument(help=f"The service: {', '.join(HOLDERS)}.", callback=one_of(HOLDERS)),
]
OneService = Annotated[str | None, typer.Option("--service", help="Of this service only.", callback=one_of(HOLDERS))]
Why = Annotated[str, typer.Option("--reason", help="The reason; recorded with the command.")]
MaybeWhy = Annotated[str | None, typer.Option("--reason", help="The reason; recorded with the command.")]
Rate = Annotated[
    float, typer.Option("--rate", help="For --group: the most records handled per second.", min=0.1, max=1000)
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would happen; change nothing.")]


def operators(context: typer.Context) -> Operators:
    """An HTTP client for the routes /ops/… of the services in HOLDERS. Raises NoStackRunning."""
    stack = Stack(folders_of(context))
    urls = {name: url for name, url in stack.urls.items() if name in HOLDERS}
    return Operators(urls, operator_token(stack.keys))


def spec_named(service: str) -> ServiceSpec:
    """The service of this name. Raises BadParameter, which lists the valid names."""
    known = {spec.name: spec for spec in SERVICES}
    one_of(list(known))(service)
    return known[service]
