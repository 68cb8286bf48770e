"""The ledger against everything the pair holds."""

import asyncio
from collections import Counter, defaultdict

from faults.ledger import Entry
from faults.pair.world import Pair
from faults.stores import judge_acts, judge_store
from faults.verdict import Verdict
from faults.wire import Wire, read_all


def compare(pair: Pair) -> Verdict:
    """Asked, told, on the topic, tallied, echoed, answered outside: each once, in order per account."""
    verdict = Verdict()
    records = asyncio.run(read_all(pair.ground.kafka.bootstrap, pair.topics))
    wire = Wire(records, pair.planted)
    wire.judge(verdict)
    for store in pair.stores:
        judge_store(store, wire, verdict)
    judge_acts([pair.teller_store, pair.counter_store], pair.ledger, verdict)
    _judge_acts_told(pair, verdict)
    _judge_effects(pair, verdict)
    _judge_standings(pair, verdict)
    _judge_outside(pair, verdict)
    verdict.redelivered = pair.scrapes.total("ue_records_skipped_total", 'reason="duplicate"')
    return verdict


def _judge_acts_told(pair: Pair, verdict: Verdict) -> None:
    """What an answer named was stored, each act's events once; numbers per account are 1, 2, 3, …"""
    answered = [e for e in pair.ledger.entries("answered") if e.what == f"{pair.teller_store.service} POST /tell"]
    rows = pair.teller_store.rows("SELECT told_id, account, number FROM told")
    stored = {str(row["told_id"]) for row in rows}
    for entry in answered:
        named = set(entry.body["answer"]["told"])
        verdict.find("lost", f"events of act {entry.act} are not stored", len(named - stored))
    asked = [e for e in pair.ledger.entries("asked") if e.what == f"{pair.teller_store.service} POST /tell"]
    verdict.find("doubled", "events stored that no act asked for", max(0, len(rows) - sum(map(_events_of, asked))))
    numbers: dict[str, list[int]] = defaultdict(list)
    for row in rows:
        numbers[row["account"]].append(row["number"])
    for account, found in numbers.items():
        verdict.compare(f"numbers of {account}", list(range(1, len(found) + 1)), sorted(found))


def _events_of(asked: Entry) -> int:
    return len(asked.body["request"]["json"]["accounts"])


def _judge_effects(pair: Pair, verdict: Verdict) -> None:
    told = {str(row["told_id"]) for row in pair.teller_store.rows("SELECT told_id FROM told")} - pair.given_up
    for store, table in ((pair.counter_store, "tally"), (pair.teller_store, "echoes")):
        rows = store.rows(f"SELECT told_id, account, number FROM {table} ORDER BY id")
        verdict.sets(table, told, [str(row["told_id"]) for row in rows])
        last: dict[str, int] = {}
        for row in rows:
            backwards = row["number"] <= last.get(row["account"], 0)
            verdict.find("out_of_order", f"{table}: {row['account']} at {row['number']}", int(backwards))
            last[row["account"]] = row["number"]


def _judge_standings(pair: Pair, verdict: Verdict) -> None:
    """The last word on a compacted topic is the last that was said."""
    sql = "SELECT key FROM outbox_sequences WHERE topic = $1"
    keys = {row["key"] for row in pair.teller_store.rows(sql, pair.standings.name)}
    accounts = pair.teller_store.rows("SELECT account, last FROM accounts")
    said = {row["account"]: row["last"] for row in accounts if row["account"] in keys}
    sql = "SELECT key, (body->>'number')::int AS number FROM reference_entries"
    kept = {row["key"]: row["number"] for row in pair.counter_store.rows(sql)}
    wrong = [account for account, number in said.items() if kept.get(account) != number]
    verdict.find("out_of_order", f"standings that are not the last, e.g. {wrong[:1]}", len(wrong))


def _judge_outside(pair: Pair, verdict: Verdict) -> None:
    asked = {row["key"] for row in pair.teller_store.rows("SELECT key FROM outbound_requests")}
    taken = {key: count for key, count in pair.outside.taken.items() if key in asked}
    verdict.sets("asked outside", asked, list(Counter(taken).elements()))
    answers = [row["key"] for row in pair.teller_store.rows("SELECT key FROM answers")]
    verdict.sets("answers from outside", asked, answers)
