"""Compares the ledger, which is the rig's file of all commands and answers, with all data of the pair.

The pair is the two small services publisher and counter. For each event that the publisher publishes, the counter
publishes an echo. A `Standing` is the last event number of an account, on a compacted topic.
"""

import asyncio
import json
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Any

from chassis.web import command_id
from faults.checks.ledger import Ledger
from faults.checks.reconciliation import Reconciliation
from faults.checks.stores import judge_commands, judge_store
from faults.pair.world import Pair
from faults.rig.wire import Wire, read_all


@dataclass(frozen=True, slots=True)
class PublishCommand:
    """An answered command of the publisher: its request, and the ids of events in its answer."""

    id: str
    accounts: list[str]
    ask: bool
    standing: bool
    named: frozenset[str]


def compare(pair: Pair) -> Reconciliation:
    """Each event must be stored, published, counted, echoed and answered once, in order per account."""
    reconciliation = Reconciliation()
    records = asyncio.run(read_all(pair.rig_stack.kafka.bootstrap, pair.topics))
    wire = Wire(records, pair.planted, compacted={pair.standings.name})
    wire.judge(reconciliation)
    for store in pair.stores:
        judge_store(store, wire, reconciliation)
    judge_commands([pair.publisher_store, pair.counter_store], pair.ledger, reconciliation)
    judge_answers(pair.ledger, reconciliation)
    commands = answered_commands(pair.ledger, f"{pair.publisher_store.service} POST /tell")
    reconciliation.find("stuck", "not one command was answered", int(not commands))
    _judge_published(pair, commands, reconciliation)
    _judge_effects(pair, reconciliation)
    _judge_standings(pair, wire, commands, reconciliation)
    _judge_outside(pair, commands, reconciliation)
    for point in pair.points.waiting():
        reconciliation.find("stuck", f"{point.name} never reached {point.at}")
    reconciliation.redelivered = pair.scrapes.total("ue_records_skipped_total", 'reason="duplicate"')
    return reconciliation


def judge_answers(ledger: Ledger, reconciliation: Reconciliation) -> None:
    """Every command must have an answer. Without one, the rig does not know whether to expect the command's effect."""
    open_commands = {entry.act: entry.what for entry in ledger.entries("asked")}
    for entry in ledger.entries("answered", "refused"):
        open_commands.pop(entry.act, None)
    for act, what in open_commands.items():
        reconciliation.find("stuck", f"act {act} was never answered: {what}")


def answered_commands(ledger: Ledger, what: str) -> list[PublishCommand]:
    requests = {e.act: e.body["request"]["json"] for e in ledger.entries("asked") if e.what == what}
    return [
        PublishCommand(
            str(command_id(entry.account, entry.act)),
            requests[entry.act]["accounts"],
            requests[entry.act].get("ask", True),
            requests[entry.act].get("standing", True),
            frozenset(entry.body["answer"]["told"]),
        )
        for entry in ledger.entries("answered")
        if entry.what == what
    ]


def _judge_published(pair: Pair, commands: list[PublishCommand], reconciliation: Reconciliation) -> None:
    """The stored events must be the events in the answers. Each event must belong to an account of its command. The
    events of an account must have the numbers 1, 2, 3, …
    """
    rows = pair.publisher_store.rows("SELECT told_id::text, account, number, command_id::text FROM told")
    stored: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        stored[row["command_id"]].append(row)
    for one in commands:
        own = stored.pop(one.id, [])
        reconciliation.sets(f"events of act {one.id}", set(one.named), [row["told_id"] for row in own])
        on_others = Counter(one.accounts) - Counter(row["account"] for row in own)
        reconciliation.find("lost", f"act {one.id}: not on the accounts that were asked for", on_others.total())
    reconciliation.find("doubled", "events stored that no command asked for", sum(map(len, stored.values())))
    numbers: dict[str, list[int]] = defaultdict(list)
    for row in rows:
        numbers[row["account"]].append(row["number"])
    for account, found in numbers.items():
        reconciliation.compare(f"numbers of {account}", list(range(1, len(found) + 1)), sorted(found))


def _judge_effects(pair: Pair, reconciliation: Reconciliation) -> None:
    told = {str(row["told_id"]) for row in pair.publisher_store.rows("SELECT told_id FROM told")}
    for store, table in ((pair.counter_store, "tally"), (pair.publisher_store, "echoes")):
        rows = store.rows(f"SELECT told_id, account, number FROM {table} ORDER BY id")
        reconciliation.sets(table, told, [str(row["told_id"]) for row in rows])
        last: dict[str, int] = {}
        for row in rows:
            backwards = row["number"] <= last.get(row["account"], 0)
            reconciliation.find("out_of_order", f"{table}: {row['account']} at {row['number']}", int(backwards))
            last[row["account"]] = row["number"]


def _judge_standings(pair: Pair, wire: Wire, commands: list[PublishCommand], reconciliation: Reconciliation) -> None:
    """The last `Standing` of each account must have the account's last number, on the compacted topic and in the
    counter's copy.
    """
    sql = "SELECT account, max(number) AS number FROM told WHERE command_id = ANY($1::uuid[]) GROUP BY account"
    command_ids = [one.id for one in commands if one.standing]
    last_numbers = {row["account"]: row["number"] for row in pair.publisher_store.rows(sql, command_ids)}
    reconciliation.find("lost", "no standing was ever published", int(bool(command_ids) and not last_numbers))
    sql = "SELECT key, (body->>'number')::int AS number FROM reference_entries WHERE topic = $1"
    copies = {row["key"]: row["number"] for row in pair.counter_store.rows(sql, pair.standings.name)}
    last = {key: json.loads(one.value)["number"] for (_, key), one in wire.last_records.items()}
    for where, found in (("in the copy", copies), ("on the topic", last)):
        reconciliation.find("lost", f"standings {where}: missing", len(last_numbers.keys() - found.keys()))
        reconciliation.find(
            "doubled", f"standings {where}: nobody published them", len(found.keys() - last_numbers.keys())
        )
        wrong = [account for account in last_numbers.keys() & found.keys() if found[account] != last_numbers[account]]
        reconciliation.find("out_of_order", f"standings {where} that are not the last, e.g. {wrong[:1]}", len(wrong))


def _judge_outside(pair: Pair, commands: list[PublishCommand], reconciliation: Reconciliation) -> None:
    """Each command with `ask` must have called the external system once and received one answer. Commands without
    `ask` must not have called the external system.
    """
    calling = {one.id for one in commands if one.ask}
    requests = [row["key"] for row in pair.publisher_store.rows("SELECT key FROM jobs")]
    reconciliation.sets("jobs", calling, requests)
    reconciliation.sets("asked outside", calling, list(pair.outside.calls.elements()))
    answers = [row["key"] for row in pair.publisher_store.rows("SELECT key FROM answers")]
    reconciliation.sets("answers from outside", calling, answers)
