"""payment-svc on a real database, with a center that stores the vouchers it receives."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from chassis.testing import Bench, service_under_test
from contracts.event import Event
from contracts.fields import Part, Shares
from contracts.reviews import CenterConfirmed, CenterRejected, SubmissionLine, SubmittedToCenter
from contracts.unions import UnionChanged, Unit
from contracts.words import EnrollmentType, UnionType
from payment_svc.__main__ import service
from support.databases import Templates
from support.voucher_files import photo

#: The rate of 2024 for plan A and a whole year (F026).
RATE = Shares.of(city=1300, district=1300)


@dataclass
class RecordingCenter:
    """Stands in for the center. `received`: voucher id → voucher. `decided`: voucher id → decision. `calls`: the HTTP
    methods of the requests.

    `down`: True if the center answers with 503. `loses_answers`: True if the center stores a voucher, but answers with
    502. `unacceptable`: the code with which the center refuses every voucher; None = it accepts vouchers.
    """

    received: dict[str, dict[str, Any]] = field(default_factory=dict)
    decided: dict[str, dict[str, Any]] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    down: bool = False
    loses_answers: bool = False
    unacceptable: str | None = None

    def answer(self, request: httpx.Request) -> httpx.Response:
        voucher_id = request.url.path.rsplit("/", 1)[-1]
        self.calls.append(request.method)
        if self.down:
            return httpx.Response(503)
        if request.method == "GET":
            if voucher_id not in self.received:
                return httpx.Response(404, json={"code": "VOUCHER_UNKNOWN"})
            decision = self.decided.get(voucher_id)
            state = decision["decision"] if decision else "received"
            return httpx.Response(200, json={"state": state, "decisions": [decision] if decision else []})
        if self.unacceptable:
            return httpx.Response(422, json={"code": self.unacceptable})
        self.received[voucher_id] = json.loads(request.content)
        return httpx.Response(502 if self.loses_answers else 200, json={"state": "received"})


@dataclass
class PaymentDriver:
    """The service, with the requests and events that a test needs."""

    bench: Bench
    center: RecordingCenter
    store: Path
    city_id: UUID = field(default_factory=uuid4)
    district_id: UUID = field(default_factory=uuid4)
    street_id: UUID = field(default_factory=uuid4)
    neighbor_id: UUID = field(default_factory=uuid4)
    union_id: UUID = field(default_factory=uuid4)
    unit_id: UUID = field(default_factory=uuid4)

    async def plant_unions(self) -> None:
        """Publish the city, a district and an industry union, a street union below the district, and a company's
        committee below the street union."""
        city, district, street = self.city_id, self.district_id, self.street_id
        unit = Unit(unit_id=self.unit_id, name="示例公司")
        await self.bench.deliver(
            self._union(UnionType.MUNICIPAL, "示例市总工会", city),
            self._union(UnionType.DISTRICT, "某区总工会", city, district),
            self._union(UnionType.INDUSTRY, "某产业局总工会", city, self.neighbor_id),
            self._union(UnionType.STREET, "某街道总工会", city, district, street),
            self._union(UnionType.COMMITTEE, "示例公司工会委员会", city, district, street, self.union_id, units=[unit]),
        )

    def _union(self, union_type: UnionType, name: str, *path: UUID, units: Sequence[Unit] = ()) -> UnionChanged:
        return UnionChanged(
            union_id=path[-1],
            name=name,
            union_type=union_type,
            parent_id=path[-2] if len(path) > 1 else None,
            path=list(path),
            units=list(units),
            changed_at=self.bench.clock.now(),
        )

    def submitted(
        self,
        number: str,
        *,
        heads: int = 3,
        version: int = 1,
        line_id: UUID | None = None,
        year: int = 2024,
        kind: EnrollmentType = EnrollmentType.IMMEDIATE,
        rate: Shares = RATE,
        union_id: UUID | None = None,
    ) -> SubmittedToCenter:
        fee = rate.times(heads)
        line = SubmissionLine(
            batch_no=f"CB{year}0509{number[-4:]}",
            line_id=line_id or uuid4(),
            union_id=self.union_id,
            unit_id=self.unit_id,
            heads=heads,
            fee=fee,
        )
        return SubmittedToCenter(
            submission_no=number,
            version=version,
            union_id=union_id or self.district_id,
            year=year,
            enrollment_type=kind,
            union_name="某产业局总工会" if union_id == self.neighbor_id else "某区总工会",
            part=Part(index=0, count=1),
            lines=[line],
            heads=heads,
            fee=fee,
            submitted_at=self.bench.clock.now(),
        )

    def confirmed(
        self,
        number: str,
        *,
        heads: int = 3,
        version: int = 1,
        days_ago: float = 0,
        year: int = 2024,
        kind: EnrollmentType = EnrollmentType.IMMEDIATE,
        rate: Shares = RATE,
        union_id: UUID | None = None,
    ) -> CenterConfirmed:
        fee = rate.times(heads)
        return CenterConfirmed(
            submission_no=number,
            version=version,
            union_id=union_id or self.district_id,
            year=year,
            enrollment_type=kind,
            heads=heads,
            fee=fee,
            due_fen=fee.due_fen,
            confirmed_at=self.bench.clock.now() - timedelta(days=days_ago),
        )

    def rejected(self, number: str, *line_ids: UUID, version: int = 1) -> CenterRejected:
        return CenterRejected(
            submission_no=number,
            version=version,
            union_id=self.district_id,
            year=2024,
            enrollment_type=EnrollmentType.IMMEDIATE,
            line_ids=list(line_ids),
            reason="名单有误",
            rejected_at=self.bench.clock.now(),
        )

    async def payable(self, number: str, *, days_ago: float = 0, **facts: Any) -> str:
        """Publish a submission that the center has confirmed. By default it has 3 people, and 13 yuan are due for
        each of them."""
        await self.bench.deliver(self.submitted(number, **facts))
        await self.bench.deliver(self.confirmed(number, days_ago=days_ago, **facts))
        return number

    def reviewer(self) -> dict[str, str]:
        return self.bench.token("reviewer", self.district_id)

    async def upload(
        self,
        *numbers: str,
        amount_fen: int,
        content: bytes | None = None,
        reference: str | None = None,
        reason: str | None = None,
        headers: dict[str, str] | None = None,
        name: str = "凭证.jpg",
        **fields: str,
    ) -> httpx.Response:
        data: dict[str, Any] = {
            "submission_nos": list(numbers),
            "amount_fen": str(amount_fen),
            "paid_on": "2024-05-10",
            "bank_reference": reference or uuid4().hex[:12],
            "payer": "某区总工会",
        } | fields
        if reason:
            data["reason"] = reason
        file = (name, photo() if content is None else content, "image/jpeg")
        return await self.bench.client.post(
            "/vouchers", data=data, files={"file": file}, headers=headers or self.reviewer()
        )

    async def decide(
        self, voucher_id: str, decision: str, *, reason: str | None = None, key: str | None = None
    ) -> httpx.Response:
        headers = self.bench.token("center", None, account="protection-center")
        headers["Idempotency-Key"] = key or f"{voucher_id}/{decision}"
        body = {"voucher_id": voucher_id, "decision": decision, "reason": reason, "decided_at": self.decided_at()}
        return await self.bench.client.post("/center/voucher-decisions", json=body, headers=headers)

    def decided_at(self) -> str:
        return datetime.isoformat(self.bench.clock.now() + timedelta(hours=1))

    async def due(self, number: str) -> dict[str, Any]:
        answer = await self.bench.client.get(
            "/dues/summary", params={"submission_nos": number}, headers=self.reviewer()
        )
        return answer.json()["items"][0]  # type: ignore[no-any-return]

    async def get(self, path: str, headers: dict[str, str] | None = None, **params: Any) -> Any:
        """The JSON body of a GET; the caller is the district's reviewer by default."""
        answer = await self.bench.client.get(path, params=params, headers=headers or self.reviewer())
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def published(self, kind: type[Event]) -> list[Any]:
        return [event for _, event in await self.bench.published() if isinstance(event, kind)]

    def stored_files(self) -> int:
        return sum(1 for path in self.store.rglob("*") if path.is_file())

    async def retry_now(self) -> int:
        """Make postponed jobs due, and run them."""
        async with self.bench.database.connection() as connection:
            await connection.execute("UPDATE jobs SET next_at = now() WHERE state = 'due'")
        return await self.bench.run_jobs()


@asynccontextmanager
async def open_driver(database: str, folder: Path) -> AsyncIterator[PaymentDriver]:
    center = RecordingCenter()
    settings: dict[str, Any] = {
        "center_url": "http://center",
        "public_url": "http://payment",
        "voucher_store": str(folder / "vouchers"),
    }
    async with service_under_test(service, database, **settings) as bench:
        await bench.runtime.http.aclose()
        bench.runtime.http = httpx.AsyncClient(transport=httpx.MockTransport(center.answer))
        driver = PaymentDriver(bench, center, folder / "vouchers")
        await driver.plant_unions()
        yield driver


@pytest.fixture
async def database(templates: Templates) -> AsyncIterator[str]:
    async with templates.copy(service.migration_packages) as url:
        yield url


@pytest.fixture
async def driver(database: str, tmp_path: Path) -> AsyncIterator[PaymentDriver]:
    async with open_driver(database, tmp_path) as driver:
        yield driver
