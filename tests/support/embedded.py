"""Starts embedded Kafka and PostgreSQL servers with their data in a given folder."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from psutil import Process

from enrollctl.embedded.kafka import Kafka
from enrollctl.embedded.postgres import Postgres
from enrollctl.processes import processes
from enrollctl.processes.ports import choose_port
from enrollctl.workspace.files import last_lines

START_SECONDS = 90.0
PASSWORD = "embedded"


@contextmanager
def embedded_kafka(folder: Path) -> Iterator[Kafka]:
    """A broker whose data are in `folder`; the jars come from the checkout's cache."""
    kafka = Kafka(folder / "kafka", choose_port(), choose_port(), folder / "kafka.log")
    kafka.prepare()
    with running(kafka, folder / "kafka.log"):
        yield kafka


@contextmanager
def embedded_postgres(folder: Path, *, disposable: bool = False) -> Iterator[Postgres]:
    """A server whose data are in `folder`.

    `disposable`: True if the data must survive a kill of the server, but need not survive a crash of the machine.
    """
    settings = {"fsync": "off", "full_page_writes": "off"} if disposable else {}
    postgres = Postgres(folder / "postgres", choose_port(), PASSWORD, folder / "postgres.log", settings)
    postgres.prepare()
    with running(postgres, folder / "postgres.log"):
        yield postgres


@contextmanager
def running(part: Kafka | Postgres, log: Path) -> Iterator[None]:
    """Start the server, wait until it is ready, and stop it at the end in any case."""
    process = part.launch()
    try:
        deadline = time.monotonic() + START_SECONDS
        while part.reasons_not_ready():
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{part.name} did not start:\n{last_lines(log)}")
            time.sleep(0.05)
        yield
    finally:
        if process.poll() is None:
            how = part.stopping
            processes.end(Process(process.pid), polite=how.polite, grace=how.grace, last=how.last)
        process.wait()
