"""Fault 13: the connections to Kafka and PostgreSQL are slow, reset, or half open."""

import time

from faults.checks.quiet import LATE_QUIET_S
from faults.pair.load import under_load
from faults.pair.world import Pair
from faults.rig.proxy import Proxy
from faults.scenario import scenario

LATENCY_S = 0.03
#: The probability that a chunk of data resets its connection. Some dozens of chunks pass in a second, so resets are
#: frequent.
RESET_RATE = 0.02
SLOW_S, BETWEEN_S = 5.0, 3.0
RESETS, TIMES_DARK = 3, 3


def trouble(pair: Pair, seed: int, wire: Proxy, name: str) -> None:
    """Connections are slow, then reset, then half open, under load. Each fault must hit connections of `pair`.

    A half-open connection stays open, but no data pass.
    """
    pair.wires = frozenset({name})
    pair.start_both()
    try:
        with under_load(pair, seed, acts=20, lasting=True):
            wire.latency_s = LATENCY_S
            pair.fault(f"the wire to {name} is slow", latency_s=LATENCY_S)
            time.sleep(SLOW_S)
            wire.heal()
            before, wire.reset_rate = wire.resets, RESET_RATE
            pair.until(lambda: wire.resets - before >= RESETS, f"no {RESETS} connections to {name} were hit")
            wire.heal()
            for _ in range(wire.resets - before):
                pair.fault(f"a connection to {name} reset")
            for _ in range(TIMES_DARK):
                # A service does not open a new connection at once. So wait until a connection is there to be hit:
                # without one, the fault would prove nothing.
                pair.until(lambda: go_dark(pair, wire, name), f"no connection to {name} was hit")
                time.sleep(BETWEEN_S)
    finally:
        wire.heal()


def go_dark(pair: Pair, wire: Proxy, name: str) -> bool:
    """Let all open connections stay open but carry no more data. Each of these connections counts as a fault.

    Returns whether any connection was open.
    """
    hit = wire.go_dark()
    for _ in range(hit):
        pair.fault(f"a connection to {name} open and dead")
    return hit > 0


@scenario(13, quiet_s=LATE_QUIET_S)
def wire_to_postgres_in_trouble(pair: Pair, seed: int) -> None:
    """Late answers, connections that are reset at any moment, half-open connections."""
    trouble(pair, seed, pair.postgres_wire, "postgres")


@scenario(13, quiet_s=LATE_QUIET_S)
def wire_to_kafka_in_trouble(pair: Pair, seed: int) -> None:
    """Late answers, connections that are reset at any moment, half-open connections. Producers, fetches, commits and
    heartbeats lose their connections or get no answer.
    """
    trouble(pair, seed, pair.rig_stack.pair_kafka_wire, "kafka")
