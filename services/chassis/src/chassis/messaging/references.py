"""Copies of compacted topics. A service reads its copy instead of calling the service that owns the topic."""

from collections.abc import Sequence
from typing import TypeVar
from uuid import UUID

from chassis.database import UnitOfWork
from chassis.messaging import tree_units
from chassis.messaging.subscriptions import Subscriptions
from chassis.sql import Connection
from contracts.event import Event

E = TypeVar("E", bound=Event)


async def put(connection: Connection, event: Event) -> None:
    """Store the event as the current state of its key."""
    await put_many(connection, [event])


async def put_many(connection: Connection, events: Sequence[Event]) -> None:
    """Store the last event of each key. If the event has a `path`, also store it, as a node of the scope tree: the tree
    that decides which data a caller can see.
    """
    last = {(event.topic.name, event.key()): event for event in events}
    topic_keys = sorted(last)
    await connection.execute(
        """INSERT INTO reference_entries (topic, key, body)
           SELECT * FROM unnest($1::text[], $2::text[], $3::jsonb[])
           ON CONFLICT (topic, key) DO UPDATE SET body = excluded.body""",
        [topic for topic, _ in topic_keys],
        [key for _, key in topic_keys],
        [last[topic_key].model_dump(mode="json") for topic_key in topic_keys],
    )
    nodes = [
        (UUID(topic_key[1]), path)
        for topic_key in topic_keys
        if (path := getattr(last[topic_key], "path", None)) is not None
    ]
    await _put_nodes(connection, nodes)


async def _put_nodes(connection: Connection, nodes: Sequence[tuple[UUID, list[UUID]]]) -> None:
    """Store nodes of the scope tree. A caller can see only what belongs to its own node and the nodes below it."""
    await connection.executemany(
        """INSERT INTO scope_nodes (node_id, path) VALUES ($1, $2)
           ON CONFLICT (node_id) DO UPDATE SET path = excluded.path""",
        nodes,
    )


async def entry(connection: Connection, kind: type[E], key: str) -> E | None:
    """The last event of a key, or None."""
    body = await connection.fetchval(
        "SELECT body FROM reference_entries WHERE topic = $1 AND key = $2", kind.topic.name, key
    )
    return None if body is None else kind.model_validate(body)


async def entries(connection: Connection, kind: type[E], keys: Sequence[str]) -> dict[str, E]:
    """The last event of each key, by key. Keys without an event are left out."""
    rows = await connection.fetch(
        "SELECT key, body FROM reference_entries WHERE topic = $1 AND key = ANY($2)", kind.topic.name, list(keys)
    )
    return {row["key"]: kind.model_validate(row["body"]) for row in rows}


def subscribe(on: Subscriptions, kinds: Sequence[type[Event]]) -> None:
    """Subscribe to these events and store the last event of each key. `UnitsListed` is stored by `tree_units`."""

    async def store(event: Event, work: UnitOfWork) -> None:
        await put(work.connection, event)

    for kind in kinds:
        if kind is tree_units.PART:
            tree_units.subscribe(on)
        else:
            on(kind)(store)
