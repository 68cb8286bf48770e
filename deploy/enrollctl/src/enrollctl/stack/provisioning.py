"""Adds accounts to the console of a stack, with the console's own command."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from enrollctl.errors import Failure
from enrollctl.stack.services import CONSOLE, SERVICES
from enrollctl.stack.stack import Stack
from enrollctl.workspace.files import last_lines

SECONDS = 180.0


def provision(stack: Stack, accounts: Sequence[dict[str, Any]]) -> None:
    """Add the accounts that do not exist yet, and wait until they are added. Raises Failure."""
    process = start_provisioning(stack, accounts)
    if process.wait(SECONDS):
        raise Failure(f"the console could not add the accounts:\n{last_lines(_log(stack))}")


def start_provisioning(stack: Stack, accounts: Sequence[dict[str, Any]]) -> "subprocess.Popen[bytes]":
    """Start to add the accounts. Does not wait for the command.

    The command takes some seconds, and needs most of this time to load its code. The passwords go over standard input,
    so that they are not in the list of processes.
    """
    console = stack.process_of(next(spec for spec in SERVICES if spec.name == CONSOLE))
    _log(stack).parent.mkdir(parents=True, exist_ok=True)
    with _log(stack).open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, *console.spec.program, "provision"],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            env=console.settings,
            start_new_session=True,
        )
    assert process.stdin is not None
    with process.stdin:
        process.stdin.write(json.dumps(list(accounts)).encode())
    return process


def _log(stack: Stack) -> Path:
    return stack.folders.log("accounts")
