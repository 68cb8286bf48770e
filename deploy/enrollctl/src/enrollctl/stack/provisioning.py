"""Adds accounts to the console of a stack, with the console's own command."""

import json
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

from enrollctl.errors import Failure
from enrollctl.stack.services import CONSOLE, SERVICES, Addresses, environment
from enrollctl.stack.stack import Stack

SECONDS = 60.0


def provision(stack: Stack, accounts: Sequence[dict[str, Any]]) -> None:
    """Add those accounts that do not exist. Passwords go over standard input, never into the list of processes."""
    state = stack.state()
    spec = next(spec for spec in SERVICES if spec.name == CONSOLE)
    ports = {name: port for name, port in state.ports.items() if name in {one.name for one in SERVICES}}
    addresses = Addresses(state.kafka_bootstrap, {CONSOLE: stack.database_url(CONSOLE)}, ports)
    done = subprocess.run(
        [sys.executable, *spec.program, "provision"],
        input=json.dumps(list(accounts)).encode(),
        env=environment(spec, addresses, stack.folders, demo=state.demo),
        capture_output=True,
        timeout=SECONDS,
        check=False,
    )
    if done.returncode:
        last = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:]
        raise Failure(f"the console could not add the accounts: {' '.join(last)}")
