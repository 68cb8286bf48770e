"""Runs rounds of races. A round prepares the subjects of all pairs of commands, sends all commands, then reads every
store. A subject is the person about whom the two commands of a pair are sent.

Of four rounds, the first has no outage. In the second and the fourth, Kafka is stopped when the commands begin, and
some races send their later command after Kafka is back. In the third and the fourth, one replica of each service that
decides is killed.
"""

import threading
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from random import Random

from enrollctl.stack.services import SERVICES
from faults.checks.quiet import wait_for_quiet
from faults.platform.platform import Platform
from faults.rig.rig_stack import RigStack
from races.commands.command import Command
from races.pairs import Pair
from races.results.allowed import Answers
from races.results.evaluation import faults_of
from races.results.final_state import StoreReader
from races.rounds.outage import DECIDERS, KAFKA_AWAY_S, kafka_away, replicas_killed
from races.rounds.preparation import let_center, prepare
from races.rounds.setup import Subjects, set_up
from races.subjects import Answer, Level, Subject
from races.world import World

#: The races of a round begin within this many seconds.
SPREAD_S = 5.0
#: If Kafka is stopped, LATE_SHARE of all second commands are sent within LATE_S seconds after Kafka is back.
LATE_SHARE, LATE_S = 0.3, 4.0
LETTERS = "SELECT count(*) FROM dead_letters WHERE state NOT IN ('replayed', 'discarded')"


@dataclass(frozen=True, slots=True)
class RunSettings:
    """The options of a run.

    `people`: the number of races of each pair in a round. If each race needs a union of its own, only a third of this
    number take place.
    `path`: a folder with a planted bug, in which services search first for modules. Empty if no bug is planted.
    """

    seed: int
    rounds: int
    people: int
    replicas: int
    path: str = ""


@dataclass
class Outcome:
    """`found`: a sentence for each contradiction. `answers`: pair → how often each combination of the callers' answers
    occurred.
    """

    found: list[str] = field(default_factory=list)
    answers: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))


def run(rig_stack: RigStack, pairs: Sequence[Pair], settings: RunSettings) -> Outcome:
    """Run every round on one platform; results are printed at once."""
    outcome = Outcome()
    with Platform(rig_stack, settings.seed, python_path=settings.path).running() as platform:
        _add_replicas(platform, settings)
        world = World(platform)
        subjects = set_up(world, pairs, settings.rounds, settings.people, settings.seed)
        for number in range(settings.rounds):
            _play_round(world, pairs, number, subjects, outcome, Random(f"{settings.seed}/{number}"))
    return outcome


def _add_replicas(platform: Platform, settings: RunSettings) -> None:
    specs = [spec for spec in SERVICES if spec.name in DECIDERS]
    more = [platform.worker(spec, suffix=f"+{number}") for spec in specs for number in range(2, settings.replicas + 1)]
    for worker in more:
        platform.rig_stack.launch(worker, wait=False)
    platform.rig_stack.wait_ready(*more)


def _play_round(
    world: World, pairs: Sequence[Pair], number: int, subjects: Subjects, outcome: Outcome, dice: Random
) -> None:
    runs = [(pair, one) for pair in pairs for one in subjects[pair.name, number]]
    started = time.monotonic()
    prepare(world, [one for _, one in runs])
    ready_s = time.monotonic() - started
    without_kafka, killed = number % 2 == 1, number % 4 >= 2
    with ExitStack() as troubles:
        if killed:
            troubles.enter_context(replicas_killed(world.platform, dice, SPREAD_S))
        if without_kafka:
            troubles.enter_context(kafka_away(world.platform))
        answers = _race(runs, dice, without_kafka=without_kafka)
    let_center(world, submissions="confirm", vouchers="accept")
    stuck = wait_for_quiet(world.platform.monitor)
    found = [*stuck.findings, *_judge(world, runs, answers, outcome)]
    outcome.found += [f"round {number + 1}: {what}" for what in found]
    outages = "".join([", Kafka away" if without_kafka else "", ", replicas killed" if killed else ""])
    print(
        f"{'BAD' if found else 'ok '} round {number + 1}{outages}: races={len(runs)} contradictions={len(found)} "
        f"prepared in {ready_s:.0f} s, played in {time.monotonic() - started - ready_s:.0f} s",
        flush=True,
    )
    for what in found:
        print(f"    {what}", flush=True)


def _race(runs: Sequence[tuple[Pair, Subject]], dice: Random, *, without_kafka: bool) -> list[Answers]:
    """Send the two commands of each race soon after each other, in random order. All races of a round run at once."""
    gate = threading.Barrier(2 * len(runs))

    def run(command: Command, subject: Subject, late_s: float) -> Answer:
        gate.wait()
        time.sleep(late_s)
        return command.answer(subject)

    with ThreadPoolExecutor(2 * len(runs)) as pool:
        running = []
        for pair, subject in runs:
            start = dice.uniform(0, SPREAD_S)
            late = [start, start + dice.uniform(0, pair.apart_s)]
            if without_kafka and dice.random() < LATE_SHARE:
                late[1] = KAFKA_AWAY_S + dice.uniform(0, LATE_S)
            dice.shuffle(late)
            commands = zip((pair.one, pair.other), late, strict=True)
            running.append([pool.submit(run, command, subject, late_s) for command, late_s in commands])
        return [(one.result(), other.result()) for one, other in running]


def _judge(
    world: World, runs: Sequence[tuple[Pair, Subject]], answers: Sequence[Answers], outcome: Outcome
) -> list[str]:
    absent = [one for _, one in runs if one.start.level is Level.ABSENT]
    ids = {home: world.member_ids(home) for home in {one.home for one in absent}}
    for one in absent:
        one.member_id = ids[one.home][one.person.name]
    reader = StoreReader(world.platform)
    found = list(reader.open_checks())
    final_states = reader.final_states_of([subject for _, subject in runs])
    for (pair, subject), given, final in zip(runs, answers, final_states, strict=True):
        outcome.answers[pair.name][f"{given[0].text}/{given[1].text}"] += 1
        found += [f"{pair.name}: {subject.member_id}: {what}" for what in faults_of(pair, subject, given, final)]
    for store in world.platform.stores:
        if letters := store.value(LETTERS):
            found.append(f"{store.service}: {letters} open dead letters")
    return found
