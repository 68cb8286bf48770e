"""Checks of the chassis's own tables in every service's database."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg

from chassis.audit_chain import verify
from chassis.web import command_id
from contracts.topics import TOPICS, Topic
from faults.checks.connections import CONNECTIONS
from faults.checks.ledger import Entry, Ledger
from faults.checks.reconciliation import Reconciliation
from faults.rig.wire import Wire

Row = asyncpg.Record


@dataclass(frozen=True, slots=True)
class Store:
    """A service's database. `reads`: the topics that the service consumes. `own`: the topics that the service
    publishes, if no contract declares them.
    """

    service: str
    url: str
    reads: Sequence[Topic]
    own: Sequence[Topic] = ()

    @property
    def database(self) -> str:
        """The name of the database on the server."""
        return self.url.rsplit("/", 1)[-1]

    @property
    def publishes(self) -> Sequence[Topic]:
        return self.own or [topic for topic in TOPICS if topic.producer == self.service]

    def rows(self, sql: str, *arguments: Any) -> list[Row]:
        return CONNECTIONS.fetch(self.url, sql, *arguments).result()

    def value(self, sql: str, *arguments: Any) -> Any:
        found = self.rows(sql, *arguments)
        return found[0][0] if found else None

    def execute(self, sql: str, *arguments: Any) -> None:
        self.rows(sql, *arguments)


async def fetch(url: str, sql: str, *arguments: Any) -> list[Row]:
    return await asyncio.wrap_future(CONNECTIONS.fetch(url, sql, *arguments))


def judge_store(store: Store, wire: Wire, reconciliation: Reconciliation) -> None:
    """Check that the service has no open work, and that outbox and inbox agree with the topics.

    The outbox must be empty, and each numbered event must be on its topic. The inbox must have reached the last event
    of each key, without gaps. Dead letters and jobs must not be open.
    """
    name = store.service
    reconciliation.find("stuck", f"{name}: events in the outbox", store.value("SELECT count(*) FROM outbox"))
    waiting = store.rows("SELECT kind, state, last_error FROM jobs WHERE state <> 'done'")
    reconciliation.find("stuck", f"{name}: jobs not done, e.g. {_one(waiting)}", len(waiting))
    letters = store.rows("SELECT key, cause FROM dead_letters WHERE state NOT IN ('replayed', 'discarded')")
    reconciliation.find("stuck", f"{name}: open dead letters, e.g. {_one(letters)}", len(letters))
    _judge_outbox(store, wire, reconciliation)
    _judge_inbox(store, wire, reconciliation)


def _judge_outbox(store: Store, wire: Wire, reconciliation: Reconciliation) -> None:
    """The last sequence of each key in `outbox_sequences` must be the last sequence of the key on its topic."""
    rows = store.rows("SELECT topic, key, last FROM outbox_sequences")
    numbered = {(row["topic"], row["key"]): row["last"] for row in rows}
    publishes = {topic.name for topic in store.publishes}
    for place in numbered.keys() | {place for place in wire.last if place[0] in publishes}:
        last, on_topic = numbered.get(place, 0), wire.last.get(place, 0)
        where = f"{store.service}: {place[0]} {place[1]} is numbered up to {last}, told up to {on_topic}"
        reconciliation.find("lost", where, last - on_topic)
        reconciliation.find("doubled", where, on_topic - last)


def _judge_inbox(store: Store, wire: Wire, reconciliation: Reconciliation) -> None:
    rows = store.rows("SELECT topic, key, last, gaps, regressions FROM inbox_positions")
    seen = {(row["topic"], row["key"]): row["last"] for row in rows}
    reads = {topic.name for topic in store.reads}
    for place in seen.keys() | {place for place in wire.last if place[0] in reads}:
        read, on_topic = seen.get(place, 0), wire.last.get(place, 0)
        where = f"{store.service}: {place[0]} {place[1]} is read up to {read}, told up to {on_topic}"
        reconciliation.find("lost", where, on_topic - read)
        # A service whose inbox is ahead of the topic would treat the next records as duplicates.
        reconciliation.find("lost", where, read - max(on_topic, wire.planted_last.get(place, 0)))
    for row in rows:
        where = f"{store.service}: {row['topic']} {row['key']}"
        reconciliation.find("lost", f"{where}: gaps seen", row["gaps"])
        reconciliation.find("out_of_order", f"{where}: regressions seen", row["regressions"])


def judge_commands(stores: Sequence[Store], ledger: Ledger, reconciliation: Reconciliation) -> None:
    """Each answered command must be in the audit log, and no command twice. The audit chain must be intact.

    The ledger is the rig's file of all commands. The `what` of a command in it begins with the service's name.
    """
    for store in stores:
        executed = Counter(row["command_id"] for row in store.rows("SELECT command_id FROM audit_log"))
        reconciliation.find(
            "doubled", f"{store.service}: commands in effect twice", sum(executed.values()) - len(executed)
        )
        for entry in _commands_of(ledger, store.service):
            missing = _id(entry) not in executed
            reconciliation.find("lost", f"{store.service}: answered and not in effect: {entry.what}", int(missing))
        for finding in asyncio.run(_audit_findings(store)):
            reconciliation.find("lost", f"{store.service}: {finding}")


async def _audit_findings(store: Store) -> list[str]:
    connection = await asyncpg.connect(store.url, timeout=10)
    try:
        return (await verify(connection, store.service, None)).findings
    finally:
        await connection.close()


def _commands_of(ledger: Ledger, service: str) -> list[Entry]:
    return [e for e in ledger.entries("answered") if e.act and e.what.split(" ")[0] == service]


def _id(entry: Entry) -> UUID:
    return command_id(entry.account, entry.act)


def _one(rows: list[Row]) -> str:
    return str(dict(rows[0])) if rows else "-"
