"""A service as a process: up before its infrastructure, honest about it, gone politely."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from chassis.keys import new_key_file
from chassis.migrations import migrate
from support.waiting import eventually


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


class Started:
    """review-svc, started by this test and ended by it."""

    def __init__(self, folder: Path, database_url: str, bootstrap: str) -> None:
        port = free_port()
        keys = folder / "keys.json"
        keys.write_text(json.dumps(new_key_file()))
        environment = os.environ | {
            "UE_DATABASE_URL": database_url,
            "UE_KAFKA_BOOTSTRAP": bootstrap,
            "UE_HTTP_PORT": str(port),
            "UE_KEY_FILE": str(keys),
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
    assert set(ready.json()["reasons"]) <= {"start", "database"}
    assert one.process.poll() is None
    assert one.stop() == 0


async def test_a_service_is_ready_with_its_parts_and_ends_with_zero(
    starts: list[Started], tmp_path: Path, database: str, kafka_topics: str
):
    await migrate(database, ["chassis", "review_svc"])
    one = Started(tmp_path, database, kafka_topics)
    starts.append(one)

    def is_ready() -> bool:
        answer = one.answers("/health/ready")
        return answer is not None and answer.status_code == 200

    eventually(is_ready, 90)
    assert one.stop() == 0
    events = [json.loads(line)["event"] for line in one.log.read_text().splitlines()]
    assert events[-2:] == ["stopping", "stopped"]


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
