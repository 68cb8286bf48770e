"""Decides whether the data of a record or the infrastructure caused an error. Describes errors in texts for operators.

The texts hold no personal data.
"""

import asyncio
import errno
import traceback
from typing import Final

import asyncpg
from pydantic import ValidationError

from chassis.domain import Refusal
from chassis.privacy import UnknownKey, Unreadable
from contracts.envelope import EnvelopeError

#: Errors that go away by themselves, or after a repair that changes no data. The work is retried with backoff. Such an
#: error never makes a record a dead letter.
INFRASTRUCTURE: Final = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    asyncpg.LockNotAvailableError,
    asyncpg.QueryCanceledError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.InsufficientResourcesError,
    asyncpg.OperatorInterventionError,
    asyncpg.PostgresSystemError,
    asyncpg.InvalidTransactionStateError,
    asyncpg.InvalidAuthorizationSpecificationError,
    ConnectionError,
    TimeoutError,
    asyncio.CancelledError,
    OSError,
    MemoryError,
)

#: A cause is cut to this many characters. A cause can quote field names from a record, and a foreign program has
#: possibly chosen long names.
LONGEST_CAUSE: Final = 300
LONGEST_MESSAGE: Final = 1_000

#: Errors of this project. Their messages hold no personal data and are safe to show.
SAFE: Final = (Refusal, EnvelopeError, UnknownKey, Unreadable)


def is_infrastructure(error: BaseException) -> bool:
    return isinstance(error, INFRASTRUCTURE)


def cause_of(error: BaseException) -> str:
    """A short text by which equal errors are grouped: the error's class, and one detail.

    The detail is the refusal's code, the SQL state, the fields that do not fit, or the location in our code.
    """
    return _storable(_cause_of(error), LONGEST_CAUSE)


def describe(error: BaseException) -> str:
    """A text for operators. Messages of other libraries' errors are left out, because they can quote personal data."""
    return _storable(_describe(error), LONGEST_MESSAGE)


def _storable(text: str, most: int) -> str:
    """Cut the text and replace its zero characters. A field name that an error quotes can contain zero characters, and
    PostgreSQL cannot store them in a text.
    """
    return text.replace("\x00", "\ufffd")[:most]


def _cause_of(error: BaseException) -> str:
    name = type(error).__name__
    if isinstance(error, Refusal):
        return f"{name}: {error.code}"
    if isinstance(error, asyncpg.PostgresError):
        return f"{name}: {error.sqlstate}"
    if isinstance(error, ValidationError):
        places = {
            ".".join(str(p) for p in e["loc"] if not isinstance(p, int)) for e in error.errors(include_input=False)
        }
        return f"{name}: {', '.join(sorted(places)[:3])}"
    return f"{name} in {_place(error)}"


def _describe(error: BaseException) -> str:
    if isinstance(error, SAFE):
        return f"{type(error).__name__}: {error}"
    if isinstance(error, ValidationError):
        found = [f"{'.'.join(map(str, e['loc']))}: {e['type']}" for e in error.errors(include_input=False)[:5]]
        return f"{error.error_count()} fields do not fit: {'; '.join(found)}"
    if isinstance(error, asyncpg.PostgresError):
        constraint = getattr(error, "constraint_name", None)
        return f"{type(error).__name__} (SQL state {error.sqlstate}, constraint {constraint}) in {_place(error)}"
    if isinstance(error, OSError) and (code := errno.errorcode.get(error.errno or 0)):
        return f"{type(error).__name__} ({code}) in {_place(error)}"
    return f"{type(error).__name__} in {_place(error)}"


def _place(error: BaseException) -> str:
    frames = [f for f in traceback.extract_tb(error.__traceback__) if "site-packages" not in f.filename]
    if not frames:
        return "unknown place"
    last = frames[-1]
    return f"{last.filename.rsplit('/src/', 1)[-1]}:{last.name}"
