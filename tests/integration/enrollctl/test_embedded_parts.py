"""The embedded database and broker keep their data, whether they are stopped cleanly or killed."""

import asyncio
import os
import signal
from pathlib import Path

import asyncpg
import psutil
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from contracts.topics import MEMBERS, Topic
from enrollctl.embedded.kafka import Kafka
from enrollctl.embedded.postgres import Postgres
from enrollctl.errors import Failure
from enrollctl.processes.ports import choose_port
from enrollctl.streams.topics import ensure_topics
from support.embedded import embedded_kafka, embedded_postgres, running


async def produce(bootstrap: str, value: bytes) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", enable_idempotence=True)
    await producer.start()
    try:
        await producer.send_and_wait(MEMBERS.name, value, key=b"unit")
    finally:
        await producer.stop()


async def consume(bootstrap: str, count: int) -> list[bytes | None]:
    consumer = AIOKafkaConsumer(MEMBERS.name, bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    try:
        return [(await asyncio.wait_for(consumer.getone(), 60)).value for _ in range(count)]
    finally:
        await consumer.stop()


async def sql(url: str, statement: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that other users are not allowed to enter, like a folder under /root. Its name contains a space and
    letters beyond Latin-1."""
    folder = tmp_path / "我的 项目"
    folder.mkdir(mode=0o700)
    return folder


async def test_kafka_and_postgres_stop_and_start_again_with_all_their_data(folder: Path):
    with embedded_kafka(folder) as kafka, embedded_postgres(folder) as postgres:
        made = await ensure_topics(kafka.bootstrap, [MEMBERS], patience=60)
        await produce(kafka.bootstrap, b"first")
        await sql(postgres.admin_url, "CREATE TABLE kept AS SELECT '李四' AS name")
    with embedded_kafka(folder) as kafka, embedded_postgres(folder) as postgres:
        made_again = await ensure_topics(kafka.bootstrap, [MEMBERS], patience=60)
        await produce(kafka.bootstrap, b"second")
        assert await consume(kafka.bootstrap, 2) == [b"first", b"second"]
        assert await sql(postgres.admin_url, "SELECT name FROM kept") == "李四"
    assert (made, made_again) == ([MEMBERS.name], [])


async def test_what_kafka_acknowledged_survives_its_kill(folder: Path):
    kafka = Kafka(folder / "kafka", choose_port(), choose_port(), folder / "kafka.log")
    kafka.prepare()
    with running(kafka, kafka.log):
        await ensure_topics(kafka.bootstrap, [MEMBERS], patience=60)
        await produce(kafka.bootstrap, b"acknowledged")
        kill(folder, "kafka.Kafka")
    with running(kafka, kafka.log):
        assert await consume(kafka.bootstrap, 1) == [b"acknowledged"]


async def test_a_killed_postgres_starts_over_its_stale_pid_file_with_all_its_commits(folder: Path):
    with embedded_postgres(folder) as postgres:
        await sql(postgres.admin_url, "CREATE TABLE kept AS SELECT 1 AS one")
        server = postgres.server()
        assert server is not None
        server.send_signal(signal.SIGKILL)
        server.wait(30)
    assert (postgres.data / "postmaster.pid").exists()
    claim_pid_file_for_a_stranger(postgres)
    with embedded_postgres(folder) as postgres:
        assert await sql(postgres.admin_url, "SELECT one FROM kept") == 1


async def test_postgres_does_not_trade_durability_for_speed(folder: Path):
    with embedded_postgres(folder) as postgres:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            assert await sql(postgres.admin_url, f"SHOW {setting}") == "on"
        assert int(str(await sql(postgres.admin_url, "SHOW max_connections"))) >= 200


async def test_postgres_asks_for_the_password(folder: Path):
    with embedded_postgres(folder) as postgres:
        wrong = postgres.admin_url.replace(":embedded@", ":guessed@")
        with pytest.raises(asyncpg.InvalidPasswordError):
            await sql(wrong, "SELECT 1")


async def test_topics_never_change_their_partitions_silently(kafka_bootstrap: str):
    name = "partitions.test.v1"
    await ensure_topics(kafka_bootstrap, [topic(name, 3)], patience=60)
    with pytest.raises(Failure, match="has 3 partitions, declared are 4"):
        await ensure_topics(kafka_bootstrap, [topic(name, 4)], patience=60)


def topic(name: str, partitions: int) -> Topic:
    return Topic(name, "key", "nobody", (), "for this test", partitions=partitions)


def kill(folder: Path, program: str) -> None:
    for child in psutil.Process().children(recursive=True):
        if program in child.cmdline() and child.cwd().startswith(str(folder)):
            child.kill()
            child.wait(30)


def claim_pid_file_for_a_stranger(postgres: Postgres) -> None:
    """Write the pid of this test's process into the pid file, as if the system had given the pid of the killed server
    to another process."""
    path = postgres.data / "postmaster.pid"
    lines = path.read_text().splitlines()
    path.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")


async def test_what_a_killed_first_start_left_half_made_is_made_anew(folder: Path):
    """The folder looks as if initdb and the formatting of Kafka's storage had both been killed in the middle. The next
    start does both again."""
    for half in ("postgres/data.new/PG_VERSION", "postgres/data/base", "kafka/data/meta.properties"):
        (folder / half).parent.mkdir(parents=True, exist_ok=True)
        (folder / half).write_text("half")
    (folder / "kafka" / "format.unfinished").touch()
    with embedded_kafka(folder) as kafka, embedded_postgres(folder) as postgres:
        assert await ensure_topics(kafka.bootstrap, [MEMBERS], patience=60)
        assert await sql(postgres.admin_url, "SELECT 1") == 1
