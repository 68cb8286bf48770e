"""Migrates every service's database to the revision of its code."""

import subprocess
import time
from collections.abc import Callable, Sequence

from enrollctl.errors import Failure
from enrollctl.stack.services import ServiceProcess
from enrollctl.workspace.files import last_lines

#: On a local stack, migrations take much less time. A migration that takes longer probably waits for a lock.
LONGEST_SECONDS = 300.0


def migrate_all(
    services: Sequence[ServiceProcess],
    *,
    each_time: Callable[[], None] = lambda: None,
    on_done: Callable[[str], None] = lambda _: None,
) -> list[str]:
    """Run the migrations of all services at the same time; return the names of the services, in the given order.

    `each_time` is called again and again during the wait, and can raise an error to end the wait. `on_done` is called
    with the name of each service whose migrations have succeeded. Raises Failure if migrations fail or take too long.
    """
    running = {service.name: (service, service.migrate()) for service in services}
    deadline = time.monotonic() + LONGEST_SECONDS
    try:
        while running:
            for name, (service, process) in list(running.items()):
                if process.poll() is not None:
                    del running[name]
                    _check(service, process)
                    on_done(name)
            each_time()
            if time.monotonic() > deadline:
                raise Failure(f"migrations take too long: {', '.join(running)}; see their logs")
            time.sleep(0.05)
    finally:
        for _, process in running.values():
            process.kill()
            process.wait()
    return [service.name for service in services]


def _check(service: ServiceProcess, process: subprocess.Popen[bytes]) -> None:
    if process.returncode:
        raise Failure(
            f"the migrations of {service.name} failed (exit code {process.returncode}); "
            f"the end of {service.log}:\n{last_lines(service.log)}"
        )
