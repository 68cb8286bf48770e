"""Samples what the statements of the services wait for in PostgreSQL: locks, the disk, the WAL."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from bench.meters import Sql

EVERY_S = 0.1
#: A statement without a wait event runs on a core or waits for a core. An event of the type `Client` means that
#: PostgreSQL waits for the service.
SAMPLE = """
    SELECT datname AS database, coalesce(wait_event_type || ':' || wait_event, 'works') AS event, count(*) AS statements
    FROM pg_stat_activity
    WHERE state = 'active' AND backend_type = 'client backend' AND pid <> pg_backend_pid()
    GROUP BY 1, 2"""


class Waits:
    """`found`: (database, event) → how many statements were seen, over all samples. `samples`: the number of
    samples.
    """

    def __init__(self) -> None:
        self.found: Counter[tuple[str, str]] = Counter()
        self.samples = 0

    def add(self, rows: list[tuple[str, str, int]]) -> None:
        self.samples += 1
        for database, event, statements in rows:
            self.found[database, event] += statements

    def __str__(self) -> str:
        """The mean number of statements per sample for each event, the largest first. Rare events are left out."""
        means = [(name, count / max(self.samples, 1)) for name, count in self.found.most_common()]
        return ", ".join(f"{database} {event} {mean:.2f}" for (database, event), mean in means if mean >= 0.005)


@contextmanager
def sampled_waits(admin_url: str) -> Iterator[Waits]:
    """Sample in a thread while the context is open."""
    waits, stop = Waits(), threading.Event()

    def look() -> None:
        with Sql(admin_url) as sql:
            while not stop.wait(EVERY_S):
                waits.add([(row["database"], row["event"], row["statements"]) for row in sql.rows(SAMPLE)])

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield waits
    finally:
        stop.set()
        thread.join()
