"""All six stages under fire."""

import random
import re
import shutil
import signal
import time
from contextlib import suppress
from pathlib import Path

import httpx

import contracts
from chassis import crash_points
from enrollctl.errors import Failure
from enrollctl.services import SERVICES
from faults.city.walks import walking
from faults.city.world import City
from faults.scenario import city_scenario

AFTER_COMMIT = f"{crash_points.WORK_AFTER_COMMIT}:2"
BEFORE_COMMIT = f"{crash_points.WORK_BEFORE_COMMIT}:2"
HANDLED = f"{crash_points.POLL_AFTER_COMMIT}:1"
UNHANDLED = f"{crash_points.POLL_BEFORE_COMMIT}:1"
ACKED = f"{crash_points.RELAY_AFTER_ACK}:1"
UNTOLD = f"{crash_points.RELAY_BEFORE_PUBLISH}:2"
ANSWERED = f"{crash_points.OUTBOUND_AFTER_PERFORM}:1"
UNASKED = f"{crash_points.OUTBOUND_BEFORE_PERFORM}:1"

#: The points at which each service dies, one after another.
DEATHS = {
    "member-svc": [AFTER_COMMIT, ANSWERED, ACKED, HANDLED],
    "status-checker": [UNHANDLED, ANSWERED, HANDLED, ACKED],
    "enrollment-svc": [HANDLED, UNTOLD, BEFORE_COMMIT, UNHANDLED],
    "review-svc": [UNHANDLED, ANSWERED, AFTER_COMMIT, ACKED],
    "payment-svc": [HANDLED, BEFORE_COMMIT, UNASKED, AFTER_COMMIT],
}


def die_in_turn(city: City, seed: int, times: int) -> None:
    """Each service at the first `times` of its points while two rosters walk through all stages."""
    city.arm({service: points[:times] for service, points in DEATHS.items()})
    before = city.deaths()
    with walking(city, seed):
        pass
    city.disarm()
    for _ in range(city.deaths() - before):
        city.fault("died at a crash point")


@city_scenario(1, short=True)
def six_stages_with_every_service_killed(city: City, seed: int) -> None:
    """Each of the five services dies once at a crash point of its own."""
    die_in_turn(city, seed, 1)


@city_scenario(1)
def six_stages_killed_at_every_point(city: City, seed: int) -> None:
    """Each of the five services dies four times, at different points."""
    die_in_turn(city, seed + 50, 4)


@city_scenario(13, short=True)
def registries_and_center_in_trouble(city: City, seed: int) -> None:
    """Slow, 5xx, half and lost answers, unheard-of codes, answers twice, down; resets and dead connections between."""
    troubles = [
        {"target": "card", "error_rate": 0.4, "delay_ms": 200, "unknown_rate": 0.05, "seed": seed},
        {"target": "employment", "partial_rate": 0.3, "lost_answer_rate": 0.2, "seed": seed},
        {"target": "center", "lost_answer_rate": 0.3, "error_rate": 0.2, "duplicate_callbacks": 2, "seed": seed},
    ]
    with walking(city, seed + 100) as walks:
        operator = walks.walks[0].operator
        for trouble in troubles:
            city.fault("simulator in trouble", **trouble)
            operator.act("simulator", "/faults", trouble, method="PUT")
        for proxy, share in ((city.registries, 0.1), (city.center, 0.6)):
            walks.await_share(share)
            city.fault("proxy", latency_s=0.05, reset_rate=0.1)
            proxy.latency_s, proxy.reset_rate = 0.05, 0.1
            time.sleep(4)
            city.fault("proxy half open")
            proxy.half_open = True
            time.sleep(3)
            proxy.heal()
            proxy.go_dark()
        operator.act("simulator", "/faults", {"target": "center", "down": True}, method="PUT")
        city.fault("center down")
        time.sleep(5)
        for name in ("card", "employment", "center"):
            operator.act("simulator", "/faults", {"target": name}, method="PUT")


@city_scenario(16)
def rolling_upgrade(city: City, seed: int) -> None:
    """New processes beside old ones, events of both schema versions in flight, then the old ones leave."""
    newer = newer_contracts(city.ground.folders.root / "newer")
    with walking(city, seed + 200, 3) as walks:
        for spec in [spec for spec in SERVICES if spec.uses_kafka]:
            city.fault(f"{spec.name} in two versions")
            city.ground.launch(city.worker(spec, suffix="+new", python_path=newer))
        walks.await_share(0.5)
        for name in city.services:
            city.fault(f"the old {name} leaves")
            city.ground.leave(name)
    for spec in [spec for spec in SERVICES if spec.uses_kafka]:
        city.ground.launch(city.worker(spec))
        city.ground.leave(f"{spec.name}+new")


TOPIC_OF_EVENT = re.compile(r"(    topic: ClassVar\[Topic\] = \w+\n)")
FIRST_HEADER = '("ce_specversion", b"1.0"),'


def newer_contracts(folder: Path) -> str:
    """A copy in which every event has one more field, with a default, and the envelope one more header.

    A soak upgrades more than once; the copy of the first time serves.
    """
    if (folder / "contracts").exists():
        return str(folder)
    source = Path(contracts.__file__).parent
    shutil.copytree(source, folder / "contracts", ignore=shutil.ignore_patterns("__pycache__"))
    for path in (folder / "contracts").glob("*.py"):
        text = TOPIC_OF_EVENT.sub(r'\1    told_by_version: str = "new"\n', path.read_text())
        path.write_text(text.replace(FIRST_HEADER, f'{FIRST_HEADER} ("ce_newer", b"yes"),'))
    return str(folder)


@city_scenario(4)
def infrastructure_killed_under_six_stages(city: City, seed: int) -> None:
    """Kafka and PostgreSQL die by turns while rosters walk."""
    dice = random.Random(seed)
    with walking(city, seed + 300) as walks:
        for share in (0.1, 0.3, 0.5, 0.7):
            walks.await_share(share)
            name, number = dice.choice([("kafka", signal.SIGKILL), ("postgres", signal.SIGQUIT)])
            city.kill(name, number, hold_s=dice.uniform(0.5, 3))


@city_scenario(13)
def everything_at_random(city: City, seed: int) -> None:
    """Kills, freezes, crash points, outages, resets and troubles outside, drawn one after another."""
    dice = random.Random(seed)
    with walking(city, seed + 500, 3) as walks:
        while walks.share < 0.9 and not walks.failures:
            dice.choice(MISFORTUNES)(city, dice)
            time.sleep(dice.uniform(0.5, 4))
        set_right(city)


def _kill(city: City, dice: random.Random) -> None:
    city.kill(dice.choice(city.services), dice.choice([signal.SIGKILL, signal.SIGTERM]), hold_s=dice.uniform(0.2, 5))


def _freeze(city: City, dice: random.Random) -> None:
    name = dice.choice(city.services)
    city.kill(name, signal.SIGSTOP)
    time.sleep(dice.choice([2, 5, 13]))
    city.kill(name, signal.SIGCONT)


def _arm(city: City, dice: random.Random) -> None:
    name, point = dice.choice(city.services), dice.choice(sorted(crash_points.POINTS))
    how = dice.choice(["kill", "kill", "block=5"])
    city.fault(f"{name} armed", at=point, how=how)
    city.ground.workers[name].crash_points = [f"{point}:{dice.randint(1, 3)}:{how}"]
    city.ground.send(name, signal.SIGTERM)


def _infrastructure(city: City, dice: random.Random) -> None:
    name, numbers = dice.choice([("kafka", [signal.SIGKILL, signal.SIGTERM]), ("postgres", [signal.SIGQUIT])])
    before = city.ground.restarts(name)
    city.kill(name, dice.choice(numbers), hold_s=dice.choice([0.5, 3, 18]))
    city.ground.await_restart(name, before)


def _wire(city: City, dice: random.Random) -> None:
    """Slow, resetting or hanging for some seconds."""
    name = dice.choice(sorted(city.wires))
    proxy = city.wires[name]
    proxy.latency_s, proxy.reset_rate, proxy.half_open = dice.uniform(0, 0.3), dice.uniform(0, 0.2), dice.random() < 0.3
    how = {"latency_s": proxy.latency_s, "reset_rate": proxy.reset_rate, "half_open": proxy.half_open}
    city.fault(f"the wire to {name} in trouble", **how)
    time.sleep(dice.uniform(1, 4))
    proxy.heal()


def _dark(city: City, dice: random.Random) -> None:
    """Every connection that is open stays so, and is dead."""
    name = dice.choice(sorted(city.wires))
    city.fault(f"connections to {name} dead and open", connections=city.wires[name].go_dark())


def _outside(city: City, dice: random.Random) -> None:
    target = dice.choice(["card", "employment", "center"])
    body: dict[str, object] = {"target": target, "delay_ms": dice.choice([0, 300]), "seed": dice.randrange(10**6)}
    body |= {name: dice.choice([0, 0.3]) for name in ("error_rate", "lost_answer_rate", "partial_rate", "unknown_rate")}
    body |= {"unknown_rate": 0, "duplicate_callbacks": dice.choice([0, 2]), "down": dice.random() < 0.2}
    _set_outside(city, body)


def _set_outside(city: City, body: dict[str, object]) -> None:
    city.fault("simulator", **body)
    for _ in range(60):
        with suppress(httpx.HTTPError):
            answer = httpx.put(f"{city.url('simulator')}/faults", json=body, timeout=10, trust_env=False)
            if answer.is_success:
                return
        time.sleep(0.5)
    raise Failure("the simulator takes no settings")


def set_right(city: City) -> None:
    """Nothing is in trouble any more."""
    for target in ("card", "employment", "center"):
        _set_outside(city, {"target": target})
    city.disarm()


MISFORTUNES = (_kill, _kill, _freeze, _arm, _arm, _infrastructure, _wire, _wire, _dark, _outside)
