"""enrollctl lag: how far consumers are behind, and whether records were missing or out of order."""

import asyncio
from dataclasses import asdict
from typing import Annotated

import typer

from enrollctl.errors import Exit
from enrollctl.stack.stack import Stack
from enrollctl.streams.lag import Lag, measure_lag
from enrollctl.streams.sequences import SequenceFaults, sequence_faults
from enrollctl.terminal.console import AsJson, folders_of, leave, mark, out, print_json, table

Most = Annotated[int | None, typer.Option("--max", help="Exit code 1 if a lag is greater than this.", min=0)]
Faults = dict[str, dict[str, SequenceFaults]]


def lag(context: typer.Context, most: Most = None, as_json: AsJson = False) -> None:
    """Show the lag, gaps and regressions of each consumer group on each topic.

    The lag is the number of records that are not committed yet. Gaps are the missing sequence numbers that an operator
    has accepted. Regressions are the records that were handled after a record of the same key with a higher sequence
    number. Unless something went wrong, gaps and regressions are 0.
    """
    stack = Stack(folders_of(context))
    rows = asyncio.run(measure_lag(stack.kafka_bootstrap))
    urls = {group: stack.database_url(group) for group in {row.group for row in rows}}
    faults = asyncio.run(sequence_faults(urls))
    if as_json:
        print_json([asdict(row) | _shown(row, faults) for row in rows])
    else:
        _print(rows, faults)
    behind = most is not None and any(row.lag is not None and row.lag > most for row in rows)
    leave(Exit.FAILED if behind else Exit.OK)


def _shown(row: Lag, faults: Faults) -> dict[str, int | None]:
    """`gaps` and `regressions` of the row's group and topic. Both are None if the group's database does not answer."""
    if row.group not in faults:
        return {"gaps": None, "regressions": None}
    return asdict(faults[row.group].get(row.topic, SequenceFaults()))


def _print(rows: list[Lag], faults: Faults) -> None:
    numbers = ("committed", "end", "lag", "gaps", "regressions")
    shown = table("lag", "group", "topic", *numbers, numbers=numbers)
    for row in rows:
        committed = "-" if row.committed is None else f"{row.committed:,}"
        lag_text = mark(not row.lag, "-" if row.lag is None else f"{row.lag:,}")
        order = [mark(not value, "-" if value is None else f"{value:,}") for value in _shown(row, faults).values()]
        shown.add_row(row.group, row.topic, committed, f"{row.end:,}", lag_text, *order)
    out.print(shown)
