"""Fault 17: slow registries and a slow database. Memory must not grow, and consumers must stay in their groups."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from enrollctl.errors import Failure
from faults.pair.events import COUNTER, PUBLISHER
from faults.pair.load import under_load
from faults.pair.world import Pair
from faults.platform.platform import Platform
from faults.platform.walks import walking
from faults.rig.proxy import Proxy
from faults.rig.rig_stack import RigStack, peak_mib
from faults.rig.scrapes import Scrapes
from faults.scenario import platform_scenario, scenario

MOST_MIB = 250.0
#: Far below the five minutes after which a consumer that does not poll is removed from its group.
LONGEST_POLL_S = 10.0


@contextmanager
def calm(rig_stack: RigStack, scrapes: Scrapes, groups: Collection[str], processes: Collection[str]) -> Iterator[None]:
    """Raises Failure if a process ends, a group rebalances, a poll is long, or memory grows during the `with` block."""
    restarts = {name: rig_stack.restarts(name) for name in processes}
    shared_out = {group: rebalances(rig_stack, group) for group in groups}
    long = long_polls(scrapes)
    yield
    for name, before in restarts.items():
        must_stay_small(rig_stack, name)
        if rig_stack.restarts(name) > before:
            raise Failure(f"{name} ended under pressure")
    for group, before in shared_out.items():
        if not before:
            raise Failure(f"no rebalance of {group} was ever seen: the log says it in other words now")
        if rebalances(rig_stack, group) > before:
            raise Failure(f"members of {group} were put out of it")
    if longer := long_polls(scrapes) - long:
        raise Failure(f"{longer} polls took more than {LONGEST_POLL_S:.0f} s")


def long_polls(scrapes: Scrapes) -> int:
    polls = scrapes.total("ue_poll_seconds_count")
    return polls - scrapes.total("ue_poll_seconds_bucket", f'le="{LONGEST_POLL_S:.1f}"')


def must_stay_small(rig_stack: RigStack, *processes: str) -> None:
    """Print the largest resident memory of each process. Raises Failure if it exceeds MOST_MIB."""
    for name in processes:
        peak = peak_mib(rig_stack.pid(name))
        print(f"     {name}: peak {peak:.0f} MiB", flush=True)
        if peak > MOST_MIB:
            raise Failure(f"{name} took {peak:.0f} MiB; {MOST_MIB:.0f} are allowed")


def rebalances(rig_stack: RigStack, group: str) -> int:
    """How often the broker began to rebalance a group."""
    text = rig_stack.folders.log("kafka").read_text(errors="replace")
    return sum("Preparing to rebalance group" in line and f" {group} " in line for line in text.splitlines())


@scenario(17)
def postgres_slow(pair: Pair, seed: int) -> None:
    """Every answer of the database comes 30 ms later. So everything is slower, but nothing is lost, and no consumer
    leaves its group.
    """
    port = urlsplit(pair.publisher_store.url).port
    assert port is not None
    with Proxy(port) as proxy:
        far = {
            name: store.url.replace(f":{port}/", f":{proxy.port}/")
            for name, store in ((PUBLISHER, pair.publisher_store), (COUNTER, pair.counter_store))
        }
        for name, url in far.items():
            pair.start(name, UE_DATABASE_URL=url)
        pair.fault("database slow", latency_s=0.03)
        proxy.latency_s = 0.03
        groups = [store.service for store in pair.stores]
        with calm(pair.rig_stack, pair.scrapes, groups, [pair.name_of(name) for name in far]):
            with under_load(pair, seed, acts=10):
                pass
            proxy.heal()
        for name in far:
            pair.rig_stack.leave(pair.name_of(name))
    # Start the services again without the proxy, which is closed now.
    pair.start_both()


@platform_scenario(17)
def registries_slow(platform: Platform, seed: int) -> None:
    """Each query of a registry takes two seconds or more. Status checks wait, and all work without the registries goes
    on.
    """
    with (
        calm(platform.rig_stack, platform.scrapes, platform.services, platform.services),
        walking(platform, seed + 400) as walks,
    ):
        operator = walks.walks[0].operator
        for target in ("card", "employment"):
            trouble = {"target": target, "delay_ms": 2_000, "jitter_ms": 1_500, "seed": seed}
            platform.fault("registry slow", **trouble)
            operator.act("simulator", "/faults", trouble, method="PUT")
        walks.await_share(0.5)
    for target in ("card", "employment"):
        operator.act("simulator", "/faults", {"target": target}, method="PUT")
