"""The port to a city registry: what is asked, what is answered, how it can fail."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from contracts.words import DocumentType

#: People in one bulk question; the registries refuse more.
MOST_PEOPLE = 500


@dataclass(frozen=True, slots=True)
class Asked:
    """One person as a registry is asked about him. `ref` is our own mark, returned as it came."""

    ref: str
    document_type: DocumentType
    number: str

    def __repr__(self) -> str:
        return f"Asked(ref={self.ref!r})"


@dataclass(frozen=True, slots=True)
class Reply:
    """Raw codes by ref. A ref that is missing has no record, unless the reply is `partial`: then it was left out."""

    codes: Mapping[str, str]
    partial: bool = False


class RegistryTrouble(Exception):
    """No usable answer came. `retry_after_s`: when to ask again, where the registry or the circuit says so."""

    def __init__(self, message: str, retry_after_s: float | None = None) -> None:
        self.retry_after_s = retry_after_s
        super().__init__(message)


class RegistryDown(RegistryTrouble):
    """Unreachable, too slow, failing, or answering what cannot be read: counts against its health."""


class RegistryBusy(RegistryTrouble):
    """It asks for a slower pace (429). It is well, so this opens no circuit."""


class RegistryRefused(RegistryTrouble):
    """It is well and refuses this question (4xx)."""


class Registry(Protocol):
    """One of the two registries."""

    @property
    def name(self) -> str: ...

    async def ask(self, people: Sequence[Asked]) -> Reply:
        """One bulk call of at most MOST_PEOPLE. Raises RegistryTrouble."""
        ...
