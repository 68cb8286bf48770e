"""Chooses the Kafka and the PostgreSQL of a test run.

Each is the first of these that is available: the address in UE_TEST_KAFKA (host:port) or UE_TEST_POSTGRES (a
superuser's DSN); a container, if a Docker engine answers and has the image; an embedded server in a temporary folder.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from support import containers
from support.embedded import embedded_kafka, embedded_postgres


@contextmanager
def kafka_server() -> Iterator[str]:
    """A broker's bootstrap address, `host:port`."""
    if address := os.environ.get("UE_TEST_KAFKA"):
        yield address
    elif containers.KAFKA_IMAGE in containers.images():
        with containers.kafka_container() as bootstrap:
            yield bootstrap
    else:
        with _folder() as folder, embedded_kafka(folder) as kafka:
            yield kafka.bootstrap


@contextmanager
def postgres_server() -> Iterator[str]:
    """A superuser's DSN on the database `postgres`."""
    if address := os.environ.get("UE_TEST_POSTGRES"):
        yield address
    elif containers.POSTGRES_IMAGE in containers.images():
        with containers.postgres_container() as url:
            yield url
    else:
        with _folder() as folder, embedded_postgres(folder, disposable=True) as postgres:
            yield postgres.admin_url


@contextmanager
def _folder() -> Iterator[Path]:
    # While the folder is deleted, a server that is stopping possibly deletes its own files, too.
    with tempfile.TemporaryDirectory(prefix="ue-test-", ignore_cleanup_errors=True) as name:
        yield Path(name)
