"""Chooses the Kafka and the PostgreSQL of a test run.

For each of the two, the first available of these is used: (1) the server whose address is in UE_TEST_KAFKA (host:port)
or UE_TEST_POSTGRES (a superuser's DSN); (2) a container, if a Docker engine answers and has the image; (3) an embedded
server in a temporary folder.
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
    # A server that is stopping possibly deletes files while the folder is being deleted. That must not be an error.
    with tempfile.TemporaryDirectory(prefix="ue-test-", ignore_cleanup_errors=True) as name:
        yield Path(name)
