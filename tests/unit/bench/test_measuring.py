"""Percentiles, CPU times and sizes, as the benchmark reads them."""

import os
import time
from pathlib import Path

from bench.latency import percentile, percentiles
from bench.meters import peak_bytes, topic_bytes
from bench.processes import MachineTimes, differences, tree_seconds
from bench.rosters import Seeds, roster_plan, write_one_row
from enrollctl.demo.inputs.roster_file import read_roster
from enrollctl.roster.roster_maker import make_roster


def test_a_percentile_is_a_value_of_the_sample():
    values = [float(number) for number in range(1, 101)]
    assert [percentile(values, percent) for percent in (50, 95, 99, 100)] == [50, 95, 99, 100]
    assert percentile([7.0], 99) == 7.0


def test_percentiles_are_in_milliseconds():
    assert percentiles([0.1, 0.2]) == {"p50": 100, "p95": 200, "p99": 200, "max": 200}
    assert percentiles([]) == {}


def test_the_time_of_an_ended_child_counts():
    before = tree_seconds(os.getpid())
    child = os.fork()
    if child == 0:
        while time.process_time() < 0.3:
            pass
        os._exit(0)
    os.waitpid(child, 0)
    assert tree_seconds(os.getpid()) - before >= 0.2


def test_a_process_that_does_not_exist_used_nothing():
    assert tree_seconds(2**22 + 1) == 0


def test_differences():
    assert differences({"a": 3.0, "b": 1.0}, {"a": 1.0}) == {"a": 2.0, "b": 1.0}


def test_the_share_of_other_programs():
    cores = os.cpu_count() or 1
    before, after = MachineTimes(0, 0, 0), MachineTimes(10, cores * 10, cores * 4)
    assert after.others_since(before) == 0.6
    assert before.others_since(before) == 0.0


def test_the_bytes_of_some_topics(tmp_path: Path):
    for partition, size in (("members.batches.v1-0", 5), ("members.batches.v1-11", 7), ("other-0", 9)):
        (tmp_path / partition).mkdir()
        (tmp_path / partition / "0.log").write_bytes(b"x" * size)
        (tmp_path / partition / "0.index").write_bytes(b"x" * 100)
    assert topic_bytes(tmp_path, {"members.batches.v1"}) == 12


def test_the_peak_of_the_memory(tmp_path: Path):
    (tmp_path / "status").write_text("VmSize:\t  9 kB\nVmHWM:\t  121532 kB\n")
    assert peak_bytes(tmp_path / "status") == 121532 * 1024
    assert peak_bytes(tmp_path / "no-such-file") == 0


def test_a_roster_has_the_units_of_its_plan(tmp_path: Path):
    plan = roster_plan(60, 3, 1, tmp_path)
    assert sorted(read_roster(plan.roster).units) == sorted(plan.units)
    assert len(plan.units) == 3


def test_one_row_of_a_roster(tmp_path: Path):
    row = list(make_roster(5, 1, plain=True).rows())[3]
    write_one_row(row, tmp_path / "one.xlsx")
    assert read_roster(tmp_path / "one.xlsx").numbers == {row.person.number}


def test_seeds_differ():
    seeds = Seeds(7)
    assert [seeds.next(), seeds.next()] == [7, 8]
