"""The simulator on a real database, and a receiver for the center's callbacks."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from integration.simulator.district import District, Receiver, Start, until

from chassis.domain import SHANGHAI, FixedClock
from chassis.privacy import Keys, new_key_file, read_keys
from simulator.app import build_app
from simulator.database import migrate
from simulator.settings import Settings

NOW = datetime(2024, 5, 10, 9, 0, tzinfo=SHANGHAI)


@pytest.fixture(scope="session")
def keys() -> Keys:
    return read_keys(new_key_file())


@pytest.fixture
async def start(database: str, keys: Keys) -> Start:
    """A function that starts the simulator on the test's database. A second call restarts it after a stop."""
    await migrate(database)

    @asynccontextmanager
    async def running() -> AsyncIterator[httpx.AsyncClient]:
        settings = Settings(database_url=database, key_file=Path("unused"))
        app = build_app(settings, keys=keys, clock=FixedClock(NOW))
        transport = httpx.ASGITransport(app=app)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="http://simulator", timeout=30) as client,
        ):
            await until(lambda: _ready(client))
            yield client

    return running


@pytest.fixture
async def simulator(start: Start) -> AsyncIterator[httpx.AsyncClient]:
    async with start() as client:
        yield client


async def _ready(client: httpx.AsyncClient) -> bool:
    return (await client.get("/health/ready")).status_code == 200


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    receiver = Receiver(f"http://127.0.0.1:{port}/callbacks")
    server = uvicorn.Server(uvicorn.Config(receiver, port=port, log_config=None, lifespan="off"))
    serving = asyncio.create_task(server._serve())
    try:
        yield receiver
    finally:
        server.should_exit = True
        await serving


@pytest.fixture
def district(simulator: httpx.AsyncClient, receiver: Receiver) -> District:
    return District(simulator, receiver.url)


@pytest.fixture
def another(simulator: httpx.AsyncClient, receiver: Receiver) -> Callable[..., District]:
    """A function that makes a further district. Its arguments replace default values of the new
    district's submission."""

    def make(**different: Any) -> District:
        return District(simulator, receiver.url, **different)

    return make
