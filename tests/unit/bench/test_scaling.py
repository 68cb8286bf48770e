"""What the benchmarks of growth, of a season and of costs compute from measurements."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bench.meters import Books
from bench.scaling.costs import Person, Prices, cost_of, person_of
from bench.scaling.growth import rosters
from bench.scaling.growth_table import COLUMNS, row_of, shares_of
from bench.scaling.replicas import BalancedStack
from bench.scaling.season import Season, Stage, stages_of
from bench.walk import ALL, TAIL, WalkFigures


def walk() -> WalkFigures:
    """A walk (a roster's way through all stages) of 2,000 people in 4 seconds. member-svc has two replicas."""
    used = {"member-svc": 0.6, "member-svc+2": 0.4, "postgres": 1.0, "simulator": 8.0}
    return WalkFigures(
        people=2_000,
        seconds={ALL: 4.0},
        cpu={ALL: used, TAIL: dict.fromkeys(used, 0.0)},
        wal={ALL: 4_000_000, TAIL: 0},
        before=Books({"member_svc": 0, "simulator": 0}, {"member_svc": 0}, {"member_svc": 0, "simulator": 0}),
        after=Books({"member_svc": 6_000_000, "simulator": 9}, {"member_svc": 8}, {"member_svc": 0, "simulator": 0}),
        problems=["the services disagree"],
    )


def test_the_row_of_a_roster_counts_all_replicas_and_leaves_the_simulator_out():
    row = dict(zip(COLUMNS, row_of(walk()).split(), strict=True))
    assert (row["people"], row["seconds"], row["people/s"]) == ("2,000", "4", "500")
    assert (row["CPU µs"], row["WAL B"], row["DB B"], row["wrong"]) == ("1,000", "2,000", "3,000", "1")


def test_the_shares_of_replicas_stand_side_by_side():
    assert shares_of(walk()).startswith("member-svc 300+200, postgres 500, ")


def test_rosters_have_all_people_and_at_most_100_000_each():
    assert rosters(10_000) == [10_000]
    assert rosters(250_000) == [100_000, 100_000, 50_000]


def test_requests_go_to_the_replicas_in_turn():
    stack: Any = SimpleNamespace(folders=None, urls={"member-svc": "http://first", "simulator": "http://simulator"})
    copy: Any = SimpleNamespace(spec=SimpleNamespace(name="member-svc"), port=7)
    balanced = BalancedStack(stack, [copy], {})
    found = [balanced.url("member-svc") for _ in range(3)]
    assert found == ["http://first", "http://127.0.0.1:7", "http://first"]
    assert {balanced.url("simulator") for _ in range(3)} == {"http://simulator"}


def test_the_cost_of_a_million_people():
    report = {"per_person": {"cpu_us": 360, "database_bytes": 2_000, "wal_bytes": 5_000, "topic_bytes": 1_000}}
    person = person_of(report)
    assert person == Person(0.00036, 2_000, 5_000, 1_000)
    cost = cost_of(1_000_000, person, Prices(core_hour=10, gb_month=1), database_copies=2, topic_copies=3)
    assert (cost.cpu_hours, cost.database_gb, cost.wal_gb, cost.topic_gb) == pytest.approx((0.1, 2.0, 5.0, 1.0))
    assert cost.money == pytest.approx(0.1 * 10 + (2 * 2 + 1 * 3) * 12)


def test_a_season_takes_the_stages_of_a_report_without_the_simulator(tmp_path: Path):
    cpu = {name: {"member-svc": 0.1, "simulator": 5.0, "driver": 5.0} for name in ("ready", "tail")}
    report = tmp_path / "bench.json"
    report.write_text(json.dumps({"walks": [{"people": 100, "cpu": cpu}]}))
    assert [(stage.name, stage.seconds) for stage in stages_of(report)] == [("ready", pytest.approx(0.001))]


def test_everybody_is_done_after_a_season():
    stages = [Stage("ready", 0.001), Stage("submit", 0.002)]
    Season(stages, cores=2, people=1_000_000).run()
    assert [stage.done for stage in stages] == pytest.approx([1_000_000, 1_000_000])
    assert [stage.waiting for stage in stages] == pytest.approx([0, 0])
