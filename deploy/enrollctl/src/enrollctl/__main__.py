"""The enrollctl program: registers every command, and turns failures into messages and exit codes."""

from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup

from enrollctl.commands.backup import databases
from enrollctl.commands.backup.backup import backup, restore
from enrollctl.commands.backup.rebuild import rebuild
from enrollctl.commands.demo import demo
from enrollctl.commands.ops import audit, dead_letters, evidence, jobs, maintenance
from enrollctl.commands.ops.person import person
from enrollctl.commands.ops.resume import resume
from enrollctl.commands.ops.token import token
from enrollctl.commands.roster import app as roster
from enrollctl.commands.stack.accounts import accounts
from enrollctl.commands.stack.down import down
from enrollctl.commands.stack.load_city import load_city
from enrollctl.commands.stack.migrate import migrate
from enrollctl.commands.stack.status import status
from enrollctl.commands.stack.up import up
from enrollctl.commands.streams import topics
from enrollctl.commands.streams.lag import lag
from enrollctl.errors import Failure
from enrollctl.terminal.console import err
from enrollctl.terminal.failures import failure_of
from enrollctl.workspace.folders import Folders

EXIT_CODES = (
    "Exit codes: 0 done; 1 a check or command failed; 2 wrong use; 3 no stack runs; 4 a component is unhealthy; "
    "130 ended with Ctrl-C."
)


class Commands(TyperGroup):
    """If a command raises a Failure, prints it as one sentence, and exits with the Failure's exit code."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except Failure as failure:
            _exit_with(failure)
        except Exception as error:
            if (known_failure := failure_of(error)) is None:
                raise
            _exit_with(known_failure)


def _exit_with(failure: Failure) -> NoReturn:
    err.print(str(failure), style="red", soft_wrap=True, markup=False, highlight=False)
    raise typer.Exit(int(failure.exit_code)) from failure


app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Run and watch the union enrollment platform on this machine, and operate its event streams.",
    epilog=EXIT_CODES,
)


@app.callback()
def common(
    context: typer.Context,
    directory: Annotated[
        Path | None,
        typer.Option(
            "--dir",
            envvar="UE_DIR",
            help="The stack's folder; each folder is a separate stack. Default: the project's .local",
        ),
    ] = None,
) -> None:
    # The default folder is not looked up here, because the lookup fails outside the project. Commands that need no
    # stack must work there, too. Commands that need a stack look the folder up themselves.
    context.obj = Folders(directory.resolve()) if directory else None


app.command()(up)
app.command()(down)
app.command()(status)
app.command()(migrate)
app.command()(accounts)
app.command()(token)
app.add_typer(topics.app, name="topics")
app.command()(lag)
app.command()(demo)
app.add_typer(roster, name="roster")
app.add_typer(dead_letters.app, name="dead-letters")
app.add_typer(jobs.app, name="jobs")
app.add_typer(audit.app, name="audit")
app.add_typer(evidence.app, name="evidence")
app.command()(resume)
app.command()(person)
app.add_typer(maintenance.app, name="maintenance")
app.command()(backup)
app.command()(restore)
app.command()(rebuild)
app.add_typer(databases.app, name="databases")
app.command("load-city")(load_city)


def main() -> None:
    app(prog_name="enrollctl")


if __name__ == "__main__":
    main()
