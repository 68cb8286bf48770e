"""Converts errors of Kafka, PostgreSQL, HTTP and files to sentences that tell an operator where to look."""

import errno

import asyncpg
import httpx
from aiokafka.errors import KafkaError

from enrollctl.errors import ComponentUnhealthy, Failure

LOOK = "see `enrollctl status`, and the logs that it names"


def failure_of(error: Exception) -> Failure | None:
    """The failure to report for an error from outside enrollctl.

    None for any other error, because such an error is a defect of enrollctl. The command shows its traceback.
    """
    kind = f"{type(error).__name__}: {error}".strip().rstrip(".:")
    if isinstance(error, KafkaError):
        return ComponentUnhealthy(f"Kafka does not answer ({kind}); {LOOK}")
    if isinstance(error, asyncpg.PostgresError | asyncpg.InterfaceError):
        return ComponentUnhealthy(f"PostgreSQL refused ({kind}); {LOOK}")
    if isinstance(error, httpx.HTTPError):
        return ComponentUnhealthy(f"a service does not answer ({kind}); {LOOK}")
    if isinstance(error, ConnectionError | TimeoutError):
        return ComponentUnhealthy(f"PostgreSQL or Kafka does not answer ({kind}); {LOOK}")
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return Failure(f"the disk is full ({error.filename or 'no room left'}): make room and run the command again")
    if isinstance(error, OSError) and error.filename is not None:
        return Failure(f"{error.filename}: {error.strerror}")
    return None
