"""Random faults while rosters pass the stages. A fault without effect is recorded as a note and is not counted."""

import random
import signal

from chassis.system import crash_points
from faults.platform.external_systems import TARGETS, set_outside
from faults.platform.platform import Platform


def strike_at_random(platform: Platform, dice: random.Random) -> None:
    dice.choice(MISFORTUNES)(platform, dice)


def _kill(platform: Platform, dice: random.Random) -> None:
    platform.kill(
        dice.choice(platform.services), dice.choice([signal.SIGKILL, signal.SIGTERM]), hold_s=dice.uniform(0.2, 5)
    )


def _freeze(platform: Platform, dice: random.Random) -> None:
    platform.freeze(dice.choice(platform.services), dice.choice([2, 5, 13]))


def _arm(platform: Platform, dice: random.Random) -> None:
    """Restart a service with a crash point, at which it dies or blocks. A death is counted as a fault; a process that
    only blocks is not.
    """
    name, point = dice.choice(platform.services), dice.choice(sorted(crash_points.POINTS))
    how = dice.choice(["kill", "kill", "block=5"])
    platform.note(f"{name} armed", at=point, how=how)
    platform.rig_stack.workers[name].crash_points = [f"{point}:{dice.randint(1, 3)}:{how}"]
    platform.rig_stack.send(name, signal.SIGTERM)


def _infrastructure(platform: Platform, dice: random.Random) -> None:
    name, numbers = dice.choice([("kafka", [signal.SIGKILL, signal.SIGTERM]), ("postgres", [signal.SIGQUIT])])
    before = platform.rig_stack.restarts(name)
    platform.kill(name, dice.choice(numbers), hold_s=dice.choice([0.5, 3, 18]))
    platform.rig_stack.await_restart(name, before)


def _wire(platform: Platform, dice: random.Random) -> None:
    """For some seconds, make the connections to one system slow, reset them, or let them hang."""
    platform.trouble_wire(
        dice.choice(sorted(platform.wires)),
        dice.uniform(1, 4),
        latency_s=dice.uniform(0, 0.3),
        reset_rate=dice.uniform(0, 0.2),
        half_open=dice.random() < 0.3,
    )


def _dark(platform: Platform, dice: random.Random) -> None:
    """Let all open connections to one system stay open, but carry no more data."""
    name = dice.choice(sorted(platform.wires))
    platform.strike(f"connections to {name} dead and open", platform.wires[name].go_dark())


def _outside(platform: Platform, dice: random.Random) -> None:
    target = dice.choice(TARGETS)
    trouble: dict[str, object] = {"delay_ms": dice.choice([0, 300]), "seed": dice.randrange(10**6)}
    trouble |= {name: dice.choice([0, 0.3]) for name in ("error_rate", "lost_answer_rate", "partial_rate")}
    trouble |= {"unknown_rate": dice.choice([0, 0, 0.05])}
    trouble |= {"duplicate_callbacks": dice.choice([0, 2]), "down": dice.random() < 0.2}
    set_outside(platform, target, **trouble)


MISFORTUNES = (_kill, _kill, _freeze, _arm, _arm, _infrastructure, _wire, _wire, _dark, _outside)
