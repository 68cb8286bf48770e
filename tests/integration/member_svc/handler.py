"""Sends the commands of a union's handler over HTTP, and delivers the answers of enrollment-svc to removals."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

import httpx

from chassis.testing import NOON, Bench
from contracts.enrollments import RefusedRemoval, RemovalDecided
from contracts.event import Event
from contracts.members import RemovalRequested

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
        """The handler of the neighboring committee."""
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
        await self.bench.run_jobs()
        return str(answer.json()["import_id"])

    async def confirm(self, import_id: str) -> httpx.Response:
        return await self.bench.client.post(f"/imports/{import_id}/confirm", headers=self.headers())

    async def bring_in(self, data: bytes, **fields: Any) -> dict[str, Any]:
        """Upload, check, confirm, apply; return the finished import."""
        import_id = await self.check(data, **fields)
        answer = await self.confirm(import_id)
        assert answer.status_code == 202, answer.text
        await self.bench.run_jobs()
        return await self.get(f"/imports/{import_id}")

    async def get(self, path: str, **params: Any) -> dict[str, Any]:
        answer = await self.bench.client.get(path, params=params, headers=self.headers())
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def post(self, path: str, body: Any) -> httpx.Response:
        return await self.bench.client.post(path, json=body, headers=self.headers())

    async def request_removal(self, *members: dict[str, Any]) -> httpx.Response:
        """Request the removal of the members. They leave the list when `answer_removals` grants the removal."""
        return await self.post("/members/removals", {"member_ids": [member["member_id"] for member in members]})

    async def answer_removals(self, *refused: dict[str, Any]) -> list[RemovalDecided]:
        """Deliver the decisions of enrollment-svc on every request published so far. It refuses the removal of the
        members in `refused`, and grants every other removal.
        """
        stay = {UUID(member["member_id"]) for member in refused}
        answers = [decision(event, stay) for event in await self.published(RemovalRequested)]
        for answer in answers:
            await self.bench.deliver(answer, cause=uuid5(answer.removal_id, f"{answer.unit_id}/{answer.part.index}"))
        return answers

    async def remove(self, *members: dict[str, Any]) -> None:
        """Request the removal of the members, and let enrollment-svc grant it."""
        answer = await self.request_removal(*members)
        assert answer.status_code == 202, answer.text
        await self.answer_removals()

    async def members(self, **params: Any) -> list[dict[str, Any]]:
        return list((await self.get("/members", page_size=500, **params))["items"])

    async def rows(self, import_id: str, **params: Any) -> list[dict[str, Any]]:
        return list((await self.get(f"/imports/{import_id}/rows", page_size=500, **params))["items"])

    async def published(self, kind: type[Event]) -> list[Any]:
        return [event for _, event in await self.bench.published() if isinstance(event, kind)]


def decision(event: RemovalRequested, stay: Collection[UUID] = ()) -> RemovalDecided:
    return RemovalDecided(
        removal_id=event.removal_id,
        union_id=event.union_id,
        unit_id=event.unit_id,
        part=event.part,
        granted=[member_id for member_id in event.member_ids if member_id not in stay],
        refused=[
            RefusedRemoval(member_id=member_id, code="UNDER_REVIEW")
            for member_id in event.member_ids
            if member_id in stay
        ],
        decided_at=NOON,
    )
