"""The two centers of the tests: a center in memory, and the simulator, which is called by the real HTTP client."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import asyncpg
import httpx

from chassis.domain import FixedClock
from chassis.testing import NOON, bench_keys
from review_svc.gateways.center import Center, HttpCenter
from review_svc.gateways.fake_center import FakeCenter
from simulator.app import build_app
from simulator.database import migrate
from simulator.settings import Settings

URL = "http://simulator"


class CenterDriver(Protocol):
    """Makes the decisions of the center."""

    @property
    def center(self) -> Center: ...

    async def confirm(self, number: str) -> None: ...


@dataclass
class InMemory:
    center: FakeCenter

    async def confirm(self, number: str) -> None:
        self.center.confirm(number)


@dataclass
class Simulated:
    """The simulator, configured to decide nothing by itself."""

    center: HttpCenter
    client: httpx.AsyncClient
    database: str

    async def feedback(self, number: str, given: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """Let the center give feedback. Return the path and the body of its callback."""
        answer = await self.client.post(f"/center/submissions/{number}/1/feedback", json=given)
        assert answer.status_code == 200, answer.text
        connection = await asyncpg.connect(self.database)
        try:
            owed = await connection.fetchrow("SELECT url, body FROM callbacks ORDER BY callback_id DESC LIMIT 1")
        finally:
            await connection.close()
        return httpx.URL(owed["url"]).path, json.loads(owed["body"])

    async def confirm(self, number: str) -> None:
        await self.decide(number, {"decision": "confirmed"})

    async def decide(self, number: str, decision: dict[str, Any]) -> None:
        answer = await self.client.post(f"/center/submissions/{number}/1/decision", json=decision)
        assert answer.status_code == 200, answer.text


@asynccontextmanager
async def simulated_center(database: str) -> AsyncIterator[Simulated]:
    """The simulator in this process, on a database of its own."""
    await migrate(database)
    settings = Settings(database_url=database, key_file=Path("unused"))
    app = build_app(settings, keys=bench_keys(), clock=FixedClock(NOON))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=URL, timeout=30) as client,
    ):
        await _ready(client)
        held = await client.put("/center/policy", json={"subject": "submission", "decision": "hold"})
        assert held.status_code == 200, held.text
        yield Simulated(HttpCenter(client, URL), client, database)


async def _ready(client: httpx.AsyncClient) -> None:
    """Wait until the simulator has its database."""
    async with asyncio.timeout(20):
        while True:
            if (await client.get("/health/ready")).status_code == 200:
                return
            await asyncio.sleep(0.02)
