"""A service as a process: it starts before its infrastructure, reports the true health state, and stops cleanly."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import httpx
import psutil
import pytest

from chassis.privacy import new_key_file
from chassis.schema import migrate
from support.embedded import embedded_kafka
from support.topics import create_topics
from support.waiting import eventually


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


class Started:
    """A review-svc process that this test starts and ends."""

    def __init__(self, folder: Path, database_url: str, bootstrap: str, **more: str) -> None:
        port = free_port()
        keys = folder / "keys.json"
        keys.write_text(json.dumps(new_key_file()))
        environment = os.environ | {
            "UE_DATABASE_URL": database_url,
            "UE_KAFKA_BOOTSTRAP": bootstrap,
            "UE_HTTP_PORT": str(port),
            "UE_KEY_FILE": str(keys),
            **more,
        }
        self.url = f"http://127.0.0.1:{port}"
        self.log = folder / "log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "review_svc"], env=environment, stdout=log, stderr=log
            )

    def answers(self, path: str) -> httpx.Response | None:
        try:
            return httpx.get(self.url + path, timeout=5)
        except httpx.TransportError:
            return None

    def ready(self) -> bool:
        answer = self.answers("/health/ready")
        return answer is not None and answer.status_code == 200

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)


@pytest.fixture
def starts(tmp_path: Path) -> Iterator[list[Started]]:
    started: list[Started] = []
    yield started
    for one in started:
        if one.process.poll() is None:
            one.process.kill()
            one.process.wait()


async def test_a_service_waits_for_what_is_not_there_and_says_so(starts: list[Started], tmp_path: Path):
    nowhere = f"127.0.0.1:{free_port()}"
    one = Started(tmp_path, f"postgresql://x:y@{nowhere}/z", nowhere)
    starts.append(one)
    eventually(lambda: one.answers("/health/live") is not None, 60)
    live, ready = one.answers("/health/live"), one.answers("/health/ready")
    assert live is not None
    assert live.status_code == 200
    assert ready is not None
    assert (ready.status_code, ready.json()["ready"]) == (503, False)
    assert set(ready.json()["reasons"]) <= {"start", "database", "kafka"}
    assert one.process.poll() is None
    assert one.stop() == 0


async def test_a_service_is_ready_with_its_parts_clears_away_what_is_old_and_ends_with_zero(
    starts: list[Started], tmp_path: Path, database: str, kafka_topics: str
):
    await migrate(database, ["chassis", "review_svc"])
    await answered_long_ago(database)
    one = Started(tmp_path, database, kafka_topics)
    starts.append(one)

    eventually(one.ready, 90)
    eventually(lambda: "retention_removed" in one.log.read_text(), 30)
    assert one.stop() == 0
    events = [json.loads(line)["event"] for line in one.log.read_text().splitlines()]
    assert events[-2:] == ["stopping", "stopped"]


async def answered_long_ago(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute("INSERT INTO idempotency_keys VALUES ('a', 'k', 'f', 200, '{}', '2020-01-01')")
    finally:
        await connection.close()


async def test_a_service_whose_tables_are_behind_is_not_ready(
    starts: list[Started], tmp_path: Path, database: str, kafka_topics: str
):
    one = Started(tmp_path, database, kafka_topics)
    starts.append(one)

    def says_so() -> bool:
        answer = one.answers("/health/ready")
        return answer is not None and "database" in answer.json()["reasons"]

    eventually(says_so, 60)
    assert "SchemaBehind" in one.log.read_text()
    assert one.stop() == 0


BROKEN = """
import asyncio, sys
from chassis.system import configure_logs
from chassis.service.process import Process
from member_svc.__main__ import service

async def main():
    configure_logs("member-svc")
    process = Process(service, service.settings())
    asyncio.get_running_loop().call_later(0.2, process.end, "relay: no tick for 61 s, restarted before")
    return await process.serve()

sys.exit(asyncio.run(main()))
"""


def test_a_process_that_finds_itself_broken_shuts_down_and_exits_with_seventy(tmp_path: Path):
    nowhere = f"127.0.0.1:{free_port()}"
    (tmp_path / "keys.json").write_text(json.dumps(new_key_file()))
    environment = os.environ | {
        "UE_DATABASE_URL": f"postgresql://x:y@{nowhere}/z",
        "UE_KAFKA_BOOTSTRAP": nowhere,
        "UE_HTTP_PORT": str(free_port()),
        "UE_KEY_FILE": str(tmp_path / "keys.json"),
    }
    done = subprocess.run([sys.executable, "-c", BROKEN], env=environment, capture_output=True, text=True, timeout=90)
    assert done.returncode == 70, done.stderr
    events = [json.loads(line) for line in done.stdout.splitlines()]
    [ended] = [one for one in events if one["event"] == "process_ended"]
    assert ended["reason"] == "relay: no tick for 61 s, restarted before"
    assert events[-1]["event"] == "stopped"


async def refuse_connections(admin_url: str, database_url: str, refused: bool) -> None:
    """If `refused`: the server ends the connections to this database and refuses new connections. If not: the server
    accepts new connections again. All other databases of the server stay reachable."""
    name = urlsplit(database_url).path[1:]
    connection = await asyncpg.connect(admin_url)
    try:
        await connection.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS {not refused}')
        if refused:
            await connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name)
    finally:
        await connection.close()


async def test_a_service_outlives_kafka_and_its_database_and_goes_on_by_itself(
    starts: list[Started], tmp_path: Path, database: str, postgres_admin_url: str
):
    """Kafka and the database are away for longer than the time after which a loop without progress counts as stuck.

    The process does not restart. It stays live, is not ready, and becomes ready by itself when both are back.
    """
    await migrate(database, ["chassis", "review_svc"])
    with embedded_kafka(tmp_path / "parts") as kafka:
        await create_topics(kafka.bootstrap)
        one = Started(tmp_path, database, kafka.bootstrap, UE_STUCK_AFTER_S="6")
        starts.append(one)
        eventually(one.ready, 90)
        [broker] = [p for p in psutil.Process().children(recursive=True) if str(kafka.folder) in p.cwd()]
        broker.suspend()
        await refuse_connections(postgres_admin_url, database, True)
        eventually(lambda: {"kafka", "database"} <= set(one.answers("/health/ready").json()["reasons"]))
        for _ in range(16):
            assert one.answers("/health/live").status_code == 200
            await asyncio.sleep(0.5)
        broker.resume()
        await refuse_connections(postgres_admin_url, database, False)
        eventually(one.ready, 60)
        assert one.process.poll() is None
        assert "process_ended" not in one.log.read_text()
        assert one.stop() == 0
