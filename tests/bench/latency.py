"""Measures latencies of single people: the time of a hop, and the time from an import to 待提交.

A hop is the time from the producer's commit of an event to the consumer's commit of the same event. All times are
commit times of PostgreSQL, except the time of the click that starts an import. So it changes no latency when this
program polls.
"""

import math
import random
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from bench.meters import Meters, Sql
from bench.rosters import Seeds, plan_of, roster_plan, write_one_row
from bench.walk import Walk
from contracts.topics import MEMBERS, STATUSES
from enrollctl.errors import Failure
from enrollctl.roster.roster_maker import make_roster
from enrollctl.roster.rows import Row
from enrollctl.stack.stack import Stack

POLL_S = 0.01
LONGEST_S = 60.0
#: The longest pause before a sample. The length of each pause is random, so that the samples do not always begin at the
#: same point of a service's timer.
LONGEST_PAUSE_S = 0.3
#: The number of people in each roster that `half_load` sends through the stages.
LOAD_PEOPLE = 1000


@dataclass(frozen=True, slots=True)
class Hop:
    """A topic whose key is the unit, with the databases of its producer and of one consumer."""

    topic: str
    producer: str
    consumer: str


#: The hops of an import. The person is in 待提交 when enrollment-svc has handled both topics.
HOPS = (
    Hop(MEMBERS.name, "member_svc", "enrollment_svc"),
    Hop(MEMBERS.name, "member_svc", "status_checker"),
    Hop(STATUSES.name, "status_checker", "enrollment_svc"),
)
DATABASES = ("member_svc", "status_checker", "enrollment_svc")
READY_IN = "enrollment_svc"
PUBLISHED = """
    SELECT last, extract(epoch FROM pg_xact_commit_timestamp(xmin))::float AS at
    FROM outbox_sequences WHERE topic = $1 AND key = $2
"""
HANDLED = """
    SELECT last, extract(epoch FROM pg_xact_commit_timestamp(xmin))::float AS at
    FROM inbox_positions WHERE topic = $1 AND key = $2
"""


@dataclass(slots=True)
class Latencies:
    """Seconds, one value for each sample."""

    hop: list[float] = field(default_factory=list)
    import_to_ready: list[float] = field(default_factory=list)


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest of `values` for which at least `percent` % of all values are equal or smaller."""
    ordered = sorted(values)
    return ordered[max(math.ceil(len(ordered) * percent / 100) - 1, 0)]


def percentiles(values: Sequence[float]) -> dict[str, float]:
    """p50, p95, p99 and the maximum, in milliseconds; empty for no values."""
    if not values:
        return {}
    found = {f"p{percent}": percentile(values, percent) for percent in (50, 95, 99)} | {"max": max(values)}
    return {name: round(value * 1000, 1) for name, value in found.items()}


class Sampler:
    """Imports people one by one into one unit. The first import is not counted, because it opens connections."""

    def __init__(self, stack: Stack, meters: Meters, samples: int, folder: Path, seeds: Seeds) -> None:
        roster = make_roster(samples + 1, seeds.next(), plain=True)
        self.walk = Walk(stack, plan_of(roster, folder))
        self.walk.prepare()
        self._rows = list(roster.rows())
        self._file = folder / "one-person.xlsx"
        self._key = str(self.walk.union.units[0][0])
        self._meters = meters

    def measure(self) -> Latencies:
        """Import everybody. Raises Failure if somebody does not reach 待提交."""
        found = Latencies()
        with ExitStack() as stack:
            databases = {name: stack.enter_context(self._meters.sql_of(name)) for name in DATABASES}
            for number, row in enumerate(self._rows):
                self._import(row, databases, found if number else Latencies())
        if self.walk.ready() != len(self._rows):
            raise Failure(f"{self.walk.ready()} people are in 待提交, not {len(self._rows)}")
        return found

    def _import(self, row: Row, databases: dict[str, Sql], found: Latencies) -> None:
        write_one_row(row, self._file)
        self.walk.plan = replace(self.walk.plan, roster=self._file)
        self.walk.upload_and_check()
        time.sleep(random.uniform(0, LONGEST_PAUSE_S))
        before = {hop: self._handled(databases[hop.consumer], hop)[0] for hop in HOPS}
        clicked = time.time()
        self.walk.handler.act("member-svc", f"/imports/{self.walk.import_id}/confirm", {})
        ends = {hop: self._await_handled(databases[hop.consumer], hop, before[hop]) for hop in HOPS}
        for hop, (last, ended) in ends.items():
            published = databases[hop.producer].rows(PUBLISHED, hop.topic, self._key)[0]
            # If the sequence numbers differ, the producer has already published a further event of this key.
            if published["last"] == last:
                found.hop.append(ended - published["at"])
        found.import_to_ready.append(
            max(ended for hop, (_, ended) in ends.items() if hop.consumer == READY_IN) - clicked
        )
        self.walk.wait("import", lambda: self.walk.imported()["state"]["code"] == "applied")

    def _handled(self, database: Sql, hop: Hop) -> tuple[int, float]:
        """The last sequence number that the consumer has handled, and the time of its commit; (0, 0.0) if it has
        handled none.
        """
        rows = database.rows(HANDLED, hop.topic, self._key)
        return (rows[0]["last"], rows[0]["at"]) if rows else (0, 0.0)

    def _await_handled(self, database: Sql, hop: Hop, before: int) -> tuple[int, float]:
        deadline = time.monotonic() + LONGEST_S
        while (found := self._handled(database, hop))[0] <= before:
            if time.monotonic() > deadline:
                raise Failure(f"{hop.consumer} did not handle an event of {hop.topic} within {LONGEST_S:.0f} s")
            time.sleep(POLL_S)
        return found


@contextmanager
def half_load(stack: Stack, folder: Path, seeds: Seeds) -> Iterator[list[float]]:
    """Rosters pass all six stages one after another. After each roster comes a pause as long as the roster needed.

    Yields a list to which the seconds of each roster are added.
    """
    stop, walks, failures = threading.Event(), list[float](), list[Exception]()

    def load() -> None:
        try:
            while not stop.is_set():
                walk = Walk(stack, roster_plan(LOAD_PEOPLE, 1, seeds.next(), folder))
                walk.prepare()
                started = time.monotonic()
                for step in walk.steps().values():
                    step()
                walks.append(time.monotonic() - started)
                stop.wait(walks[-1])
        except Exception as error:
            failures.append(error)

    thread = threading.Thread(target=load)
    thread.start()
    try:
        yield walks
    finally:
        stop.set()
        thread.join()
    if failures:
        raise failures[0]


def latencies(stack: Stack, meters: Meters, samples: int, folder: Path, seeds: Seeds) -> dict[str, Any]:
    """Percentiles in milliseconds, while nothing else happens."""
    found = Sampler(stack, meters, samples, folder, seeds).measure()
    return {
        "samples": len(found.import_to_ready),
        "hop_ms": percentiles(found.hop),
        "import_to_ready_ms": percentiles(found.import_to_ready),
    }


def latencies_at_half_load(stack: Stack, meters: Meters, samples: int, folder: Path, seeds: Seeds) -> dict[str, Any]:
    """Percentiles in milliseconds, while rosters pass all stages during half of the time."""
    with half_load(stack, folder, seeds) as walks:
        found = latencies(stack, meters, samples, folder, seeds)
    return found | {"load_people": LOAD_PEOPLE * len(walks), "load_seconds": sum(walks)}
