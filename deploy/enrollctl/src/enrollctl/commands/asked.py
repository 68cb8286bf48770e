"""What the operators' commands share: whom they ask, and how they are told what to do."""

from collections.abc import Callable, Sequence
from typing import Annotated

import typer

from enrollctl.console import folders_of
from enrollctl.operators import Operators
from enrollctl.services import SERVICES, ServiceSpec
from enrollctl.stack import Stack
from enrollctl.tokens import operator_token

HOLDERS = [spec.name for spec in SERVICES if spec.has_dead_letters]


def one_of(names: Sequence[str]) -> Callable[[str | None], str | None]:
    """A check of an argument; raises BadParameter with the names there are."""

    def check(value: str | None) -> str | None:
        if value is not None and value not in names:
            raise typer.BadParameter(f"there is no {value}; there are: {', '.join(names)}")
        return value

    return check


Service = Annotated[
    str, typer.Argument(help=f"The service that holds it: {', '.join(HOLDERS)}.", callback=one_of(HOLDERS))
]
OneService = Annotated[str | None, typer.Option("--service", help="Of this service only.", callback=one_of(HOLDERS))]
Why = Annotated[str, typer.Option("--reason", help="Why; recorded with the act.")]
MaybeWhy = Annotated[str | None, typer.Option("--reason", help="Why; recorded with the act.")]
Rate = Annotated[float, typer.Option("--rate", help="Records handled in a second, at most.", min=0.1, max=1000)]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would happen, and keep nothing.")]


def operators(context: typer.Context) -> Operators:
    """Raises NoStackRunning."""
    stack = Stack(folders_of(context))
    urls = {name: url for name, url in stack.urls.items() if name in HOLDERS}
    return Operators(urls, operator_token(stack.keys))


def spec_named(service: str) -> ServiceSpec:
    """Raises BadParameter with the names there are."""
    known = {spec.name: spec for spec in SERVICES}
    one_of(list(known))(service)
    return known[service]
