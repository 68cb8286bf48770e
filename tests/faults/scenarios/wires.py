"""Fault 13: the wires to Kafka and PostgreSQL are slow, reset, or open and dead."""

from enrollctl.errors import Failure
from faults.pair.load import under_load
from faults.pair.world import Pair
from faults.proxy import Proxy
from faults.scenario import scenario

LATENCY_S = 0.03
#: Of the pieces that pass in a second, some dozens, a few are lost with their connection.
RESET_RATE = 0.02


def trouble(pair: Pair, seed: int, wire: Proxy, name: str) -> None:
    """Slow, then resetting, then dead and open, under load; each must have hit connections of this pair."""
    pair.wires = frozenset({name})
    pair.start_both()
    try:
        with under_load(pair, seed, acts=60) as load:
            load.await_done(0.1)
            pair.fault(f"the wire to {name} is slow", latency_s=LATENCY_S)
            wire.latency_s = LATENCY_S
            load.await_done(0.25)
            wire.heal()
            before, wire.reset_rate = wire.resets, RESET_RATE
            load.await_done(0.5)
            wire.heal()
            for _ in range(must_hit(wire.resets - before)):
                pair.fault(f"a connection to {name} reset")
            for share in (0.55, 0.7, 0.85):
                load.await_done(share)
                for _ in range(must_hit(wire.go_dark())):
                    pair.fault(f"a connection to {name} open and dead")
    finally:
        wire.heal()


def must_hit(connections: int) -> int:
    """Trouble on a wire that nobody uses proves nothing."""
    if not connections:
        raise Failure("no connection was hit")
    return connections


@scenario(13)
def wire_to_postgres_in_trouble(pair: Pair, seed: int) -> None:
    """Answers late, connections reset in the middle of anything, connections dead and open."""
    trouble(pair, seed, pair.postgres_wire, "postgres")


@scenario(13)
def wire_to_kafka_in_trouble(pair: Pair, seed: int) -> None:
    """As with PostgreSQL: producers, fetches, commits and heartbeats lose their connections or wait for nobody."""
    trouble(pair, seed, pair.ground.pair_kafka_wire, "kafka")
