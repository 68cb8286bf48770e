"""Faults 2, 7, 10: frozen processes, consumers that join and leave, a blocked event loop.

A zombie is a process that was frozen, has lost its lease, and wakes up. The leader is the process that has the lease.
"""

import asyncio
import random
import signal
import time
from collections.abc import Collection

import httpx

from chassis.database import TTL_S
from chassis.system import crash_points
from enrollctl.errors import Failure
from enrollctl.streams.kafka_admin import kafka_admin
from faults.checks.quiet import LATE_QUIET_S
from faults.checks.stores import Store
from faults.pair.events import COUNTER, PARTITIONS, PUBLISHER
from faults.pair.load import under_load
from faults.pair.world import Pair
from faults.rig.rig_stack import SESSION_TIMEOUT_MS
from faults.rig.wire import Wire, read_all
from faults.scenario import scenario
from faults.scenarios.infrastructure.pressure import rebalances

LONGER_THAN_A_LEASE_S = TTL_S + 3
LONGER_THAN_A_SESSION_S = SESSION_TIMEOUT_MS / 1000 * 2
#: More consumers than the topic has partitions. The publishers are the consumers of this scenario.
MEMBERS = PARTITIONS + 2


@scenario(2, quiet_s=LATE_QUIET_S)
def frozen_past_lease_and_session(pair: Pair, seed: int) -> None:
    """Under load, the process that has the lease of the relay is frozen, and its replica takes over. When the frozen
    process wakes up, it must not write.
    """
    pair.start_both()
    pair.start(PUBLISHER, name="publisher-2")
    pair.start(COUNTER, name="counter-2")
    publishers, counters = (
        (pair.publisher_store, (PUBLISHER, "publisher-2")),
        (pair.counter_store, (COUNTER, "counter-2")),
    )
    for turn, (store, names) in enumerate((publishers, counters, publishers)):
        freeze_the_leader(pair, seed + turn, store, names)


def freeze_the_leader(pair: Pair, seed: int, store: Store, names: Collection[str]) -> str:
    """Freeze the leader of two processes under load; return its name. Meanwhile the second process must lead and
    publish.
    """
    leader = pair.await_leader(store, *names)
    [other] = set(names) - {leader}
    # Send commands to the publisher that is not frozen, because a frozen process answers no command.
    pair.fronts[PUBLISHER] = other if leader.startswith(PUBLISHER) else pair.fronts.get(PUBLISHER, PUBLISHER)
    before = pair.published(leader)
    # `ask=False`: the load starts no calls to the external system. A worker that was frozen could repeat a call, and
    # the external system would let the call take effect twice.
    with under_load(pair, seed, acts=10, ask=False, lasting=True):
        pair.await_publication(leader, before)
        pair.freeze(leader)
        published = pair.published(other)
        time.sleep(LONGER_THAN_A_LEASE_S)
        pair.await_leader(store, other)
        pair.await_publication(other, published)
        pair.thaw(leader)
        time.sleep(2)
        if pair.leader(store) != other:
            raise Failure(f"{leader} woke and leads, though {other} had not gone")
    return leader


@scenario(2, quiet_s=LATE_QUIET_S)
def frozen_between_look_and_publication(pair: Pair, seed: int) -> None:
    """A relay freezes while it has the lease and unpublished events. Another relay publishes the events. Then the first
    relay wakes and sends the same events.
    """
    pair.start(COUNTER)
    pair.start(PUBLISHER, name="publisher-2", crash_at=f"{crash_points.RELAY_BEFORE_PUBLISH}:4:stop")
    pair.await_leader(pair.publisher_store, "publisher-2")
    pair.start(PUBLISHER)
    with under_load(pair, seed, acts=10, ask=False, lasting=True):
        pair.await_frozen("publisher-2")
        in_hand = pair.publisher_store.value("SELECT max(id) FROM outbox")
        pair.await_leader(pair.publisher_store, PUBLISHER)
        still_there = "SELECT count(*) FROM outbox WHERE id <= $1"
        pair.until(
            lambda: not pair.publisher_store.value(still_there, in_hand), "nobody published what the zombie holds", 30
        )
        # Wait until callers have caused later records of the same keys. Without later records, the zombie's records
        # would not come too late.
        time.sleep(2)
    # The zombie must not wake before the later records are published. The zombie's records must be the last records of
    # their keys: a newer record after them would repair the state and hide the error.
    pair.until(lambda: not pair.publisher_store.value("SELECT count(*) FROM outbox"), "the outbox does not run dry")
    before = copies(pair)
    pair.thaw("publisher-2")
    # A run in which the zombie sends nothing would prove nothing.
    pair.until(lambda: copies(pair) > before, "the zombie sent nothing", 20)


def copies(pair: Pair) -> int:
    return Wire(asyncio.run(read_all(pair.rig_stack.kafka.bootstrap, [pair.told]))).copies


@scenario(10)
def event_loop_blocked(pair: Pair, seed: int) -> None:
    """The event loop of the publisher is blocked in a command, and the event loop of the counter in a poll. Both are
    blocked for longer than Kafka's session time-out, and for longer than a transaction is allowed to be idle.
    """
    held_s = max(LONGER_THAN_A_SESSION_S, 12.0)
    pair.start_both(
        f"{crash_points.WORK_BEFORE_COMMIT}:5:block={held_s}", f"{crash_points.POLL_BEFORE_COMMIT}:3:block={held_s}"
    )
    pair.start(COUNTER, name="counter-2")
    with under_load(pair, seed, acts=30, ask=False):
        await_blocked(pair, [PUBLISHER, COUNTER], held_s / 2)


def await_blocked(pair: Pair, names: Collection[str], seconds: float) -> None:
    """Wait until each process has answered nothing for `seconds`, although it is alive and not frozen."""
    urls = {name: pair.rig_stack.workers[pair.name_of(name)].url for name in names}
    silent_since = dict.fromkeys(names, 0.0)
    deadline = time.monotonic() + 90
    with httpx.Client(timeout=0.5, trust_env=False) as client:
        while silent_since:
            if time.monotonic() > deadline:
                raise Failure(f"never blocked: {', '.join(silent_since)}")
            for name in list(silent_since):
                if answers(client, urls[name]) or not pair.rig_stack.is_up(pair.name_of(name)):
                    silent_since[name] = 0.0
                elif not silent_since[name]:
                    silent_since[name] = time.monotonic()
                elif time.monotonic() - silent_since[name] >= seconds:
                    pair.points.seen(name)
                    del silent_since[name]
            time.sleep(0.1)


def answers(client: httpx.Client, url: str) -> bool:
    try:
        return client.get(f"{url}/health/live").status_code > 0
    except httpx.HTTPError:
        return False


@scenario(7)
def rebalance_storm(pair: Pair, seed: int) -> None:
    """Consumers join and leave every two seconds. There are more consumers than partitions."""
    dice = random.Random(seed)
    pair.start_both()
    group = pair.publisher_store.service
    before = rebalances(pair.rig_stack, group)
    with under_load(pair, seed, acts=20, lasting=True):
        members: list[str] = []
        for number in range(2, 2 + MEMBERS + MEMBERS // 3):
            name = f"publisher-{number}"
            pair.start(PUBLISHER, name=name, wait=False)
            pair.fault("a member joins", name=name)
            members.append(name)
            time.sleep(2)
            if number % 4 == 0:
                leave(pair, members.pop(dice.randrange(len(members))), dice.choice([signal.SIGTERM, signal.SIGKILL]))
        pair.until(lambda: members_of(pair, group) > PARTITIONS, "the group did not get more members than partitions")
        for name in members:
            leave(pair, name)
            time.sleep(1)
    counted = rebalances(pair.rig_stack, group) - before
    pair.note("the storm", rebalances=counted)
    if counted < MEMBERS:
        raise Failure(f"{counted} rebalances are no storm")


def leave(pair: Pair, name: str, number: signal.Signals = signal.SIGTERM) -> None:
    pair.rig_stack.leave(pair.name_of(name), number)
    pair.fault("a member leaves", name=name, how=number.name)


def members_of(pair: Pair, group: str) -> int:
    return asyncio.run(_members_of(pair.rig_stack.kafka.bootstrap, group))


async def _members_of(bootstrap: str, group: str) -> int:
    async with kafka_admin(bootstrap) as admin:
        [answer] = await admin.describe_consumer_groups([group])
        [(_, _, _, _, _, members, *_)] = answer.groups
        return len(members)
