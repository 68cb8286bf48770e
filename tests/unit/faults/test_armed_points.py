"""An armed point (a crash point with which the fault rig started a process) counts as a fault only if it was reached.
If the rig itself killed the process, the point was not reached.
"""

from faults.pair.points import Points


class Rig:
    def __init__(self) -> None:
        self.exits: dict[str, list[int]] = {}
        self.faults: list[str] = []
        self.points = Points(lambda name: self.exits.get(name, []), self.faults.append)

    def waiting(self) -> list[str]:
        return [one.at for one in self.points.waiting()]


def test_a_point_counts_once_its_process_died_of_it():
    rig = Rig()
    rig.points.arm("publisher", "relay.after_ack:3")
    assert (rig.waiting(), rig.faults) == (["relay.after_ack:3"], [])
    rig.exits["publisher"] = [-9]
    assert rig.waiting() == rig.waiting() == []
    assert rig.faults == ["publisher at relay.after_ack:3"]


def test_one_death_is_one_point():
    rig = Rig()
    rig.points.arm("publisher", "job.before_run:3")
    rig.points.arm("publisher", "job.after_run:2")
    rig.exits["publisher"] = [-9]
    assert rig.waiting() == ["job.after_run:2"]


def test_another_end_or_another_process_is_none():
    rig = Rig()
    rig.points.arm("publisher", "relay.after_ack:3")
    rig.exits |= {"publisher": [0, 70], "counter": [-9]}
    assert rig.waiting() == ["relay.after_ack:3"]


def test_a_kill_from_without_is_none():
    rig = Rig()
    rig.points.arm("publisher", "relay.after_ack:3")
    rig.points.killed("publisher")
    rig.exits["publisher"] = [-9]
    assert rig.waiting() == ["relay.after_ack:3"]


def test_a_process_that_freezes_must_be_seen():
    rig = Rig()
    rig.points.arm("publisher", "relay.before_publish:4:stop")
    rig.exits["publisher"] = [-9]
    assert rig.waiting() == ["relay.before_publish:4:stop"]
    rig.points.seen("publisher")
    assert (rig.waiting(), len(rig.faults)) == ([], 1)
