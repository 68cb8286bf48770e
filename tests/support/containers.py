"""Starts containers of public images, if a Docker engine answers and has these images. Nothing is downloaded."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache

import docker
from docker.errors import DockerException
from testcontainers.core.config import testcontainers_config
from testcontainers.core.container import DockerContainer
from testcontainers.core.docker_client import DockerClient

from enrollctl.processes.ports import choose_port

KAFKA_IMAGE = "apache/kafka:4.3.0"
POSTGRES_IMAGE = "postgres:18"
START_SECONDS = 120.0
PASSWORD = "container"


@cache
def images() -> frozenset[str]:
    """Tags of the engine's images; empty if no engine answers."""
    try:
        client = docker.from_env(timeout=5)
        try:
            client.ping()
            return frozenset(tag for image in client.images.list() for tag in image.tags)
        finally:
            client.close()
    except (DockerException, OSError):
        return frozenset()


@contextmanager
def kafka_container() -> Iterator[str]:
    """Run a broker and yield its `host:port`. The port is chosen before the start, because the broker advertises it to
    clients.
    """
    host, port = _host(), choose_port()
    container = DockerContainer(KAFKA_IMAGE).with_bind_ports(9092, port)
    settings = {
        "KAFKA_NODE_ID": "1",
        "KAFKA_PROCESS_ROLES": "broker,controller",
        "KAFKA_LISTENERS": "PLAINTEXT://:9092,CONTROLLER://:9093",
        "KAFKA_ADVERTISED_LISTENERS": f"PLAINTEXT://{host}:{port}",
        "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
        "KAFKA_CONTROLLER_LISTENER_NAMES": "CONTROLLER",
        "KAFKA_CONTROLLER_QUORUM_VOTERS": "1@localhost:9093",
        "KAFKA_AUTO_CREATE_TOPICS_ENABLE": "false",
        "KAFKA_OFFSETS_TOPIC_NUM_PARTITIONS": "12",
        "KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
        "KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR": "1",
        "KAFKA_TRANSACTION_STATE_LOG_MIN_ISR": "1",
        "KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS": "0",
        "KAFKA_HEAP_OPTS": "-Xmx512m",
    }
    for name, value in settings.items():
        container.with_env(name, value)
    with _started(container, lambda text: "Kafka Server started" in text):
        yield f"{host}:{port}"


@contextmanager
def postgres_container() -> Iterator[str]:
    """Run a server and yield its superuser's DSN."""
    container = DockerContainer(POSTGRES_IMAGE).with_exposed_ports(5432).with_env("POSTGRES_PASSWORD", PASSWORD)
    container.with_command("postgres -c max_connections=200")
    # The first "ready" in the log comes from a temporary server without a port, which only prepares the data.
    with _started(container, lambda text: "ready to accept connections" in text.rpartition("port 5432")[2]):
        port = container.get_exposed_port(5432)
        yield f"postgresql://postgres:{PASSWORD}@{_host()}:{port}/postgres"


def _host() -> str:
    found = os.environ.get("TESTCONTAINERS_HOST_OVERRIDE") or str(DockerClient().host())
    return "127.0.0.1" if found == "localhost" else found


@contextmanager
def _started(container: DockerContainer, is_up: Callable[[str], bool]) -> Iterator[None]:
    if testcontainers_config.ryuk_image not in images():
        testcontainers_config.ryuk_disabled = True
    container.start()
    try:
        deadline = time.monotonic() + START_SECONDS
        while not is_up(text := _log(container)):
            if time.monotonic() > deadline:
                raise RuntimeError(f"{container.image} did not start:\n{text[-2000:]}")
            time.sleep(0.2)
        yield
    finally:
        container.stop()


def _log(container: DockerContainer) -> str:
    return "\n".join(part.decode("utf-8", "replace") for part in container.get_logs())
