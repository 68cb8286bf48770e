"""The subscriptions of a service: the event handlers of each event type."""

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
    """Write `on = Subscriptions()`, then decorate an `async def f(event, work)` with `@on(StatusesVerified)`.

    The function returns the events to publish, or None.
    """

    def __init__(self) -> None:
        self._handlers: dict[str, tuple[type[Event], list[Handler]]] = {}
        self._lockers: list[Locker] = []

    def __call__(self, kind: type[E]) -> Callable[[Handler], Handler]:
        def register(handler: Handler) -> Handler:
            self._handlers.setdefault(kind.ce_type, (kind, []))[1].append(handler)
            return handler

        return register

    def locks(self, locker: Locker) -> Locker:
        """Decorate an `async def f(records, connection)` with `@on.locks`. The function locks all rows that the
        event handlers of a poll will lock, in sorted order, before the first record is handled.

        A poll holds every lock until it ends. Example without such a function: a poll locks row B for its first record,
        and then row A for its second record. At the same time a command locks row A and then row B. This is a deadlock.
        """
        self._lockers.append(locker)
        return locker

    async def acquire_locks(self, records: Sequence[Record], connection: Connection) -> None:
        for locker in self._lockers:
            await locker(records, connection)

    def find(self, ce_type: str) -> tuple[type[Event], list[Handler]] | None:
        return self._handlers.get(ce_type)

    def topics(self) -> list[Topic]:
        """Every topic that an event handler subscribes to, sorted by name."""
        return sorted({kind.topic for kind, _ in self._handlers.values()}, key=lambda topic: topic.name)
