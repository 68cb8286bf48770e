"""The program that starts the servers of a test run, ended before the tests are over (`timeout`, a canceled CI job)."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest

PROGRAM = Path(__file__).parents[1] / "support" / "with_parts.py"
COMMAND = [sys.executable, "-c", "import os, time; print(os.environ['UE_TEST_POSTGRES'], flush=True); time.sleep(600)"]


def test_servers_end_with_the_program_that_started_them():
    # The program starts no Kafka, because this test has one already. It starts a PostgreSQL of its own.
    environment = {name: value for name, value in os.environ.items() if name != "UE_TEST_POSTGRES"}
    environment["UE_TEST_KAFKA"] = "127.0.0.1:9"
    with subprocess.Popen(
        [sys.executable, PROGRAM, *COMMAND], env=environment, stdout=subprocess.PIPE, text=True
    ) as program:
        assert program.stdout is not None
        url = next(line.strip() for line in program.stdout if line.startswith("postgres"))
        asyncio.run(connect(url))
        program.terminate()
        assert program.wait() == 128 + signal.SIGTERM
    with pytest.raises((OSError, asyncpg.PostgresError)):
        asyncio.run(connect(url))


async def connect(url: str) -> None:
    await (await asyncpg.connect(url, timeout=10)).close()
