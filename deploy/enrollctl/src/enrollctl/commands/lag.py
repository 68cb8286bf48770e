"""enrollctl lag: how far consumers are behind."""

import asyncio
from dataclasses import asdict
from typing import Annotated

import typer

from enrollctl.console import AsJson, folders_of, leave, mark, out, print_json, table
from enrollctl.errors import Exit
from enrollctl.lag import Lag, measure_lag
from enrollctl.stack import Stack

Most = Annotated[
    int | None, typer.Option("--max", help="Exit code 1 where a group is further behind than this.", min=0)
]


def lag(context: typer.Context, most: Most = None, as_json: AsJson = False) -> None:
    """Records that each consumer group has not committed yet, per topic."""
    rows = asyncio.run(measure_lag(Stack(folders_of(context)).kafka_bootstrap))
    if as_json:
        print_json([asdict(row) for row in rows])
    else:
        _print(rows)
    behind = most is not None and any(row.lag is not None and row.lag > most for row in rows)
    leave(Exit.FAILED if behind else Exit.OK)


def _print(rows: list[Lag]) -> None:
    shown = table("lag", "group", "topic", "committed", "end", "lag", numbers=("committed", "end", "lag"))
    for row in rows:
        committed = "-" if row.committed is None else f"{row.committed:,}"
        lag_text = mark(not row.lag, "-" if row.lag is None else f"{row.lag:,}")
        shown.add_row(row.group, row.topic, committed, f"{row.end:,}", lag_text)
    out.print(shown)
