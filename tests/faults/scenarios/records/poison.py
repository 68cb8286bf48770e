"""Fault 8: records that cannot be read or handled, at the first, middle and last position of a poll."""

import base64
import os
from uuid import uuid4

from aiokafka.errors import KafkaError

from chassis.system import crash_points
from enrollctl.demo.stages.caller import Refused
from enrollctl.errors import Failure
from faults.checks.quiet import wait_for_quiet
from faults.pair import records
from faults.pair.events import COUNTER
from faults.pair.load import ACCOUNTS, under_load
from faults.pair.records import Raw
from faults.pair.world import Pair
from faults.scenario import scenario

#: The number of records of each kind. Five keys that fail with the same cause within a minute would pause the service.
EACH = 2
#: States of dead letters that wait for an operator's decision.
UNDECIDED = "('failed', 'refused', 'held', 'unknown')"
#: The number of accounts that get bad events.
KEYS = 3


def headers(kind: str, sequence: int, source: str) -> list[tuple[str, bytes]]:
    """The headers of a well-formed envelope."""
    values = {
        "id": str(uuid4()),
        "type": kind,
        "source": source,
        "time": "2024-05-10T00:00:00+00:00",
        "subject": "poison",
        "sequence": str(sequence),
        "causationid": "rig",
        "correlationid": "rig",
    }
    return [(f"ce_{name}", value.encode()) for name, value in values.items()]


def sealed_for_nobody() -> bytes:
    """A valid event whose encrypted block needs a key that no consumer has."""
    word = base64.b64encode(os.urandom(48)).decode()
    sealed = f'{{"algorithm":"A256GCM","nonce":"{word[:16]}","ciphertext":"{word}","keys":{{"k-unknown":"{word}"}}}}'
    return f'{{"told_id":"{uuid4()}","account":"x","number":1,"sealed":{sealed}}}'.encode()


def poison(pair: Pair) -> list[Raw]:
    """Records that no consumer can handle.

    Each record with an envelope has a key of its own, because its sequence number is 1.
    """
    topic, source = pair.told.name, pair.told.source
    kinds: list[tuple[bytes | None, list[tuple[str, bytes]]]] = [
        (b"{", headers("faults.told.v1", 1, source)),
        (b'{"told_id": 7}', headers("faults.told.v1", 1, source)),
        (None, headers("faults.told.v1", 1, source)),
        (sealed_for_nobody(), headers("faults.told.v1", 1, source)),
        (b"\xff" * 900_000, headers("faults.told.v1", 1, source)),
    ]
    own = [
        Raw(topic, f"poison-{kind}-{n}".encode(), value, head, n * 3)
        for kind, (value, head) in enumerate(kinds)
        for n in range(EACH)
    ]
    shared = [Raw(topic, ACCOUNTS[n].encode(), b"no event", []) for n in range(EACH)]
    unknown = [Raw(topic, f"future-{n}".encode(), b"{}", headers("faults.invented.v9", 1, source)) for n in range(EACH)]
    return own + shared + unknown


@scenario(8, short=True)
def poison_at_every_position(pair: Pair, seed: int) -> None:
    """Among good records are records with bad JSON, a wrong schema, no value, a very large value, an unknown type, an
    unknown encryption key, or no envelope.
    """
    pair.start_both()
    found = poison(pair)
    third = -(-len(found) // 3)
    with under_load(pair, seed, acts=30) as load:
        for number, share in enumerate((0.0, 0.4, 0.8)):
            load.await_done(share)
            put(pair, found[number::3][:third])
        refuse_oversized(pair)
    unknown = ("ue_records_skipped_total", 'reason="unknown_type"')
    pair.until(lambda: pair.scrapes.total(*unknown) >= EACH, "what is of an unknown type is not counted")
    found += around_one_poll(pair)
    pair.planted += [dict(one.headers)["ce_id"].decode() for one in found if one.headers]
    give_up_all(pair, expected=len(found))


def put(pair: Pair, poison: list[Raw]) -> None:
    records.send(pair.rig_stack.kafka.bootstrap, poison)
    for one in poison:
        pair.fault("poison", key=str(one.key), size=len(one.value or b""))


def around_one_poll(pair: Pair) -> list[Raw]:
    """While the counter is down, publish poison, good events, poison, good events and poison into one partition, so
    that one poll has all of them.
    """
    pair.rig_stack.leave(pair.name_of(COUNTER))
    account = ACCOUNTS[-1]
    [partition] = {
        one.partition for one in records.read(pair.rig_stack.kafka.bootstrap, pair.told) if is_of(one, account)
    }
    topic, (bad, wrong, empty) = pair.told.name, (b"{", b'{"told_id": 7}', None)
    some = [
        Raw(topic, f"position-{n}".encode(), value, headers("faults.told.v1", 1, pair.told.source), partition)
        for n, value in enumerate((bad, wrong, empty))
    ]
    put(pair, some[:1])
    for one in some[1:]:
        pair.caller("caller-poll").act(pair.publisher_store.service, "/tell", {"accounts": [account] * 8, "ask": False})
        pair.until(lambda: not pair.publisher_store.value("SELECT count(*) FROM outbox"), "the outbox does not run dry")
        put(pair, [one])
    pair.start(COUNTER, UE_POLL_RECORDS="64")
    return some


def is_of(record: Raw, account: str) -> bool:
    return record.key == account.encode() and bool(record.headers)


def refuse_oversized(pair: Pair) -> None:
    """The chassis refuses an event that is too large, before it stores anything. The broker refuses a record that is
    too large, even if it does not come from the chassis.
    """
    try:
        pair.caller("caller-oversized").act(
            pair.publisher_store.service, "/tell", {"accounts": ["x"], "padding": 950_000}
        )
    except Refused:
        pair.fault("oversized event")
    else:
        raise Failure("an oversized event was taken")
    try:
        records.send(pair.rig_stack.kafka.bootstrap, [Raw(pair.told.name, b"x", b"x" * 2_000_000)])
    except KafkaError:
        pair.fault("oversized record")
        return
    raise Failure("the broker took an oversized record")


def give_up_all(pair: Pair, expected: int) -> None:
    """Discard each dead letter that needs a decision. Then the service handles the records that wait behind it."""
    wait_for_quiet(pair.monitor)
    failed = pair.counter_store.rows(f"SELECT id FROM dead_letters WHERE state IN {UNDECIDED} ORDER BY id")
    if len(failed) != expected:
        raise Failure(f"{len(failed)} letters are open, {expected} poisonous records were sent")
    operator = pair.caller("operator")
    for row in failed:
        path = f"/ops/dead-letters/{row['id']}/discard"
        operator.act(pair.counter_store.service, path, {"reason": "planted by the rig"})


def break_some(pair: Pair, seed: int) -> list[int]:
    """Publish bad events on KEYS accounts, then good events on the same accounts; return the ids of the dead
    letters.
    """
    service = pair.publisher_store.service
    caller = pair.caller("caller-bad")
    pair.switch("broken", True)
    for account in ACCOUNTS[:KEYS]:
        caller.act(service, "/tell", {"accounts": [account, ACCOUNTS[5]], "bad": True})
        pair.fault("bad event", account=account)
    with under_load(pair, seed):
        pass
    wait_for_quiet(pair.monitor)
    rows = pair.counter_store.rows("SELECT min(id) AS id FROM dead_letters WHERE state = 'failed' GROUP BY key")
    if len(rows) < KEYS:
        raise Failure(f"{len(rows)} keys have a letter, {KEYS} should have")
    return [row["id"] for row in rows]


def replay(pair: Pair, letters: list[int]) -> None:
    pair.switch("broken", False)
    operator = pair.caller("operator")
    for letter in letters:
        operator.act(pair.counter_store.service, f"/ops/dead-letters/{letter}/replay", {})


@scenario(8, short=True)
def later_records_wait_and_are_replayed_in_order(pair: Pair, seed: int) -> None:
    """Records behind a failed record of the same key are parked. They are handled after the failed record is
    replayed.
    """
    pair.start_both()
    replay(pair, break_some(pair, seed))


@scenario(1, short=True)
def killed_while_dead_lettering(pair: Pair, seed: int) -> None:
    """The service dies after it wrote a dead letter and before the commit. Later the letter must exist exactly once."""
    pair.start_both(counter_crash=f"{crash_points.RECORD_SET_ASIDE}:2")
    letters = break_some(pair, seed)
    pair.await_death(COUNTER)
    replay(pair, letters)


@scenario(1, short=True)
def killed_while_replaying(pair: Pair, seed: int) -> None:
    """The service dies once in the middle of a replay, and once between the commit of a replay and the answer.

    The operator sends the command again.
    """
    pair.start_both()
    letters = break_some(pair, seed)
    points = (f"{crash_points.RECORD_HANDLED}:2", f"{crash_points.WORK_AFTER_COMMIT}:1")
    for letter, point in zip(letters[: len(points)], points, strict=True):
        pair.arm(COUNTER, point)
        replay(pair, [letter])
        pair.await_death(COUNTER)
    replay(pair, letters[2:])
