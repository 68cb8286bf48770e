"""Writes the report of a benchmark as text: the tables, the ratios and the closing line."""

from collections.abc import Mapping, Sequence
from typing import Any

from bench.meters import DRIVER
from bench.results import NOT_OURS, PART, RIVALS, ratios

INFRASTRUCTURE = ("postgres", "kafka")
TOP_STATEMENTS = 12
TOP_TABLES = 15


def lines_of(report: Mapping[str, Any]) -> list[str]:
    """The lines of the report that `run.py` writes to bench.json."""
    lines = ["", f"{'':10} {'people':>8} {'people/s, each round':>36} {'median':>10} {'CPU µs/person':>14}"]
    for name, row in report["rates"].items():
        rounds = "  ".join(f"{rate:,.0f}" for rate in row["rounds"])
        lines.append(f"{name:10} {row['people']:8,} {rounds:>36} {row['median']:10,.0f} {row['cpu_us']:14,.0f}")
    lines += ["", *_cost_table(report["cpu_us_by_stage"], report["seconds"], report["wal_bytes_by_stage"]), ""]
    person = report["per_person"]
    lines += [
        f"per person: CPU {person['cpu_us']:.0f} µs (the simulator: {person['cpu_us_simulator']:.0f} more), "
        f"WAL {person['wal_bytes']:,.0f} bytes (with the simulator's), "
        f"databases {person['database_bytes']:,.0f} bytes (the simulator: {person['database_bytes_simulator']:,.0f} "
        f"more), topics {person['topic_bytes']:,.0f} bytes, rows inserted, changed or deleted "
        f"{person['rows_written']:.1f}",
        f"per part of {PART} people: {person['transactions_per_part']:.0f} transactions",
        _idle(report["idle_cores"]),
        f"peak memory: {', '.join(f'{name} {mib} MiB' for name, mib in report['peak_mib'].items())}",
        *_tables(report["tables"]),
    ]
    if statements := report.get("statements"):
        lines += _statements(statements)
    for name, found in report.get("latency", {}).items():
        lines += [_latency(name, key, found) for key in ("hop_ms", "import_to_ready_ms")]
    return lines


def _cost_table(
    costs: Mapping[str, Mapping[str, float]], seconds: Mapping[str, float], wal: Mapping[str, float]
) -> list[str]:
    names = list(dict.fromkeys(name for stage in costs.values() for name in stage))
    services = [name for name in names if name not in (*INFRASTRUCTURE, *NOT_OURS)]
    shown = [*services, *(name for name in (*INFRASTRUCTURE, *NOT_OURS) if name in names)]
    rows = {stage: _cells(cost, shown, seconds.get(stage), wal[stage]) for stage, cost in costs.items()}
    sums = {name: sum(cost.get(name, 0) for cost in costs.values()) for name in names}
    rows["all"] = _cells(sums, shown, sum(seconds.values()), sum(wal.values()))
    head = "".join(f"{name.removesuffix('-svc'):>15}" for name in shown)
    lines = [
        "CPU µs per person; `ours` is the sum without the simulator and the driver",
        f"{'stage':10}{'seconds':>9}{'WAL bytes':>11}{'ours':>9}{head}",
    ]
    return lines + [f"{stage:10}{cells}" for stage, cells in rows.items()]


def _cells(cost: Mapping[str, float], shown: Sequence[str], seconds: float | None, wal: float) -> str:
    ours = sum(us for name, us in cost.items() if name not in NOT_OURS)
    spent = "" if seconds is None else f"{seconds:.1f}"
    return f"{spent:>9}{wal:11,.0f}{ours:9.0f}" + "".join(f"{cost.get(name, 0):15.0f}" for name in shown)


def _tables(tables: Mapping[str, Mapping[str, float]]) -> list[str]:
    heads = ("bytes", "inserted", "updated", "updated_in_place", "deleted")
    head = "".join(f"{name.replace('_', ' '):>18}" for name in heads)
    lines = ["", "Per person, the largest tables with their indexes; `updated in place`: updates that changed no index"]
    lines.append(f"{'':42}{head}")
    for name, table in list(tables.items())[:TOP_TABLES]:
        cells = "".join(f"{table[key]:18,.{0 if key == 'bytes' else 2}f}" for key in heads)
        lines.append(f"{name:42}{cells}")
    return [*lines, ""]


def _idle(cores: Mapping[str, float]) -> str:
    used = {name: share for name, share in cores.items() if name != DRIVER}
    parts = ", ".join(f"{name} {share:.1%}" for name, share in used.items())
    return f"idle: {sum(used.values()):.1%} of a core ({parts})"


def _statements(found: Mapping[str, Any]) -> list[str]:
    by_database = ", ".join(f"{name} {count:.0f}" for name, count in found["per_part"].items())
    lines = [
        f"statements per part of {PART} people, from PostgreSQL's log of a walk of {found['people']:,} people: "
        f"{by_database}; the most frequent:"
    ]
    top = found["most_frequent"][:TOP_STATEMENTS]
    return lines + [f"  {row['per_part']:7.1f}  {row['database']:15} {row['text']}" for row in top]


def _latency(name: str, key: str, found: Mapping[str, Any]) -> str:
    values = ", ".join(f"{which} {value:.0f} ms" for which, value in found[key].items())
    return f"latency {name}, {key.removesuffix('_ms').replace('_', ' ')} ({found['samples']} people): {values}"


def beside_others(rates: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """For each opponent that `--others` runs in a second form, too: the rate and the CPU time of the project's
    opponent, divided by those of the second form. The name of the second form ends with `*`.
    """
    lines = []
    for name in [name for name in rates if f"{name}*" in rates]:
        one, other = rates[name], rates[f"{name}*"]
        rate, cpu = ratios(one["rounds"], other["rounds"]), one["cpu_us"] / other["cpu_us"]
        lines.append(f"{name}/{name}*: rate {rate:.2f}, CPU per person {cpu:.2f}")
    return lines


def compared(figures: Mapping[str, float], recorded: Mapping[str, Any] | None) -> list[str]:
    """The ratios of this run beside those of the recorded run."""
    if recorded is None:
        return ["There is no recorded run."]
    lines = [f"{'':24} {'this run':>10} {'recorded':>10}   ({recorded['when']}, {recorded['note']})"]
    for name, value in figures.items():
        if name != "ours":
            before = recorded["summary"].get(name)
            lines.append(f"{name:24} {_ratio(value):>10} {'-' if before is None else _ratio(before):>10}")
    return lines


def closing_line(figures: Mapping[str, float]) -> str:
    pairs = [f"ours/{name}={_ratio(figures[f'ours/{name}'])}" for name in RIVALS if f"ours/{name}" in figures]
    return f"bench: ours={figures['ours']:.0f} people/s {' '.join(pairs)}"


def _ratio(value: float) -> str:
    return f"{value:.3f}" if value < 1 else f"{value:.1f}"
