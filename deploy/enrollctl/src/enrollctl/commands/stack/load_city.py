"""enrollctl load-city: fill an empty stack with a whole city of made-up people."""

from datetime import date, datetime
from typing import Annotated

import typer

from chassis.domain import SHANGHAI
from enrollctl.city.layout import Layout
from enrollctl.city.loader import CityLoader, LoadReport
from enrollctl.city.tables import SERVICES
from enrollctl.commands.options import spec_named
from enrollctl.stack.stack import Stack
from enrollctl.terminal.console import AsJson, folders_of, out, print_json, shown_progress, table
from enrollctl.workspace.files import read_json

Members = Annotated[int, typer.Option(help="Members of all unions.", min=1_000, max=14_000_000)]
Unions = Annotated[int, typer.Option(help="Grassroots unions.", min=10, max=100_000)]
Districts = Annotated[int, typer.Option(help="Districts.", min=1, max=999)]
Seed = Annotated[int, typer.Option(help="The same seed makes the same city.")]
Workers = Annotated[int, typer.Option(help="Processes that make and write people.", min=1, max=64)]


def load_city(
    context: typer.Context,
    members: Members = 7_700_000,
    unions: Unions = 48_300,
    districts: Districts = 122,
    seed: Seed = 7,
    workers: Workers = 2,
    as_json: AsJson = False,
) -> None:
    """Fill the databases of an empty, running stack with a city of made-up people, to measure screens on it.

    The people are written directly into the databases of the services. So no topic has events about these people, and
    the registries and the center of the simulator do not know them. `rebuild` cannot rebuild a stack that was filled in
    this way.
    """
    stack = Stack(folders_of(context))
    stack.state()
    databases = {name: stack.owner_database_url(spec_named(name)) for name in SERVICES}
    layout = Layout(members, min(unions, members // 2), districts, seed, business_date(stack))
    with shown_progress() as on_progress:
        report = CityLoader(layout, stack.keys, databases, workers, on_progress).load()
    if as_json:
        print_json(figures(report))
    else:
        _print(report)


def business_date(stack: Stack) -> date:
    """The day that the services' business clock shows."""
    clock = read_json(stack.folders.clock) if stack.demo else None
    day = datetime.fromisoformat(clock["business"]) if clock else datetime.now(SHANGHAI)
    return day.astimezone(SHANGHAI).date()


def figures(report: LoadReport) -> dict[str, object]:
    per_member = report.bytes_per_member()
    return {
        "members": report.members,
        "unions": report.unions,
        "seconds": round(report.seconds, 1),
        "microseconds_per_member": round(report.microseconds_per_member, 1),
        "bytes_per_member": sum(per_member.values()),
        **{f"bytes_per_member_{name}": size for name, size in per_member.items()},
    }


def _print(report: LoadReport) -> None:
    shown = table(f"{report.members:,} members loaded", "figure", "value", numbers=("value",))
    for name, value in figures(report).items():
        shown.add_row(name.replace("_", " "), f"{value:,}")
    out.print(shown)
