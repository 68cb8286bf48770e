"""In the fault rig, a roster can be held before a stage. It begins the stage only after `release` was called."""

import threading

import pytest

from enrollctl.errors import Failure
from faults.platform.walks import Walk, Walks

SECONDS = 30


class Roster(Walk):
    """Walks through stages that take no time. `fails_in`: the stage that fails; "" if none fails."""

    def __init__(self, fails_in: str = "") -> None:
        self.stages, self._gates = [], {}
        self._fails_in = fails_in

    def _pass(self, stage: str) -> None:
        if stage == self._fails_in:
            raise Failure("refused")

    def import_roster(self) -> None:
        self._pass("import_roster")

    def verify(self) -> None:
        self._pass("verify")

    def confirm(self) -> None:
        self._pass("confirm")

    def submit(self) -> None:
        self._pass("submit")

    def review(self) -> None:
        self._pass("review")

    def pay(self) -> None:
        self._pass("pay")


def walks_of(*rosters: Roster) -> Walks:
    walks = Walks.__new__(Walks)
    walks.walks, walks.failures = list(rosters), []
    walks._threads = [threading.Thread(target=walks._run, args=(roster,), daemon=True) for roster in rosters]
    return walks


def test_a_held_roster_goes_on_once_it_is_let_go():
    held, free = Roster(), Roster()
    held.hold("confirm", "submit")
    walks = walks_of(held, free)
    walks.start()
    walks._threads[1].join(SECONDS)
    walks.await_stage(held, "verify")
    assert (held.stages[-1], free.stages[-1]) == ("verify", "pay")
    held.release("confirm")
    walks.await_stage(held, "confirm")
    assert held.stages[-1] == "confirm"
    held.release("submit")
    walks.join()
    assert held.stages == free.stages


def test_who_waits_for_a_stage_hears_of_a_roster_that_failed_before_it():
    roster = Roster(fails_in="verify")
    walks = walks_of(roster)
    walks.start()
    with pytest.raises(Failure, match="refused"):
        walks.await_stage(roster, "confirm")
