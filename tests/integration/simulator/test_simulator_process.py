"""The simulator as a process: it starts before its database, and stops on SIGTERM."""

import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from integration.simulator.district import until

from chassis.privacy import new_key_file

Environment = Callable[[str], dict[str, str]]


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    keys = tmp_path / "keys.json"
    keys.write_text(json.dumps(new_key_file()))

    def of(database_url: str) -> dict[str, str]:
        port = str(free_port())
        own = {"UE_DATABASE_URL": database_url, "UE_KEY_FILE": str(keys), "UE_HTTP_PORT": port}
        return {name: value for name, value in os.environ.items() if not name.startswith("UE_")} | own

    return of


@asynccontextmanager
async def process(environment: dict[str, str], *arguments: str) -> AsyncIterator[asyncio.subprocess.Process]:
    started = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "simulator", *arguments, env=environment, stdout=asyncio.subprocess.PIPE
    )
    try:
        yield started
    finally:
        if started.returncode is None:
            started.kill()
            await started.wait()


async def get(environment: dict[str, str], path: str) -> httpx.Response | None:
    try:
        async with httpx.AsyncClient(timeout=60, trust_env=False) as client:
            return await client.get(f"http://127.0.0.1:{environment['UE_HTTP_PORT']}{path}")
    except httpx.TransportError:
        return None


def answers(environment: dict[str, str], path: str, status: int) -> Callable[[], Awaitable[object]]:
    async def answered() -> bool:
        answer = await get(environment, path)
        return answer is not None and answer.status_code == status

    return answered


async def test_without_a_database_it_lives_waits_and_stops_in_order(environment: Environment) -> None:
    settings = environment(f"postgresql://nobody@127.0.0.1:{free_port()}/none")
    async with process(settings) as simulator:
        await until(answers(settings, "/health/live", 200), deadline_s=60)
        ready = await get(settings, "/health/ready")
        assert ready is not None
        assert (ready.status_code, "PostgreSQL" in ready.json()["reasons"]["database"]) == (503, True)
        refused = await get(settings, "/center/submissions")
        assert refused is not None
        assert (refused.status_code, refused.json()["code"]) == (503, "DATABASE_AWAY")
        simulator.send_signal(signal.SIGTERM)
        output, _ = await asyncio.wait_for(simulator.communicate(), 30)
        assert simulator.returncode == 0
        assert b"waiting_for_database" in output


async def test_it_is_ready_once_its_schema_is_there(environment: Environment, database: str) -> None:
    settings = environment(database)
    async with process(settings) as simulator:
        await until(answers(settings, "/health/ready", 503), deadline_s=60)
        for _ in range(2):
            async with process(settings, "migrate") as migration:
                assert await asyncio.wait_for(migration.wait(), 60) == 0
        await until(answers(settings, "/health/ready", 200), deadline_s=60)
        metrics = await get(settings, "/metrics")
        assert metrics is not None
        assert "ue_simulator_faults_total" in metrics.text
        simulator.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(simulator.wait(), 30) == 0
