"""Rounds: bring people to the start, let two acts race for each of them, wait for quiet, read every store."""

import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

from system.town import Town, townsman

from contracts.words import CardStatus, EmploymentStatus
from enrollctl.errors import Failure
from enrollctl.services import SERVICES
from faults.city.world import City
from faults.ground import Ground
from faults.quiet import wait_for_quiet
from races.books import ends_of
from races.pairs import Act, Pair
from races.subjects import YEAR, Subject, outcome

#: The services that decide; each runs in several processes.
DECIDERS = ("member-svc", "enrollment-svc", "review-svc")
#: How long Kafka is away, and how far apart two acts of a race may begin.
KAFKA_AWAY_S = 8.0
APART_S = 0.05


@dataclass(frozen=True, slots=True)
class Course:
    """How a run is played. `people` race at the same time in a round."""

    seed: int
    rounds: int
    people: int
    replicas: int


def play(ground: Ground, pairs: Sequence[Pair], course: Course) -> list[str]:
    """Every pair, `rounds` times; what contradicts, as sentences."""
    found: list[str] = []
    with City(ground, course.seed).running() as city:
        _add_replicas(city, course.replicas)
        waiting = _people(city, len(pairs) * course.rounds * course.people)
        for pair in pairs:
            for number in range(course.rounds):
                subjects = [next(waiting) for _ in range(course.people)]
                found += _round(city, pair, number, subjects, random.Random(f"{course.seed}/{pair.name}/{number}"))
    return found


def _add_replicas(city: City, count: int) -> None:
    specs = [spec for spec in SERVICES if spec.name in DECIDERS]
    more = [city.worker(spec, suffix=f"+{number}") for spec in specs for number in range(2, count + 1)]
    for worker in more:
        city.ground.launch(worker, wait=False)
    city.ground.wait_ready(*more)


def _people(city: City, count: int) -> Iterator[Subject]:
    """Listed members in 待提交 of the town's first union."""
    town = Town(city, "赛跑镇")  # type: ignore[arg-type]
    town.settle(YEAR)
    people = [townsman(order) for order in range(1, count + 1)]
    town.registries_say(CardStatus.NORMAL, EmploymentStatus.EMPLOYED, people)
    town.import_people(0, people)
    ids = town.members(0)
    return iter([Subject(town, one, ids[one.name]) for one in people])


def _round(city: City, pair: Pair, number: int, subjects: Sequence[Subject], dice: random.Random) -> list[str]:
    name, stopped = f"{pair.name} {number + 1}", number % 2 == 1
    for subject in subjects:
        pair.ready(subject)
    city.settle()
    with _kafka_away(city) if stopped else _as_it_is():
        answers = _race(pair, subjects, dice)
    stuck = wait_for_quiet(city.scene)
    found = [f"{name}: {finding}" for finding in stuck.findings]
    for subject, ends in zip(subjects, ends_of(city, [s.member_id for s in subjects]).values(), strict=True):
        more = pair.also(ends)
        found += [
            f"{name}: {subject.member_id}: {what}" for what in (*ends.contradictions(), *([more] if more else []))
        ]
    told = ", ".join(f"{one}/{other} {count}" for (one, other), count in sorted(Counter(answers).items()))
    print(f"{'ok ' if not found else 'BAD'} {name}{' without Kafka' if stopped else ''}: {told}", flush=True)
    for finding in found:
        print(f"    {finding}", flush=True)
    return found


def _race(pair: Pair, subjects: Sequence[Subject], dice: random.Random) -> list[tuple[str, str]]:
    """Both acts of every subject start at one moment, each a little late by chance."""
    gate = threading.Barrier(2 * len(subjects))

    def run(act: Act, subject: Subject, late_s: float) -> str:
        gate.wait()
        time.sleep(late_s)
        return outcome(act, subject)

    with ThreadPoolExecutor(2 * len(subjects)) as pool:
        running = [
            tuple(pool.submit(run, act, subject, dice.uniform(0, APART_S)) for act in (pair.one, pair.other))
            for subject in subjects
        ]
        return [(one.result(), other.result()) for one, other in running]


@contextmanager
def _as_it_is() -> Iterator[None]:
    yield


@contextmanager
def _kafka_away(city: City) -> Iterator[None]:
    """Kafka stops before the acts and comes back some seconds later."""
    before = city.ground.restarts("kafka")
    city.ground.send("kafka", signal.SIGTERM, hold_s=KAFKA_AWAY_S)
    deadline = time.monotonic() + 60
    while city.ground.is_up("kafka"):
        if time.monotonic() > deadline:
            raise Failure("kafka did not stop within 60 s")
        time.sleep(0.1)
    yield
    city.ground.await_restart("kafka", before)
