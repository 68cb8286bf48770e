"""A crash point does nothing unless a test arms it. An armed point breaks the process once, at the place and time that
the test has set.
"""

import subprocess
import sys

import pytest

from chassis.system import crash_points

PROGRAM = """
from chassis.system import crash_points
for turn in range(4):
    crash_points.reach(crash_points.RELAY_AFTER_ACK)
    print(turn, flush=True)
"""


def run(setting: str) -> subprocess.CompletedProcess[str]:
    environment = {crash_points.VARIABLE: setting}
    return subprocess.run([sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=False)


def test_nothing_happens_where_nothing_is_armed():
    assert run("").stdout.split() == ["0", "1", "2", "3"]
    assert run("poll.before_commit:1").returncode == 0


def test_the_nth_passing_ends_the_process_as_kill_9_does():
    done = run("relay.after_ack:3")
    assert (done.returncode, done.stdout.split()) == (-9, ["0", "1"])


def test_a_blocked_loop_goes_on_afterwards():
    done = run("relay.after_ack:2:block=0.01")
    assert (done.returncode, done.stdout.split()) == (0, ["0", "1", "2", "3"])


@pytest.mark.parametrize("setting", ["relay.after_lunch:1", "relay.after_ack:soon", "relay.after_ack:1:gently"])
def test_a_misspelled_setting_is_refused_at_start(setting: str):
    with pytest.raises(ValueError):
        crash_points.armed(setting)
