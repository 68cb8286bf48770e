"""A roster passes all six stages on the whole stack, as in `enrollctl demo`."""

import json
import os
import signal
import threading
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from contracts.topics import TOPICS
from enrollctl.__main__ import app
from enrollctl.demo.inputs.plan import MADE_ROSTER_DAY
from enrollctl.demo.inputs.plans import plan_for_files, plan_for_new_roster
from enrollctl.demo.results.evaluation import problems_of
from enrollctl.demo.run import walk
from enrollctl.roster.expected import Expected
from enrollctl.stack.services import SERVICES
from enrollctl.stack.stack import Stack
from enrollctl.terminal.progress import Progress

ROWS = 600


class Killer:
    """Kills one service after another when stages report progress. The supervisor starts the killed service again."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._left = [spec.name for spec in SERVICES]
        self._lock = threading.Lock()
        self._seen: set[str] = set()
        self.killed: list[str] = []

    def on_progress(self, progress: Progress) -> None:
        """Kill one service at the first message of each stage, and two services in the long stages."""
        with self._lock:
            mark = f"{progress.step}/{bool(progress.done)}"
            if mark in self._seen or progress.step == "plant" or not self._left:
                return
            self._seen.add(mark)
            name = self._left.pop(0)
        pid = self._stack.pid(name)
        if pid is not None:
            os.kill(pid, signal.SIGKILL)
            self.killed.append(name)


@pytest.fixture(scope="module")
def first(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], Expected, Path]:
    """A generated roster that contains every case. While it passes the stages, every service is killed once."""
    folder = tmp_path_factory.mktemp("first")
    plan, expected = plan_for_new_roster(ROWS, 11, folder, None, confirm_all=True)
    stack.set_business_clock(plan.opens_at)
    killer = Killer(stack)
    found = walk(stack, plan, killer.on_progress)
    assert sorted(killer.killed) == sorted(spec.name for spec in SERVICES)
    return found, expected, folder


def test_every_service_killed_once_and_nothing_lost_or_doubled(first: tuple[dict[str, Any], Expected, Path]):
    found, expected, _ = first
    assert problems_of(found, expected) == []
    assert (found["lost"], found["doubled"], found["dead_letters"]) == (0, 0, 0)


def test_one_line_was_returned_and_one_voucher_fell_short(first: tuple[dict[str, Any], Expected, Path]):
    found, expected, _ = first
    assert found["completed"] == sum(expected.ready_if_confirmed.values()) == found["center_confirmed"]
    assert found["vouchers"] == {"submitted": 2, "accepted": 2}
    assert found["due_fen"] == found["paid_fen"] == found["completed"] * 1300


@pytest.mark.row("F180", "F181", "F182")
def test_cover_begins_the_day_after_and_ends_with_the_year(first: tuple[dict[str, Any], Expected, Path]):
    found, _, _ = first
    assert found["cover"] == {"start_on": "2024-05-11", "end_on": "2024-12-31", "term": "full_year"}


def test_a_given_roster_is_walked_and_a_second_run_creates_nothing(stack: Stack, tmp_path: Path):
    _, expected = plan_for_new_roster(300, 23, tmp_path, None, confirm_all=False)
    plan = plan_for_files(
        tmp_path / "roster-300-23.xlsx", tmp_path / "registry-300-23.csv", MADE_ROSTER_DAY, confirm_all=False
    )
    found = walk(stack, plan, lambda _: None)
    assert problems_of(found, expected) == []
    again = walk(stack, plan, lambda _: None)
    assert problems_of(again, None) == []
    assert again["imported"] == 0
    assert again["excluded"]["covered"] == sum(found["submitted"].values()) == sum(expected.ready.values())
    assert again["submitted"] == {"social_security_card": 0, "service_card": 0}


def test_commands_speak_json_and_exit_codes(stack: Stack):
    run = CliRunner().invoke
    folder = ["--dir", str(stack.folders.root)]
    status = run(app, [*folder, "status", "--json"])
    assert status.exit_code == 0, status.output
    assert json.loads(status.stdout)["ready"] is True
    topics = run(app, [*folder, "topics", "list", "--json"])
    assert len(json.loads(topics.stdout)) == len(TOPICS)
    lag = run(app, [*folder, "lag", "--json"])
    assert lag.exit_code == 0, lag.output
    assert {(row["gaps"], row["regressions"]) for row in json.loads(lag.stdout)} == {(0, 0)}
    letters = run(app, [*folder, "dead-letters", "list", "--json"])
    assert json.loads(letters.stdout) == []


def test_a_service_says_who_it_is_and_how_it_fares(stack: Stack):
    # The first request for the API document waits until the document is made, which takes seconds on a busy machine.
    with httpx.Client(timeout=60, trust_env=False) as client:
        for service, url in stack.urls.items():
            assert client.get(f"{url}/health/live").status_code == 200, service
            metrics = client.get(f"{url}/metrics").text
            assert "# TYPE" in metrics
            assert client.get(f"{url}/openapi.json").status_code == 200
