"""Random faults while rosters pass the stages. A fault without effect is recorded as a note and is not counted."""

import random
import signal

from chassis.system import crash_points
from faults.city.external_systems import TARGETS, set_outside
from faults.city.world import City


def strike_at_random(city: City, dice: random.Random) -> None:
    dice.choice(MISFORTUNES)(city, dice)


def _kill(city: City, dice: random.Random) -> None:
    city.kill(dice.choice(city.services), dice.choice([signal.SIGKILL, signal.SIGTERM]), hold_s=dice.uniform(0.2, 5))


def _freeze(city: City, dice: random.Random) -> None:
    city.freeze(dice.choice(city.services), dice.choice([2, 5, 13]))


def _arm(city: City, dice: random.Random) -> None:
    """Restart a service with a crash point. A death at the point is counted as a fault; a blocked process is not."""
    name, point = dice.choice(city.services), dice.choice(sorted(crash_points.POINTS))
    how = dice.choice(["kill", "kill", "block=5"])
    city.note(f"{name} armed", at=point, how=how)
    city.rig_stack.workers[name].crash_points = [f"{point}:{dice.randint(1, 3)}:{how}"]
    city.rig_stack.send(name, signal.SIGTERM)


def _infrastructure(city: City, dice: random.Random) -> None:
    name, numbers = dice.choice([("kafka", [signal.SIGKILL, signal.SIGTERM]), ("postgres", [signal.SIGQUIT])])
    before = city.rig_stack.restarts(name)
    city.kill(name, dice.choice(numbers), hold_s=dice.choice([0.5, 3, 18]))
    city.rig_stack.await_restart(name, before)


def _wire(city: City, dice: random.Random) -> None:
    """Make the connections to one system slow, reset or hanging for some seconds."""
    city.trouble_wire(
        dice.choice(sorted(city.wires)),
        dice.uniform(1, 4),
        latency_s=dice.uniform(0, 0.3),
        reset_rate=dice.uniform(0, 0.2),
        half_open=dice.random() < 0.3,
    )


def _dark(city: City, dice: random.Random) -> None:
    """Let all open connections to one system stay open but carry no more data."""
    name = dice.choice(sorted(city.wires))
    city.strike(f"connections to {name} dead and open", city.wires[name].go_dark())


def _outside(city: City, dice: random.Random) -> None:
    target = dice.choice(TARGETS)
    trouble: dict[str, object] = {"delay_ms": dice.choice([0, 300]), "seed": dice.randrange(10**6)}
    trouble |= {name: dice.choice([0, 0.3]) for name in ("error_rate", "lost_answer_rate", "partial_rate")}
    trouble |= {"unknown_rate": dice.choice([0, 0, 0.05])}
    trouble |= {"duplicate_callbacks": dice.choice([0, 2]), "down": dice.random() < 0.2}
    set_outside(city, target, **trouble)


MISFORTUNES = (_kill, _kill, _freeze, _arm, _arm, _infrastructure, _wire, _wire, _dark, _outside)
