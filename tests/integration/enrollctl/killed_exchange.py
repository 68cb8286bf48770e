"""A process that runs a rebuild or a bring-back, and kills itself at the nth progress message.

A rebuild makes a service's database anew. A bring-back puts the old database, which was set aside, into use again.

Usage: python killed_exchange.py FOLDER SERVICE COMMAND NTH
"""

import os
import signal
import sys
from itertools import count
from pathlib import Path

from integration.enrollctl.stand_in_stack import specs

from enrollctl.backup.bring_back import BringBack
from enrollctl.backup.rebuild import RebuildOfService
from enrollctl.stack.stack import Stack
from enrollctl.terminal.progress import Progress

if __name__ == "__main__":
    root, service, command, nth = sys.argv[1:]
    numbers = count(1)

    def on_progress(_: Progress) -> None:
        if next(numbers) == int(nth):
            os.kill(os.getpid(), signal.SIGKILL)

    stack = Stack.attach(Path(root))
    spec = next(one for one in specs() if one.name == service)
    if command == "rebuild":
        RebuildOfService(stack, spec, None, on_progress).run()
    else:
        BringBack(stack, spec, on_progress).run(None, yes=True)
