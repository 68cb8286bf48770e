"""A district that sends to the center, and a receiver for the center's callbacks."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from uuid import UUID, uuid4

import httpx

RATE = {"total_fen": 2600, "city_fen": 1300, "district_fen": 1300, "unit_fen": 0}
_sequence = count(9000)

#: A function that starts the simulator on the test's database. A second call restarts it after a stop.
Start = Callable[[], AbstractAsyncContextManager[httpx.AsyncClient]]


async def until(true: Callable[[], Awaitable[object]], *, deadline_s: float = 20) -> None:
    async with asyncio.timeout(deadline_s):
        while not await true():  # noqa: ASYNC110 - what is waited for happens elsewhere
            await asyncio.sleep(0.02)


@dataclass
class Receiver:
    """Receives the callbacks. `refusals`: the status codes of its first responses. All later responses are 200."""

    url: str
    refusals: list[int] = field(default_factory=list)
    calls: list[tuple[dict[str, str], dict[str, Any]]] = field(default_factory=list)
    refused: int = 0

    @property
    def bodies(self) -> list[dict[str, Any]]:
        return [body for _, body in self.calls]

    async def wait_for_bodies(self, count: int, *, deadline_s: float = 20) -> list[dict[str, Any]]:
        async def enough() -> bool:
            return len(self.calls) >= count

        await until(enough, deadline_s=deadline_s)
        return self.bodies

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body = b""
        while (message := await receive()) and message["type"] == "http.request":
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        status = self.refusals.pop(0) if self.refusals else 200
        if status == 200:
            headers = {name.decode(): value.decode() for name, value in scope["headers"]}
            self.calls.append((headers, json.loads(body)))
        else:
            self.refused += 1
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": b"{}"})


@dataclass
class District:
    """A district union that sends a submission. By default the submission has 3 people in two lines and two parts."""

    client: httpx.AsyncClient
    callback_url: str
    union_id: UUID = field(default_factory=uuid4)
    no: str = field(default_factory=lambda: f"CB20240510{next(_sequence)}")
    version: int = 1
    year: int = 2024
    numbers: list[list[str]] = field(default_factory=lambda: [[number(), number()], [number()]])
    line_ids: list[UUID] = field(default_factory=lambda: [uuid4(), uuid4()])

    @property
    def path(self) -> str:
        return f"/center/submissions/{self.no}/{self.version}"

    @property
    def heads(self) -> int:
        return sum(len(line) for line in self.numbers)

    def head(self, **other: Any) -> dict[str, Any]:
        lines = [
            {"batch_no": f"CB2024051000{at:02}", "line_id": str(line_id), "union_id": str(self.union_id)}
            | {"unit_id": str(self.union_id), "heads": len(numbers), "fee": fee(len(numbers))}
            for at, (line_id, numbers) in enumerate(zip(self.line_ids, self.numbers, strict=True))
        ]
        return {
            "union_id": str(self.union_id),
            "union_name": "某区总工会",
            "year": self.year,
            "enrollment_type": "immediate",
            "heads": self.heads,
            "fee": fee(self.heads),
            "handler": {"name": "经办人甲", "mobile": "13800000000", "email": "a@example.org"},
            "lines": lines,
            "parts": len(self.numbers),
            "callback_url": self.callback_url,
        } | other

    def part(self, index: int) -> dict[str, Any]:
        return {"people": [person(self.line_ids[index], one) for one in self.numbers[index]]}

    async def open(self, **other: Any) -> httpx.Response:
        return await self.client.put(self.path, json=self.head(**other), headers=keyed())

    async def send_part(self, index: int) -> httpx.Response:
        return await self.client.put(f"{self.path}/parts/{index}", json=self.part(index), headers=keyed())

    async def complete(self) -> httpx.Response:
        return await self.client.post(f"{self.path}/complete", json={"parts": len(self.numbers)}, headers=keyed())

    async def submit(self) -> None:
        for answer in [await self.open(), *[await self.send_part(i) for i in range(len(self.numbers))]]:
            assert answer.status_code == 200, answer.text
        answer = await self.complete()
        assert answer.status_code == 200, answer.text

    async def state(self) -> dict[str, Any]:
        return dict((await self.client.get(self.path)).json())

    async def settled(self) -> dict[str, Any]:
        async def decided() -> bool:
            return (await self.state())["state"] in ("confirmed", "rejected")

        await until(decided)
        return await self.state()


def keyed() -> dict[str, str]:
    return {"Idempotency-Key": str(uuid4())}


def number() -> str:
    return f"3101011990{uuid4().int % 10**8:08}"


def fee(heads: int) -> dict[str, int]:
    return {name: fen * heads for name, fen in RATE.items()}


def person(line_id: UUID, document_number: str) -> dict[str, Any]:
    names = {"name": "张三", "document_type": "resident_id", "document_number": document_number}
    return {"line_id": str(line_id), "member_id": str(UUID(int=7)), "mobile": None} | names


async def hold(client: httpx.AsyncClient, subject: str = "submission") -> None:
    await client.put("/center/policy", json={"subject": subject, "decision": "hold"})


def csv_of(rows: Iterable[tuple[str, str, str]]) -> bytes:
    lines = ["id_number,card_status,employment_status", *(",".join(row) for row in rows)]
    return ("\r\n".join(lines) + "\r\n").encode("utf-8-sig")
