"""Backpressure: slow registries and a slow database. Memory stays flat, members keep their places."""

from urllib.parse import urlsplit

from enrollctl.errors import Failure
from faults.city.walks import walking
from faults.city.world import City
from faults.ground import Ground, peak_mib
from faults.pair.events import COUNTER, TELLER
from faults.pair.load import under_load
from faults.pair.world import Pair
from faults.proxy import Proxy
from faults.scenario import city_scenario, scenario

MOST_MIB = 250.0


def must_stay_small(ground: Ground, *processes: str) -> None:
    """The most that each ever had resident; printed, for a limit says little by itself."""
    for name in processes:
        peak = peak_mib(ground.pid(name))
        print(f"     {name}: peak {peak:.0f} MiB", flush=True)
        if peak > MOST_MIB:
            raise Failure(f"{name} took {peak:.0f} MiB; {MOST_MIB:.0f} are allowed")


def rebalances(ground: Ground, group: str) -> int:
    """How often the broker began to share a group's partitions out anew."""
    text = ground.folders.log("kafka").read_text(errors="replace")
    return sum("Preparing to rebalance group" in line and f" {group} " in line for line in text.splitlines())


@scenario(17)
def postgres_slow(pair: Pair, seed: int) -> None:
    """Every answer of the database takes 30 ms longer: all is later, nothing is lost, nobody leaves the group."""
    port = urlsplit(pair.teller_store.url).port
    assert port is not None
    with Proxy(port) as proxy:
        far = {
            name: store.url.replace(f":{port}/", f":{proxy.port}/")
            for name, store in ((TELLER, pair.teller_store), (COUNTER, pair.counter_store))
        }
        for name, url in far.items():
            pair.start(name, UE_DATABASE_URL=url)
        before = rebalances(pair.ground, pair.counter_store.service)
        pair.fault("database slow", latency_s=0.03)
        proxy.latency_s = 0.03
        with under_load(pair, seed, acts=10):
            pass
        proxy.heal()
        must_stay_small(pair.ground, pair.name_of(TELLER), pair.name_of(COUNTER))
        if rebalances(pair.ground, pair.counter_store.service) > before:
            raise Failure("members were put out of the group")
        for name in far:
            pair.ground.leave(pair.name_of(name))
    # The proxy is gone: they go on without it.
    pair.start_both()


@city_scenario(17)
def registries_slow(city: City, seed: int) -> None:
    """Each question takes two seconds and more: checks wait, everything else goes on."""
    with walking(city, seed + 400) as walks:
        operator = walks.walks[0].operator
        for target in ("card", "employment"):
            trouble = {"target": target, "delay_ms": 2_000, "jitter_ms": 1_500, "seed": seed}
            city.fault("registry slow", **trouble)
            operator.act("simulator", "/faults", trouble, method="PUT")
        walks.await_share(0.5)
    must_stay_small(city.ground, *city.services)
    for target in ("card", "employment"):
        operator.act("simulator", "/faults", {"target": target}, method="PUT")
