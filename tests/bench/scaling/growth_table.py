"""Writes one line of a table for each roster: what the roster cost per person."""

from bench.results import MICRO, per_person
from bench.walk import WalkFigures

COLUMNS = ("people", "seconds", "people/s", "CPU µs", "WAL B", "DB B", "topics B", "wrong")
HEAD = "".join(f"{column:>10}" for column in COLUMNS)


def row_of(walk: WalkFigures) -> str:
    """The figures of a roster under HEAD. CPU time and bytes in databases include the project's services, PostgreSQL
    and Kafka, but not the simulator and the driver. The WAL includes what the simulator writes.
    """
    cost, seconds = per_person([walk]), sum(walk.seconds.values())
    values = (
        walk.people,
        seconds,
        walk.people / seconds,
        cost["cpu_us"],
        cost["wal_bytes"],
        cost["database_bytes"],
        cost["topic_bytes"],
        len(walk.problems),
    )
    return "".join(f"{value:>10,.0f}" for value in values)


def shares_of(walk: WalkFigures) -> str:
    """The CPU µs per person of each component. The figures of a service's replicas are joined by `+`."""
    used: dict[str, list[float]] = {}
    for name in dict.fromkeys(name for stage in walk.cpu.values() for name in stage):
        seconds = sum(stage.get(name, 0.0) for stage in walk.cpu.values())
        used.setdefault(name.partition("+")[0], []).append(seconds * MICRO / walk.people)
    return ", ".join(f"{name} {'+'.join(f'{us:.0f}' for us in shares)}" for name, shares in used.items())
