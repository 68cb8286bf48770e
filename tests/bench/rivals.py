"""Runs an opponent as a separate program with an empty database, and removes the database and topics that it leaves."""

import asyncio
import re
import resource
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from bench.meters import Meters, Reading
from enrollctl.errors import Failure
from enrollctl.processes import processes
from enrollctl.stack.databases import database_named
from enrollctl.stack.stack import Stack
from enrollctl.streams.kafka_admin import kafka_admin

OPPONENTS = Path(__file__).parent / "opponents"
DATABASE = "opponents"
LONGEST_S = 1800
RATE = re.compile(r"^\w+ ([\d.]+) (?:people|members)/s$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class RivalFigures:
    """`cpu`: CPU seconds of each server. The entry `program` has those of the opponent's process, including its start
    and imports.
    """

    people: int
    rate: float
    cpu: dict[str, float]
    wal: int


def rate_in(output: str) -> float:
    """The people per second that an opponent has printed. Raises ValueError if it has printed none."""
    found = RATE.search(output)
    if found is None:
        raise ValueError(f"no line such as `floor 20000 people/s` in {output!r}")
    return float(found[1])


def run_rival(program: Path, people: int, stack: Stack, meters: Meters) -> RivalFigures:
    """Run an opponent and measure it. Raises Failure if the program fails."""
    meters.sql.run(f"CREATE DATABASE {DATABASE}")
    topics = asyncio.run(_topics(stack.kafka_bootstrap))
    meters.checkpoint()
    before = meters.read()
    try:
        rate, program_s = _run(program, people, stack)
        after = meters.read()
    finally:
        meters.sql.run(f"DROP DATABASE {DATABASE} WITH (FORCE)")
        asyncio.run(_delete_new_topics(stack.kafka_bootstrap, topics))
    return RivalFigures(people, rate, _servers(before, after) | {"program": program_s}, after.wal - before.wal)


def _servers(before: Reading, after: Reading) -> dict[str, float]:
    return {name: after.cpu[name] - before.cpu[name] for name in ("postgres", "kafka")}


def _run(program: Path, people: int, stack: Stack) -> tuple[float, float]:
    url = database_named(stack.admin_database_url, DATABASE)
    command = [sys.executable, str(program), stack.kafka_bootstrap, url, str(people)]
    environment = processes.inherited_environment() | {"PGSSLMODE": "disable"}
    before = _children_seconds()
    done = subprocess.run(command, capture_output=True, text=True, timeout=LONGEST_S, env=environment)
    try:
        if done.returncode:
            raise ValueError(f"exit code {done.returncode}")
        return rate_in(done.stdout), _children_seconds() - before
    except ValueError as error:
        raise Failure(f"{program} failed: {error}\n{done.stderr[-2000:]}") from None


def _children_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


async def _topics(bootstrap: str) -> set[str]:
    async with kafka_admin(bootstrap) as admin:
        return set(await admin.list_topics())


async def _delete_new_topics(bootstrap: str, before: set[str]) -> None:
    async with kafka_admin(bootstrap) as admin:
        if new := sorted(set(await admin.list_topics()) - before):
            await admin.delete_topics(new)
