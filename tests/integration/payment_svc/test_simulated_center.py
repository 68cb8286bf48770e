"""The adapter of the center sends vouchers to the simulator, which replaces the center in the demo."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from integration.simulator.district import until

from chassis.domain import FixedClock
from chassis.jobs import GiveUp
from chassis.testing import NOON, bench_keys
from payment_svc.gateways.center import HttpCenter, VoucherUnacceptable
from simulator.app import build_app
from simulator.database import migrate
from simulator.settings import Settings

BODY: dict[str, Any] = {
    "union_id": str(uuid4()),
    "amount_fen": 3900,
    "paid_on": "2024-05-10",
    "bank_reference": "AB1234",
    "file_sha256": "a" * 64,
    "result": "matched",
    "reason": None,
    "submissions": [{"submission_no": "CB202405109000", "version": 1, "amount_fen": 3900}],
    "callback_url": "http://127.0.0.1:1/center/voucher-decisions",
}


@pytest.fixture
async def center(empty_database: str) -> AsyncIterator[HttpCenter]:
    await migrate(empty_database)
    app = build_app(
        Settings(database_url=empty_database, key_file=Path("unused")), keys=bench_keys(), clock=FixedClock(NOON)
    )
    transport = httpx.ASGITransport(app=app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://simulator") as client,
    ):

        async def ready() -> bool:
            return (await client.get("/health/ready")).status_code == 200

        await until(ready)
        yield HttpCenter(client, "http://simulator", timeout_s=10)


async def test_voucher_is_received_once_and_its_decision_is_found(center: HttpCenter) -> None:
    voucher_id = uuid4()
    assert await center.look_up(voucher_id) is None
    await center.send(voucher_id, BODY)
    await center.send(voucher_id, BODY)
    with pytest.raises(GiveUp, match="CONTENT_DIFFERS"):
        await center.send(voucher_id, BODY | {"amount_fen": 1})

    async def decided() -> bool:
        known = await center.look_up(voucher_id)
        return known is not None and known.decision is not None

    await until(decided)
    known = await center.look_up(voucher_id)
    assert known is not None
    assert known.decision is not None
    assert (known.state, known.decision["decision"]) == ("rejected", "rejected")
    assert known.decision["voucher_id"] == str(voucher_id)
    assert known.decision["reason"]


async def test_voucher_that_the_center_cannot_read_is_unacceptable(center: HttpCenter) -> None:
    with pytest.raises(VoucherUnacceptable):
        await center.send(uuid4(), BODY | {"file_sha256": "short"})
