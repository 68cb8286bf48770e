"""How the parts of a submission are sent to the center: several at once, and none after an error."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest

from chassis.jobs import GiveUp, Unavailable
from review_svc.gateways.center import PARTS_AT_ONCE, HttpCenter

PARTS = 10
PATH = "/center/submissions/CB202405109000/1"


class SlowCenter:
    """Stands in for the center, which takes a moment for each part.

    `refused`: the status of the answer to a part, by index. `seen`: the paths in the order in which requests came.
    """

    def __init__(self, refused: dict[int, int] | None = None) -> None:
        self.refused = refused or {}
        self.seen: list[str] = []
        self.running = self.most = 0

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix(PATH)
        self.seen.append(path)
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            if path.startswith("/parts/"):
                await asyncio.sleep(0.01)
                status = self.refused.get(int(path.removeprefix("/parts/")), 200)
                return httpx.Response(status, json={"code": "REFUSED"})
            assert self.running == 1, "the head and the completion are sent alone"
            return httpx.Response(200, json={})
        finally:
            self.running -= 1


async def parts() -> AsyncIterator[list[dict[str, Any]]]:
    for index in range(PARTS):
        yield [{"name": f"person {index}"}]


async def send(center: Callable[..., Any]) -> None:
    client = httpx.AsyncClient(transport=httpx.MockTransport(center))
    await HttpCenter(client, "http://center").send("CB202405109000", 1, {"parts": PARTS}, parts())


async def test_several_parts_are_on_their_way_but_never_all():
    center = SlowCenter()
    await send(center)
    assert center.most == PARTS_AT_ONCE < PARTS
    assert center.seen[0] == ""
    assert sorted(center.seen[1:-1]) == sorted(f"/parts/{index}" for index in range(PARTS))
    assert center.seen[-1] == "/complete"


@pytest.mark.parametrize(("status", "error"), [(409, GiveUp), (503, Unavailable)])
async def test_after_a_refused_part_nothing_is_sent_and_nothing_runs(status: int, error: type[Exception]):
    center = SlowCenter({2: status})
    with pytest.raises(error, match=f"{status} REFUSED"):
        await send(center)
    sent = len(center.seen)
    await asyncio.sleep(0.05)
    assert (center.running, len(center.seen)) == (0, sent)
    assert f"/parts/{PARTS - 1}" not in center.seen
    assert "/complete" not in center.seen
