"""A supervisor over stand-in services.

Usage: python stand_in_stack.py FOLDER [PROGRAM]. `PROGRAM`: the arguments with which Python runs each service.
"""

import sys
from pathlib import Path

from chassis.system import configure_logs
from enrollctl.commands.stack.up import stop_on_signals
from enrollctl.stack.services import ServiceSpec
from enrollctl.stack.stack_plan import StackPlan
from enrollctl.stack.startup import Startup
from enrollctl.terminal.progress import ProgressFile
from enrollctl.workspace.folders import Folders

PROGRAM = (str(Path(__file__).with_name("stand_in_service.py")),)
NAMES = ("first-svc", "second-svc")


def specs(program: tuple[str, ...] = PROGRAM) -> tuple[ServiceSpec, ...]:
    return tuple(ServiceSpec(name, program, has_owner_role=False) for name in NAMES)


if __name__ == "__main__":
    folders = Folders(Path(sys.argv[1]))
    configure_logs("enrollctl")
    plan = StackPlan(folders, demo=True, specs=specs(tuple(sys.argv[2:]) or PROGRAM))
    Startup(plan, ProgressFile(folders.progress).write, stop_on_signals()).run()
