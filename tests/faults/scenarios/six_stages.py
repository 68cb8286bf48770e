"""Faults 1, 4, 13 and 16 while rosters pass all six stages."""

import random
import re
import shutil
import signal
import time
from collections.abc import Sequence
from pathlib import Path

import contracts
from chassis.system import crash_points
from enrollctl.errors import Failure
from enrollctl.stack.services import SERVICES
from faults.checks.quiet import LATE_QUIET_S
from faults.platform.external_systems import Hour, counted_outside, set_outside
from faults.platform.fault_kinds import strike_at_random
from faults.platform.platform import Platform
from faults.platform.versions import Versions
from faults.platform.walks import Walks, walking
from faults.scenario import platform_scenario

AFTER_COMMIT = f"{crash_points.WORK_AFTER_COMMIT}:2"
BEFORE_COMMIT = f"{crash_points.WORK_BEFORE_COMMIT}:2"
HANDLED = f"{crash_points.POLL_AFTER_COMMIT}:1"
UNHANDLED = f"{crash_points.POLL_BEFORE_COMMIT}:1"
ACKED = f"{crash_points.RELAY_AFTER_ACK}:1"
UNTOLD = f"{crash_points.RELAY_BEFORE_PUBLISH}:2"
ANSWERED = f"{crash_points.JOB_AFTER_RUN}:1"
UNASKED = f"{crash_points.JOB_BEFORE_RUN}:1"

#: The crash points at which each service dies, one after another.
DEATHS = {
    "member-svc": [AFTER_COMMIT, ANSWERED, ACKED, HANDLED],
    "status-checker": [UNHANDLED, ANSWERED, HANDLED, ACKED],
    "enrollment-svc": [HANDLED, UNTOLD, BEFORE_COMMIT, UNHANDLED],
    "review-svc": [UNHANDLED, ANSWERED, AFTER_COMMIT, ACKED],
    "payment-svc": [HANDLED, BEFORE_COMMIT, UNASKED, AFTER_COMMIT],
}
#: Two rosters are started up to this many times. A single start of two rosters can be too little work for all services
#: to reach all their crash points.
MOST_WAVES = 4
#: More rosters start until this many faults had an effect.
ENOUGH_FAULTS = 8
#: How long faults are injected while rosters pass the stages. It is well below the time limit of a stage, after which a
#: roster counts as stuck.
TROUBLED_S = 60.0


def die_in_turn(platform: Platform, seed: int, times: int) -> None:
    """Let each service die at the first `times` of its crash points while rosters pass the stages.

    Raises Failure if a service died less or more often.
    """
    before = {service: platform.deaths(service) for service in DEATHS}
    plan: dict[str, Sequence[str]] = {service: points[:times] for service, points in DEATHS.items()}
    try:
        with walking(platform, seed, before=lambda _: platform.arm(plan)):
            pass
        for wave in range(1, MOST_WAVES):
            if platform.armed():
                with walking(platform, seed + 10 * wave):
                    pass
    finally:
        platform.disarm()
    died = {service: platform.deaths(service) - before[service] for service in DEATHS}
    for service, deaths in died.items():
        for _ in range(deaths):
            platform.fault(f"{service} died at a crash point")
    if wrong := {service: deaths for service, deaths in died.items() if deaths != times}:
        raise Failure(f"each was to die {times} times at points of its own, but: {wrong}")


@platform_scenario(1, short=True)
def six_stages_with_every_service_killed(platform: Platform, seed: int) -> None:
    """Each of the five services dies once, each at a different crash point."""
    die_in_turn(platform, seed, 1)


@platform_scenario(1)
def six_stages_killed_at_every_point(platform: Platform, seed: int) -> None:
    """Each of the five services dies four times, at different points."""
    die_in_turn(platform, seed + 50, 4)


@platform_scenario(13, short=True)
def registries_and_center_in_trouble(platform: Platform, seed: int) -> None:
    """Answers of the registries and the center are slow, 5xx, incomplete, lost, wrong or repeated. The systems are down
    for an hour. Connections are reset or dead.
    """
    checks, submissions = Hour(platform, "status-checker"), Hour(platform, "review-svc")
    with counted_outside(platform), walking(platform, seed + 100, before=lambda _: all_in_trouble(platform, seed)):
        checks.begins()
        trouble_wire(platform, "registries")
        for target in ("card", "employment"):
            set_outside(platform, target, down=True)
        checks.passes()
        set_outside(platform, "card", delay_ms=200, unknown_rate=0.05, seed=seed)
        set_outside(platform, "employment", delay_ms=200)
        submissions.begins()
        trouble_wire(platform, "center")
        set_outside(platform, "center", down=True)
        submissions.passes()
        set_outside(platform, "center", duplicate_callbacks=2)
    for hour in (checks, submissions):
        hour.must_be_settled()


def all_in_trouble(platform: Platform, seed: int) -> None:
    """Let the registries answer incompletely, and let all answers of the center be lost although it does its work."""
    set_outside(platform, "card", error_rate=1.0)
    set_outside(platform, "employment", partial_rate=0.3, lost_answer_rate=0.2, unknown_rate=0.05, seed=seed)
    set_outside(platform, "center", error_rate=0.2, lost_answer_rate=1.0, duplicate_callbacks=2, seed=seed)


def trouble_wire(platform: Platform, name: str) -> None:
    """Connections are slow and reset, then they hang, then all open connections are dead."""
    platform.trouble_wire(name, 4, latency_s=0.05, reset_rate=0.1)
    platform.trouble_wire(name, 3, half_open=True)
    platform.strike(f"connections to {name} dead and open", platform.wires[name].go_dark())


@platform_scenario(16)
def rolling_upgrade(platform: Platform, seed: int) -> None:
    """New processes join old processes, so events of both schema versions are on the topics. Then the old processes
    leave.
    """
    newer = newer_contracts(platform.rig_stack.folders.root / "newer")
    specs = [spec for spec in SERVICES if spec.uses_kafka]

    def join(_: Walks) -> None:
        """Start the new processes before the first roster, because rosters are faster than the start of processes."""
        for spec in specs:
            platform.rig_stack.launch(platform.worker(spec, suffix="+new", python_path=newer), wait=False)
        platform.rig_stack.wait_ready(*(platform.rig_stack.workers[f"{spec.name}+new"] for spec in specs))

    versions = Versions(platform)
    with walking(platform, seed + 200, 3, before=join) as walks:
        for spec in specs:
            platform.fault(f"{spec.name} in two versions")
        walks.await_share(0.4)
        for spec in specs:
            platform.strike(f"the old {spec.name} leaves", int(walks.share < 1))
            platform.rig_stack.leave(spec.name)
    for spec in specs:
        platform.rig_stack.launch(platform.worker(spec))
        platform.rig_stack.leave(f"{spec.name}+new")
    versions.both_must_lie_on_topics()


TOPIC_OF_EVENT = re.compile(r"(    topic: ClassVar\[Topic\] = \w+\n)")
FIRST_HEADER = '("ce_specversion", b"1.0"),'


def newer_contracts(folder: Path) -> str:
    """A copy of the contracts. Every event has one more field, which has a default, and the envelope has one more
    header.

    If the copy exists already, from an earlier upgrade of the same run, it is used again. Raises Failure if the text to
    be changed was not found.
    """
    if (folder / "contracts").exists():
        return str(folder)
    source = Path(contracts.__file__).parent
    shutil.copytree(source, folder / "contracts", ignore=shutil.ignore_patterns("__pycache__"))
    events = headers = 0
    for path in (folder / "contracts").glob("*.py"):
        text, more = TOPIC_OF_EVENT.subn(r'\1    told_by_version: str = "new"\n', path.read_text())
        events, headers = events + more, headers + text.count(FIRST_HEADER)
        path.write_text(text.replace(FIRST_HEADER, f'{FIRST_HEADER} ("ce_newer", b"yes"),'))
    if not events or headers != 1:
        raise Failure(f"no newer contracts: {events} events with a new field, {headers} envelopes with a new header")
    return str(folder)


@platform_scenario(4)
def infrastructure_killed_under_six_stages(platform: Platform, seed: int) -> None:
    """Kafka or PostgreSQL, chosen at random, dies four times while rosters pass the stages."""
    dice = random.Random(seed)
    with walking(platform, seed + 300) as walks:
        for share in (0.1, 0.3, 0.5, 0.7):
            walks.await_share(share)
            name, number = dice.choice([("kafka", signal.SIGKILL), ("postgres", signal.SIGQUIT)])
            platform.kill(name, number, hold_s=dice.uniform(0.5, 3))


@platform_scenario(13, quiet_s=LATE_QUIET_S)
def everything_at_random(platform: Platform, seed: int) -> None:
    """Random kills, freezes, crash points, outages, resets and faults of external systems, one after another."""
    dice = random.Random(seed)
    died = {service: platform.deaths(service) for service in platform.services}
    before = platform.ledger.faults()
    for wave in range(MOST_WAVES):
        with walking(platform, seed + 500 + 10 * wave, 3) as walks:
            misfortunes(platform, dice, walks)
        if platform.ledger.faults() - before >= ENOUGH_FAULTS:
            break
    for service, deaths in died.items():
        for _ in range(platform.deaths(service) - deaths):
            platform.fault(f"{service} died at a crash point")
    if platform.ledger.faults() == before:
        raise Failure("no misfortune hit anything")


def misfortunes(platform: Platform, dice: random.Random, walks: Walks) -> None:
    """Inject faults until the rosters are nearly done or TROUBLED_S has passed, then repair everything."""
    ends = time.monotonic() + TROUBLED_S
    try:
        with counted_outside(platform):
            while walks.share < 0.9 and not walks.failures and time.monotonic() < ends:
                strike_at_random(platform, dice)
                time.sleep(dice.uniform(0.5, 4))
    finally:
        platform.disarm()
