"""Sends searches by a full number or name, and reads the rows about them in the audit log."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
from integration.member_svc.handler import Handler

#: The number of searches without a result that are allowed per day, for roles that are not allowed to reveal.
MISSES = 5


def searching(field: str) -> Callable[..., Awaitable[httpx.Response]]:
    """A function that searches by the given field of the body. Its argument `changed` sets further fields."""

    async def search(
        handler: Handler, value: str, role: str = "municipal", path: str = "/members/search", changed: Any = None
    ) -> httpx.Response:
        place = handler.union_id if role == "handler" else None
        headers = handler.bench.token(role, place, account=role)
        return await handler.bench.client.post(path, json={field: value} | (changed or {}), headers=headers)

    return search


async def audited_searches(handler: Handler, act: str | None = None) -> list[dict[str, Any]]:
    """Audit rows of exact searches, oldest first. If `act` is given: only the rows with this name."""
    async with handler.bench.database.read() as connection:
        rows = await connection.fetch(
            """SELECT account, subject, detail FROM audit_log
               WHERE detail ->> 'how' = 'exact_search' AND ($1::text IS NULL OR name = $1) ORDER BY id""",
            act,
        )
    return [dict(row) for row in rows]
