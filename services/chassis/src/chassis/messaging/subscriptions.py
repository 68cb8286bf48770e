"""The subscriptions of a service: the handlers of each event type."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any, TypeVar

from chassis.database import UnitOfWork
from chassis.messaging.records import Record
from chassis.sql import Connection
from contracts.event import Event
from contracts.topics import Topic

E = TypeVar("E", bound=Event)
Handler = Callable[[Any, UnitOfWork], Awaitable[Iterable[Event] | None]]
Locker = Callable[[Sequence[Record], Connection], Awaitable[None]]


class Subscriptions:
    """`on = Subscriptions()`, then `@on(StatusesVerified)` over `async def f(event, work)` that returns events."""

    def __init__(self) -> None:
        self._handlers: dict[str, tuple[type[Event], list[Handler]]] = {}
        self._lockers: list[Locker] = []

    def __call__(self, kind: type[E]) -> Callable[[Handler], Handler]:
        def register(handler: Handler) -> Handler:
            self._handlers.setdefault(kind.ce_type, (kind, []))[1].append(handler)
            return handler

        return register

    def locks(self, locker: Locker) -> Locker:
        """`@on.locks` over `async def f(records, connection)`: the function locks all rows that the handlers of a poll
        will lock.

        A poll handles its records in their order and holds every lock until it ends. If its handlers acquired the locks
        one by one, their order could differ from that of a command, and the two would deadlock. Therefore a locker
        acquires all locks first, in sorted order.
        """
        self._lockers.append(locker)
        return locker

    async def acquire_locks(self, records: Sequence[Record], connection: Connection) -> None:
        for locker in self._lockers:
            await locker(records, connection)

    def find(self, ce_type: str) -> tuple[type[Event], list[Handler]] | None:
        return self._handlers.get(ce_type)

    def topics(self) -> list[Topic]:
        """Every topic that a handler subscribes to, by name."""
        return sorted({kind.topic for kind, _ in self._handlers.values()}, key=lambda topic: topic.name)
