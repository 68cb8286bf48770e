"""Fault 17: forged records. All have a sequence number far above the true one. Some have a foreign source, some the
source of the topic's owner.
"""

from collections.abc import Sequence
from typing import Any

from contracts.topics import MEMBERS, REVIEWS, UNIONS, Topic
from contracts.words import Role
from enrollctl.errors import Failure
from faults.checks.quiet import wait_for_quiet
from faults.checks.stores import Store
from faults.pair import records
from faults.pair.load import under_load
from faults.pair.world import Pair
from faults.platform.platform import Platform
from faults.platform.walks import walking
from faults.rig.callers import RecordedCaller
from faults.rig.forging import all_kinds, id_of, last_of_each_key, without_a_source
from faults.rig.rig_stack import READINESS
from faults.scenario import platform_scenario, scenario

#: How many keys of a topic get forged records.
KEYS = 3
OPEN = "SELECT id, ce_id, state FROM dead_letters WHERE state NOT IN ('replayed', 'discarded') ORDER BY id"


@scenario(17, short=True)
def forged_records(pair: Pair, seed: int) -> None:
    """Forged records on a normal and on a compacted topic, under load. Every true record must be handled as usual."""
    pair.start_both()
    with under_load(pair, seed, acts=30) as load:
        for share in (0.3, 0.7):
            load.await_done(share)
            forge(pair, pair.rig_stack.kafka.bootstrap, [pair.told, pair.standings])
    wait_for_quiet(pair.monitor)
    must_report(pair)
    give_up(pair.counter_store, pair.caller("operator"), pair.planted)


def forge(world: Pair | Platform, bootstrap: str, topics: Sequence[Topic]) -> None:
    """Publish forged records after the newest records of some keys, on each topic."""
    for topic in topics:
        for true in last_of_each_key(records.read(bootstrap, topic), KEYS, world.planted):
            found = [*all_kinds(true), without_a_source(true)]
            world.planted += [id_of(one) for one in found]
            records.send(bootstrap, found)
            world.fault("records forged", topic=topic.name, key=str(true.key), records=len(found))


def must_report(pair: Pair) -> None:
    """Readiness must name a key with a held record, and records of foreign sources must be counted."""
    [row] = pair.counter_store.rows("SELECT key FROM dead_letters WHERE state = 'held' ORDER BY id LIMIT 1")
    pair.until(lambda: row["key"] in readiness_text(pair), "readiness does not name the key", 30)
    refused = "ue_records_refused_total"
    pair.until(lambda: pair.scrapes.total(refused) > 0, "no refused record is counted", 30)


def readiness_text(pair: Pair) -> str:
    return READINESS.get(f"{pair.url_of(pair.counter_store.service)}/health/ready").text


def give_up(store: Store, operator: Any, planted: Sequence[str]) -> int:
    """Discard the forged records. Raises Failure if a true record is among the dead letters."""
    rows = store.rows(OPEN)
    if true := [row for row in rows if row["ce_id"] not in planted]:
        raise Failure(f"{store.service}: true records are set aside, e.g. {dict(true[0])}")
    for row in rows:
        operator.act(store.service, f"/ops/dead-letters/{row['id']}/discard", {"reason": "forged by the rig"})
    return len(rows)


@platform_scenario(17)
def six_stages_with_forged_records(platform: Platform, seed: int) -> None:
    """Forged records on the topics of members, unions and reviews, while rosters pass the stages."""
    with walking(platform, seed + 700) as walks:
        for share in (0.3, 0.6):
            walks.await_share(share)
            forge(platform, platform.kafka_bootstrap, [MEMBERS, UNIONS, REVIEWS])
    wait_for_quiet(platform.monitor)
    operator = RecordedCaller(platform.url, platform.keys, platform.ledger, account="operator", role=Role.OPERATOR)
    if not sum(give_up(store, operator, platform.planted) for store in platform.stores):
        raise Failure("no service has noticed a forged record")
