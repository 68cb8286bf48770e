"""Makes a flame graph of one stage, with all services side by side.

    make profile STAGE=submit PEOPLE=20000          stages: check, ready, confirm, submit, review, pay

py-spy reads the stacks of this process and of its children, the services. PostgreSQL and Kafka are not in the graph.
py-spy slows the services down. So the shares of the time in the graph are true, but the times themselves are not.
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.benchmark_stack import benchmark_stack
from bench.results import PART
from bench.rosters import roster_plan
from bench.walk import STAGES, Walk, wait_until_quiet
from enrollctl.errors import Failure

SEED = 1
SAMPLES_PER_SECOND = 200
WRITE_S = 120
PY_SPY = Path(sys.executable).parent / "py-spy"


@contextmanager
def recorded(graph: Path) -> Iterator[None]:
    """Sample this process and all its children while the context is open, then write the graph.

    Raises Failure if py-spy is not allowed to read the processes.
    """
    graph.parent.mkdir(parents=True, exist_ok=True)
    options = ["--subprocesses", "--rate", str(SAMPLES_PER_SECOND), "--output", str(graph)]
    command = [str(PY_SPY), "record", "--pid", str(os.getpid()), *options]
    spy = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert spy.stdout is not None
    output = ""
    while "Sampling process" not in output:
        line = spy.stdout.readline()
        if not line:
            raise Failure(f"py-spy needs root or the capability SYS_PTRACE:\n{output}")
        output += line
    try:
        yield
    finally:
        spy.send_signal(signal.SIGINT)
        spy.communicate(timeout=WRITE_S)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("stage", choices=STAGES)
    parser.add_argument("--people", type=int, default=20_000)
    parser.add_argument("--output", type=Path, default=Path(".local/profile"), help="a folder")
    options = parser.parse_args()
    graph = options.output / f"{options.stage}.svg"
    with tempfile.TemporaryDirectory(prefix="ue-profile-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o711)
        with benchmark_stack(folder / "stack") as stack:
            walk = Walk(stack, roster_plan(options.people, max(options.people // PART, 1), SEED, folder))
            walk.prepare()
            wait_until_quiet(stack)
            for stage, step in walk.steps().items():
                if stage == options.stage:
                    with recorded(graph):
                        step()
                    break
                step()
    print(f"open {graph} in a browser")
    return 0


if __name__ == "__main__":
    sys.exit(main())
