"""The console on a real database, browsers that keep cookies, and a service to which the console forwards requests."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from integration.console.questions import solved

from chassis.testing import Bench, service_under_test
from console.__main__ import service
from console.api.desk import hashing_of
from console.usecases.provisioning import ProvisionedAccount, provision
from contracts.unions import UnionChanged, Unit
from contracts.words import Role, UnionType

HOME = "http://console.test"
PASSWORD = "一句好记的话而已两千"
#: Settings with which a password is hashed cheaply, so that tests are fast.
CHEAP = {"argon2_memory_kib": 64, "argon2_passes": 1, "argon2_at_once": 4}


@dataclass
class Behind:
    """Stands in for member-svc behind the gateway, the part of the console that forwards requests.

    `received`: the requests. `bodies`: the bodies of the requests. `answer`: the response to the next requests. If it
    is an exception, the exception is raised. If it is None, the response is an empty list.
    """

    received: list[httpx.Request] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    answer: Any = None

    async def handle(self, request: httpx.Request) -> httpx.Response:
        self.received.append(request)
        self.bodies.append(await request.aread())
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer or answer(b'{"items":[]}')


class Body(httpx.AsyncByteStream):
    """The body of an answer, which arrives in pieces."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for at in range(0, len(self._content), 7):
            yield self._content[at : at + 7]


def answer(content: bytes, status: int = 200, **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(status, headers={"content-type": "application/json"} | named, stream=Body(content))


class Browser:
    """A browser: it keeps cookies, and sends the CSRF token of its session with every request that changes data."""

    def __init__(self, bench: Bench) -> None:
        self.client = httpx.AsyncClient(transport=bench.client._transport, base_url=HOME)
        self.csrf = ""

    async def captcha(self) -> dict[str, str]:
        """The fields of a solved captcha."""
        shown = (await self.client.post("/captchas", json={"kind": "question"})).json()
        return {"captcha_id": shown["captcha_id"], "captcha": solved(shown["question"])}

    async def sign_in(self, account_name: str, password: str = PASSWORD, **fields: str) -> httpx.Response:
        """`fields`: the id of a captcha and the answer to it. If there is only an answer, for example a wrong one, it
        is sent as the answer to a new captcha.
        """
        captcha = {} if "captcha_id" in fields else await self.captcha()
        body = {"account_name": account_name, "password": password, **captcha, **fields}
        answer = await self.client.post("/session", json=body)
        if answer.status_code == 200:
            self.csrf = answer.json()["csrf_token"]
        return answer

    async def send(self, method: str, path: str, *, key: str | None = None, **options: Any) -> httpx.Response:
        headers = {"X-CSRF-Token": self.csrf, "Idempotency-Key": key or str(uuid4())} | options.pop("headers", {})
        return await self.client.request(method, path, headers=headers, **options)

    async def get(self, path: str, **options: Any) -> httpx.Response:
        return await self.client.get(path, **options)


@dataclass
class ConsoleDriver:
    bench: Bench
    behind: Behind
    city: UUID = field(default_factory=uuid4)
    district: UUID = field(default_factory=uuid4)
    neighbor: UUID = field(default_factory=uuid4)
    street: UUID = field(default_factory=uuid4)
    union: UUID = field(default_factory=uuid4)
    unit: UUID = field(default_factory=uuid4)

    def browser(self) -> Browser:
        return Browser(self.bench)

    async def signed_in(self, account_name: str, password: str = PASSWORD) -> Browser:
        browser = self.browser()
        answer = await browser.sign_in(account_name, password)
        assert answer.status_code == 200, answer.text
        return browser

    async def add_union(self, kind: UnionType, name: str, *path: UUID, units: tuple[Unit, ...] = ()) -> None:
        await self.bench.deliver(
            UnionChanged(
                union_id=path[-1],
                name=name,
                union_type=kind,
                parent_id=path[-2] if len(path) > 1 else None,
                path=list(path),
                units=list(units),
                changed_at=self.bench.clock.now(),
            )
        )

    async def plant_unions(self) -> None:
        unit = Unit(unit_id=self.unit, name="示例公司")
        await self.add_union(UnionType.MUNICIPAL, "示例市总工会", self.city)
        await self.add_union(UnionType.DISTRICT, "示例区总工会", self.city, self.district)
        await self.add_union(UnionType.DISTRICT, "邻区总工会", self.city, self.neighbor)
        await self.add_union(UnionType.STREET, "示例街道总工会", self.city, self.district, self.street)
        path = (self.city, self.district, self.street, self.union)
        await self.add_union(UnionType.COMMITTEE, "示例公司工会委员会", *path, units=(unit,))

    async def add_account(self, name: str, role: Role, union: UUID | None, *, must_change: bool = False) -> None:
        account = ProvisionedAccount(name, "王小明", role, union, PASSWORD, must_change)
        added = await provision(self.bench.database, hashing_of(self.bench.runtime.settings), [account])
        assert added == [name]

    async def rows(self, statement: str, *arguments: Any) -> list[dict[str, Any]]:
        async with self.bench.database.connection() as connection:
            return [dict(row) for row in await connection.fetch(statement, *arguments)]

    async def acts(self, name: str) -> list[dict[str, Any]]:
        """The rows of the audit log about commands with this name."""
        return await self.rows("SELECT account, subject, detail, role FROM audit_log WHERE name = $1 ORDER BY id", name)

    async def age(self, table: str, column: str, seconds: int) -> None:
        """Make all rows of a table older."""
        await self.rows(f"UPDATE {table} SET {column} = {column} - make_interval(secs => $1)", seconds)


@pytest.fixture
async def driver(database: str) -> AsyncIterator[ConsoleDriver]:
    services = {"member-svc": "http://member.test", "enrollment-svc": "http://enrollment.test/"}
    settings: dict[str, Any] = {"public_url": HOME, "services": services, **CHEAP}
    async with service_under_test(service, database, **settings) as bench:
        behind = Behind()
        await bench.runtime.http.aclose()
        bench.runtime.http = httpx.AsyncClient(transport=httpx.MockTransport(behind.handle))
        driver = ConsoleDriver(bench, behind)
        await driver.plant_unions()
        yield driver
