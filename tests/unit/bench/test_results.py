"""A benchmark's medians, ratios and costs per person, and the lines that report them."""

import pytest

from bench import results, table
from bench.meters import Books
from bench.rivals import rate_in
from bench.walk import STAGES, TAIL, WalkFigures

UPDATES = ("updated", "updated_in_place", "deleted")


def walk(seconds: float, *, people: int = 1000) -> WalkFigures:
    """A walk whose stages take `seconds` each. Each component uses 0.1 s of CPU time in each stage."""
    components = ("member-svc", "postgres", "simulator", "driver")
    before = Books(
        {"member_svc": 100, "simulator": 0}, {"member_svc": 0, "simulator": 0}, {"member_svc": 5, "simulator": 0}
    )
    after = Books(
        {"member_svc": 2_000_100, "simulator": 500_000},
        {"member_svc": 20, "simulator": 70},
        {"member_svc": 3005, "simulator": 9},
        topic_bytes=800_000,
        tables={
            "member_svc.imports": {"bytes": 8_000, "inserted": 1, "updated": 4, "updated_in_place": 3, "deleted": 0},
            "member_svc.members": {"bytes": 1_000_000, "inserted": people} | dict.fromkeys(UPDATES, 0),
        },
    )
    return WalkFigures(
        people=people,
        seconds=dict.fromkeys(STAGES, seconds),
        cpu={stage: dict.fromkeys(components, 0.1) for stage in (*STAGES, TAIL)},
        wal=dict.fromkeys((*STAGES, TAIL), 1_000),
        before=before,
        after=after,
    )


def test_a_ratio_is_the_median_of_the_rounds_ratios():
    """In the second round the machine was slow. So both programs were slow, and their ratio did not change."""
    assert results.ratios([10, 1, 12], [100, 10, 60]) == pytest.approx(0.1)


def test_the_summary_has_the_rate_of_ours_and_the_ratios():
    walks = [walk(1.0), walk(2.0), walk(4.0)]
    found = results.summary(walks, {"floor": [5000.0, 2500.0, 1250.0], "textbook": [1.0, 1.0, 1.0]})
    assert found["ours"] == pytest.approx(1000 / 12)
    assert found["ours/floor"] == pytest.approx(1000 / 6 / 5000)
    assert found["ours/textbook"] == pytest.approx(1000 / 12)
    assert found["import_to_ready/floor"] == pytest.approx(1000 / 2 / 5000)


def test_the_closing_line():
    figures = {"ours": 1234.4, "ours/floor": 0.0519, "ours/textbook": 20.26, "ours/durable": 0.17}
    assert table.closing_line(figures) == (
        "bench: ours=1234 people/s ours/floor=0.052 ours/textbook=20.3 ours/durable=0.170"
    )


def test_costs_are_per_person_and_by_stage():
    assert results.cost_by_stage([walk(1.0)])["check"]["member-svc"] == pytest.approx(100)


def test_the_simulator_and_the_driver_are_no_cost_of_ours():
    found = results.per_person([walk(1.0)])
    assert found["cpu_us"] == pytest.approx(7 * 2 * 100)
    assert found["cpu_us_simulator"] == pytest.approx(7 * 100)
    assert (found["database_bytes"], found["database_bytes_simulator"]) == (2000, 500)
    assert (found["rows_written"], found["topic_bytes"], found["transactions_per_part"]) == (3, 800, 10)


def test_tables_are_listed_by_size():
    found = results.by_table([walk(1.0)])
    assert list(found) == ["member_svc.members", "member_svc.imports"]
    assert found["member_svc.members"] == {"bytes": 1000, "inserted": 1} | dict.fromkeys(UPDATES, 0)


def test_the_report_has_a_line_for_each_stage():
    walks = [walk(1.0)]
    report = {
        "rates": {"ours": {"people": 1000, "rounds": [166.7], "median": 166.7, "cpu_us": 1400.0}},
        "seconds": walks[0].seconds,
        "cpu_us_by_stage": results.cost_by_stage(walks),
        "wal_bytes_by_stage": results.wal_by_stage(walks),
        "per_person": results.per_person(walks),
        "tables": results.by_table(walks),
        "peak_mib": {"member-svc": 120},
        "idle_cores": {"member-svc": 0.01, "driver": 0.9},
        "statements": {
            "people": 2500,
            "per_part": {"member_svc": 80.0},
            "most_frequent": [{"database": "member_svc", "text": "COMMIT", "per_part": 7.0}],
        },
        "latency": {"at idle": {"samples": 9, "hop_ms": {"p99": 31.0}, "import_to_ready_ms": {"p99": 150.0}}},
    }
    lines = table.lines_of(report)
    rows = {line.split()[0]: line.split()[1:] for line in lines if line.strip()}
    assert rows["check"] == ["1.0", "1", "200", "100", "100", "100", "100"]
    assert rows["tail"] == ["1", "200", "100", "100", "100", "100"]
    assert rows["all"] == ["6.0", "7", "1400", "700", "700", "700", "700"]
    assert "idle: 1.0% of a core (member-svc 1.0%)" in lines
    assert "latency at idle, import to ready (9 people): p99 150 ms" in lines


def test_the_median_of_names_that_a_round_lacks():
    assert results.medians([{"a": 1}, {"a": 2, "b": 8}, {"a": 9}]) == {"a": 2, "b": 0}


def test_the_recorded_ratios_stand_beside_the_new_ones():
    recorded = {"when": "2024-05-10", "note": "quiet", "summary": {"ours": 1, "ours/floor": 0.05}}
    lines = table.compared({"ours": 9.0, "ours/floor": 0.2, "ours/durable": 1.5}, recorded)
    assert [line.split() for line in lines[1:]] == [["ours/floor", "0.200", "0.050"], ["ours/durable", "1.5", "-"]]
    assert table.compared({}, None) == ["There is no recorded run."]


def test_an_opponent_is_compared_with_its_namesake():
    rates = {"floor": {"rounds": [9.0], "cpu_us": 50}, "floor*": {"rounds": [10.0], "cpu_us": 40}, "durable": {}}
    assert table.beside_others(rates) == ["floor/floor*: rate 0.90, CPU per person 1.25"]


@pytest.mark.parametrize("line", ["floor 23402 people/s", "textbook 35.1 members/s"])
def test_the_rate_that_an_opponent_prints(line: str):
    assert rate_in(f"a warning\n{line}\n") == float(line.split()[1])


def test_an_opponent_without_a_rate_is_refused():
    with pytest.raises(ValueError, match="no line"):
        rate_in("floor failed\n")
