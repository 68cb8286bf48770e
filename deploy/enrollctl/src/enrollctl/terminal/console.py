"""The output of commands: tables for people, JSON for scripts. Progress goes to standard error."""

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars
from rich.table import Table
from rich.text import Text

from enrollctl.errors import Exit
from enrollctl.terminal.progress import Progress, ProgressCallback, StepState
from enrollctl.workspace.folders import Folders
from enrollctl.workspace.project import stack_folders

# A file or a pipe has no width, so a table gets 160 columns in it.
out = Console(width=None if sys.stdout.isatty() else 160)
err = Console(stderr=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for scripts instead of a table.")]


def folders_of(context: typer.Context) -> Folders:
    """The stack's folder: the option --dir, else `.local` of the project that contains the current folder."""
    return context.find_object(Folders) or stack_folders(Path.cwd())


def print_json(value: Any) -> None:
    sys.stdout.write(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode() + "\n")


def print_json_line(value: Any) -> None:
    sys.stdout.write(orjson.dumps(value).decode() + "\n")
    sys.stdout.flush()


def table(title: str, *columns: str, numbers: Sequence[str] = ()) -> Table:
    """An empty table. Columns named in `numbers` are aligned right."""
    empty = Table(title=title, title_justify="left", header_style="bold")
    for column in columns:
        empty.add_column(column, justify="right" if column in numbers else "left", overflow="fold")
    return empty


def minute(instant: str) -> str:
    """Date, hour and minute of an instant, which a service has sent as text."""
    return instant[:16].replace("T", " ")


def mark(good: bool, text: str) -> Text:
    return Text(text, style="green" if good else "red")


def leave(code: Exit) -> None:
    """End the command with an exit code and no error message. With Exit.OK, do nothing."""
    if code is not Exit.OK:
        raise typer.Exit(int(code))


@contextmanager
def shown_progress() -> Iterator[ProgressCallback]:
    """A callback that shows progress: bars on a terminal, else one line for each finished step."""
    if not err.is_terminal:
        yield _lines_callback()
        return
    columns = (SpinnerColumn(finished_text="✓"), TextColumn("{task.fields[name]:<15}"))
    with Bars(*columns, BarColumn(20), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}"),
              console=err) as bars:  # fmt: skip
        yield _bars_callback(bars)


def _lines_callback() -> ProgressCallback:
    started_at: dict[str, float] = {}

    def on_progress(progress: Progress) -> None:
        start = started_at.setdefault(progress.step, time.monotonic())
        if progress.state is not StepState.RUNNING:
            sign = "✓" if progress.state is StepState.DONE else "✗"
            err.print(
                Text(f"{sign} {progress.step:<15} {time.monotonic() - start:5.1f} s  {progress.detail}"), soft_wrap=True
            )

    return on_progress


def _bars_callback(bars: Bars) -> ProgressCallback:
    tasks: dict[str, TaskID] = {}

    def on_progress(progress: Progress) -> None:
        if progress.step not in tasks:
            tasks[progress.step] = bars.add_task("", name=progress.step, total=progress.total)
        task = tasks[progress.step]
        bars.update(task, description=progress.detail)
        if progress.total is not None:
            bars.update(task, total=progress.total, completed=progress.done or 0)
        if progress.state is StepState.DONE:
            bars.update(task, total=progress.total or 1, completed=progress.total or 1)
        elif progress.state is StepState.FAILED:
            bars.update(task, description=f"[red]✗ {progress.detail}")
            bars.stop_task(task)

    return on_progress
