"""Starts one Kafka and one PostgreSQL, and runs a command whose processes all use them.

    python tests/support/with_parts.py COMMAND …

A parallel run of pytest has several processes. Without this program each of them would start servers of its own.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from support.infrastructure import kafka_server, postgres_server


def main(command: Sequence[str]) -> int:
    # Python itself ends at SIGTERM without leaving `with` blocks, and the servers would run on.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    with kafka_server() as kafka, postgres_server() as postgres:
        environment = os.environ | {"UE_TEST_KAFKA": kafka, "UE_TEST_POSTGRES": postgres}
        return subprocess.run(command, env=environment).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
