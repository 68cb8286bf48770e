"""Faults during a round of races: Kafka is stopped, or one replica of every service that decides a race is killed."""

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random

from enrollctl.errors import Failure
from faults.platform.platform import Platform
from races.pairs import ENROLLMENT, MEMBER, PAYMENT, REVIEW

#: The services that decide; each runs as several processes.
DECIDERS = (MEMBER, ENROLLMENT, REVIEW, PAYMENT)
#: How long Kafka is stopped, and how long a killed replica stays down.
KAFKA_AWAY_S, REPLICA_AWAY_S = 8.0, 1.5
STOP_S = 60.0


@contextmanager
def kafka_away(platform: Platform) -> Iterator[None]:
    """Stop Kafka, and wait until it is down. The commands of the round are sent in the `with` block, while Kafka is
    down. At the end of the block, wait until Kafka is back.
    """
    before = platform.rig_stack.restarts("kafka")
    platform.rig_stack.send("kafka", signal.SIGTERM, hold_s=KAFKA_AWAY_S)
    deadline = time.monotonic() + STOP_S
    while platform.rig_stack.is_up("kafka"):
        if time.monotonic() > deadline:
            raise Failure(f"kafka did not stop within {STOP_S:.0f} s")
        time.sleep(0.1)
    yield
    platform.rig_stack.await_restart("kafka", before)


@contextmanager
def replicas_killed(platform: Platform, dice: Random, within_s: float) -> Iterator[None]:
    """`kill -9` one replica of every deciding service, each at a random moment within `within_s` seconds."""
    victims = [(dice.choice(_replicas(platform, service)), dice.uniform(0, within_s)) for service in DECIDERS]
    before = {name: platform.rig_stack.restarts(name) for name, _ in victims}
    timers = [threading.Timer(late_s, _kill, (platform, name)) for name, late_s in victims]
    for timer in timers:
        timer.start()
    yield
    for timer in timers:
        timer.join()
    for name, count in before.items():
        platform.rig_stack.await_restart(name, count)


def _replicas(platform: Platform, service: str) -> list[str]:
    return sorted(name for name, worker in platform.rig_stack.workers.items() if worker.spec.name == service)


def _kill(platform: Platform, name: str) -> None:
    platform.rig_stack.send(name, signal.SIGKILL, hold_s=REPLICA_AWAY_S)
