"""`enrollctl roster`."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from enrollctl.roster.expected import HOLDS_ON, Expected
from enrollctl.roster.files import write_registry_csv, write_xlsx
from enrollctl.roster.roster_maker import MOST_ROWS, make_roster

app = typer.Typer(help="Make rosters for demos and tests.", no_args_is_help=True)


@app.callback()
def roster() -> None:
    """Make rosters for demos and tests."""


@app.command()
def make(
    rows: Annotated[int, typer.Option(min=1, max=MOST_ROWS, help="Data rows.")] = 2000,
    seed: Annotated[int, typer.Option(help="The same seed makes the same roster.")] = 7,
    out: Annotated[Path, typer.Option(help="The roster to write (xlsx).")] = Path("roster.xlsx"),
    registry: Annotated[Path, typer.Option(help="The registry records to write (csv).")] = Path("registry.csv"),
    plain: Annotated[bool, typer.Option("--plain", help="Only people who end up ready to be enrolled.")] = False,
    unit: Annotated[list[str] | None, typer.Option(help="A unit for the 单位 column; may be repeated.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the expected figures as JSON.")] = False,
) -> None:
    """Write a made-up roster and the registry records of its people, and print the figures to expect.

    From 200 rows on, the roster contains every case at least once: each card and employment status, other documents,
    holders of service cards, odd spellings, duplicates, and rows that the import rejects for many different reasons.
    """
    made = make_roster(rows, seed, plain=plain, units=unit or ())
    for path, write in ((out, write_xlsx), (registry, write_registry_csv)):
        try:
            write(made, path)
        except OSError as error:
            typer.echo(f"cannot write {path}: {error.strerror}; name a file in a folder that exists", err=True)
            raise typer.Exit(1) from error
    if as_json:
        files = {"roster": str(out), "registry": str(registry)}
        figures = {"expected": made.expected.as_dict(), "holds_on": HOLDS_ON}
        typer.echo(json.dumps(files | figures, ensure_ascii=False))
    else:
        Console().print(_table(made.expected, out, registry))


def _table(expected: Expected, out: Path, registry: Path) -> Table:
    table = Table(
        "figure",
        "people",
        title=f"{out} · {registry}",
        title_justify="left",
        caption=f"Holds on {HOLDS_ON}.",
        caption_justify="left",
    )
    figures = {
        "rows": expected.rows,
        "rejected rows": expected.rejected_rows,
        "imported": expected.imported,
        "excluded: retired": expected.excluded["retired"],
        "excluded: deceased": expected.excluded["deceased"],
        "excluded: not a resident id": expected.excluded["not_resident_id"],
        "待校验 to verify": expected.to_verify,
        "of these 待确认 to confirm": expected.to_confirm,
        "待提交 ready, social security card": expected.ready["social_security_card"],
        "待提交 ready, service card": expected.ready["service_card"],
    }
    for name, number in figures.items():
        table.add_row(name, f"{number:,}")
    return table
