"""Which use case an event is for."""

from collections.abc import Awaitable, Callable, Iterable
from typing import Any, TypeVar

from chassis.work import Work
from contracts.event import Event
from contracts.topics import Topic

E = TypeVar("E", bound=Event)
Handler = Callable[[Any, Work], Awaitable[Iterable[Event] | None]]


class Subscriptions:
    """`on = Subscriptions()`, then `@on(StatusesVerified)` over `async def f(event, work)` that returns events."""

    def __init__(self) -> None:
        self._handlers: dict[str, tuple[type[Event], list[Handler]]] = {}

    def __call__(self, kind: type[E]) -> Callable[[Handler], Handler]:
        def register(handler: Handler) -> Handler:
            self._handlers.setdefault(kind.ce_type, (kind, []))[1].append(handler)
            return handler

        return register

    def find(self, ce_type: str) -> tuple[type[Event], list[Handler]] | None:
        return self._handlers.get(ce_type)

    def topics(self) -> list[Topic]:
        """Every topic that a handler wants, by name."""
        return sorted({kind.topic for kind, _ in self._handlers.values()}, key=lambda topic: topic.name)
