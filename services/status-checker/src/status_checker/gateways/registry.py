"""The interface of a city registry: its queries, its replies, its errors."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from contracts.words import DocumentType

#: The most people in one bulk query; the registries refuse more.
MOST_PEOPLE = 500


class RegistryQuery(NamedTuple):
    """A question about one person. The registry returns `ref` unchanged, so `ref` shows to whom an answer belongs."""

    ref: str
    document_type: DocumentType
    number: str

    def __repr__(self) -> str:
        return f"RegistryQuery(ref={self.ref!r})"


@dataclass(frozen=True, slots=True)
class Reply:
    """Raw codes by ref. A missing ref means "no record". In a `partial` reply it can also mean "not answered yet"."""

    codes: Mapping[str, str]
    partial: bool = False


class RegistryError(Exception):
    """There is no usable answer.

    `retry_after_s`: seconds until the next query. The registry, the rate limit or the circuit breaker gives this time;
    None = none of them gives a time.
    """

    def __init__(self, message: str, retry_after_s: float | None = None) -> None:
        self.retry_after_s = retry_after_s
        super().__init__(message)


class RegistryDown(RegistryError):
    """The registry is unreachable, slow or failing, or its answer is unreadable. The circuit breaker counts this."""


class RegistryBusy(RegistryError):
    """The registry asks for a slower pace (429). It works, so the circuit breaker does not count this error."""


class RegistryRefused(RegistryError):
    """The registry works, but refuses this query (4xx)."""


class Registry(Protocol):
    """One of the two registries."""

    @property
    def name(self) -> str: ...

    async def ask(self, people: Sequence[RegistryQuery]) -> Reply:
        """Send one query about at most MOST_PEOPLE people. Raises RegistryError."""
        ...
