"""What a handler does over HTTP, for tests to read as stories."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

import httpx

from chassis.testing import Bench
from contracts.event import Event

CITY = UUID("00000000-0000-4000-8000-000000000001")


def node(name: str) -> UUID:
    return uuid5(CITY, name)


def union_body(kind: str, parent: UUID | None, *units: UUID, **more: Any) -> dict[str, Any]:
    return {
        "name": more.pop("name", f"工会{kind}"),
        "union_type": kind,
        "parent_id": str(parent) if parent else None,
        "units": [{"unit_id": str(unit), "name": f"单位{str(unit)[:4]}"} for unit in units],
    } | more


async def put_union(bench: Bench, union_id: UUID, body: dict[str, Any]) -> httpx.Response:
    return await bench.client.put(f"/unions/{union_id}", json=body, headers=bench.token("municipal", CITY))


@dataclass
class Handler:
    bench: Bench
    union_id: UUID
    units: tuple[UUID, ...]

    @classmethod
    async def of_a_small_city(cls, bench: Bench) -> "Handler":
        district, joint, committee = node("district"), node("joint"), node("committee")
        units = (node("unit-1"), node("unit-2"))
        for union_id, body in (
            (CITY, union_body("municipal", None)),
            (district, union_body("district", CITY)),
            (joint, union_body("joint", district, *units)),
            (committee, union_body("committee", district, node("unit-3"))),
        ):
            answer = await put_union(bench, union_id, body)
            assert answer.status_code == 200, answer.text
        return cls(bench, joint, units)

    def elsewhere(self) -> "Handler":
        """The handler of the committee next door."""
        return Handler(self.bench, node("committee"), (node("unit-3"),))

    def headers(self, role: str = "handler") -> dict[str, str]:
        return self.bench.token(role, self.union_id)

    async def upload(self, data: bytes, unit: UUID | None = None, **fields: str) -> httpx.Response:
        form = {"union_id": str(self.union_id), "unit_id": str(unit or self.units[0])} | fields
        return await self.bench.client.post(
            "/imports", data=form, files={"file": ("名单.xlsx", data)}, headers=self.headers()
        )

    async def check(self, data: bytes, **fields: Any) -> str:
        answer = await self.upload(data, **fields)
        assert answer.status_code == 202, answer.text
        await self.bench.run_outbound()
        return str(answer.json()["import_id"])

    async def confirm(self, import_id: str) -> httpx.Response:
        return await self.bench.client.post(f"/imports/{import_id}/confirm", headers=self.headers())

    async def bring_in(self, data: bytes, **fields: Any) -> dict[str, Any]:
        """Upload, check, confirm, apply; returns the import as it ends."""
        import_id = await self.check(data, **fields)
        answer = await self.confirm(import_id)
        assert answer.status_code == 202, answer.text
        await self.bench.run_outbound()
        return await self.get(f"/imports/{import_id}")

    async def get(self, path: str, **params: Any) -> dict[str, Any]:
        answer = await self.bench.client.get(path, params=params, headers=self.headers())
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def post(self, path: str, body: Any) -> httpx.Response:
        return await self.bench.client.post(path, json=body, headers=self.headers())

    async def members(self, **params: Any) -> list[dict[str, Any]]:
        return list((await self.get("/members", page_size=500, **params))["items"])

    async def rows(self, import_id: str, **params: Any) -> list[dict[str, Any]]:
        return list((await self.get(f"/imports/{import_id}/rows", page_size=500, **params))["items"])

    async def told(self, kind: type[Event]) -> list[Any]:
        return [event for _, event in await self.bench.published() if isinstance(event, kind)]
