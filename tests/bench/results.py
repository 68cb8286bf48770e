"""Calculates the medians, ratios and costs of a benchmark from its measurements."""

import statistics
from collections.abc import Iterable, Mapping, Sequence

from bench.meters import DRIVER
from bench.walk import STAGES, TAIL, WalkFigures

#: The opponents, in the order in which the printed table shows them.
RIVALS = ("floor", "textbook", "durable")
MICRO = 1_000_000
PART = 500
#: The simulator plays the registries and the center. The report shows the simulator's cost, but does not count it as a
#: cost of the project.
STAND_IN = "simulator"
NOT_OURS = (STAND_IN, DRIVER)


def ratios(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """The median of `ours` divided by `theirs`, round by round. The two rates of a round were measured close together.

    So both were measured while the machine was equally busy with other work.
    """
    return statistics.median(one / other for one, other in zip(ours, theirs, strict=True))


def summary(walks: Sequence[WalkFigures], rivals: Mapping[str, Sequence[float]]) -> dict[str, float]:
    """Name → figure of the last line that a run prints. Rates are in people per second."""
    ours, ready = [walk.rate for walk in walks], [walk.rate_to_ready for walk in walks]
    found = {"ours": statistics.median(ours)}
    found |= {f"ours/{name}": ratios(ours, rivals[name]) for name in RIVALS if name in rivals}
    if "floor" in rivals:
        found["import_to_ready/floor"] = ratios(ready, rivals["floor"])
    return found


def medians(tables: Iterable[Mapping[str, float]]) -> dict[str, float]:
    """Name → the median of its values in the tables. If a table lacks a name, its value there is 0."""
    rows = list(tables)
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: statistics.median(row.get(name, 0) for row in rows) for name in names}


def cost_by_stage(walks: Sequence[WalkFigures]) -> dict[str, dict[str, float]]:
    """Stage → component → CPU µs per person, as medians over the rounds."""
    return {
        stage: medians({name: s * MICRO / walk.people for name, s in walk.cpu[stage].items()} for walk in walks)
        for stage in (*STAGES, TAIL)
    }


def per_person(walks: Sequence[WalkFigures]) -> dict[str, float]:
    """Sums over all stages, divided by the number of people, as medians over the rounds."""
    return medians(_sums(walk) for walk in walks)


def by_table(walks: Sequence[WalkFigures]) -> dict[str, dict[str, float]]:
    """Table → bytes and written rows per person, as medians over the rounds. The largest table comes first."""
    names = dict.fromkeys(name for walk in walks for name in walk.after.tables)
    found = {name: medians(_table(walk, name) for walk in walks) for name in names}
    return dict(sorted(found.items(), key=lambda item: -item[1]["bytes"]))


def _table(walk: WalkFigures, name: str) -> dict[str, float]:
    before = walk.before.tables.get(name, {})
    return {key: (value - before.get(key, 0)) / walk.people for key, value in walk.after.tables[name].items()}


def wal_by_stage(walks: Sequence[WalkFigures]) -> dict[str, float]:
    """Stage → bytes of WAL per person, as medians over the rounds."""
    return medians({stage: size / walk.people for stage, size in walk.wal.items()} for walk in walks)


def _sums(walk: WalkFigures) -> dict[str, float]:
    stored = {name: size - walk.before.database_bytes[name] for name, size in walk.after.database_bytes.items()}
    written = {name: rows - walk.before.written[name] for name, rows in walk.after.written.items()}
    of_ours = [name for name in stored if name != STAND_IN]
    cpu = {name: sum(stage[name] for stage in walk.cpu.values()) for name in walk.cpu[TAIL]}
    transactions = sum(walk.after.transactions[name] - walk.before.transactions[name] for name in of_ours)
    sums = {
        "cpu_us": sum(s for name, s in cpu.items() if name not in NOT_OURS) * MICRO,
        "cpu_us_simulator": cpu.get(STAND_IN, 0.0) * MICRO,
        "wal_bytes": sum(walk.wal.values()),
        "database_bytes": sum(stored[name] for name in of_ours),
        "database_bytes_simulator": stored.get(STAND_IN, 0),
        "topic_bytes": walk.after.topic_bytes - walk.before.topic_bytes,
        "rows_written": sum(written[name] for name in of_ours),
        "transactions_per_part": transactions * PART,
    }
    return {name: value / walk.people for name, value in sums.items()}
