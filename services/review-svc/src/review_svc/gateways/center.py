"""The protection center's API as review-svc calls it. Only jobs call it, never inside a transaction."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import httpx

from chassis.jobs import Remote

PARTS_SIZE = 500
#: At most this many parts are sent at the same time. So this service prepares the next parts while the center stores
#: the parts that it has received.
PARTS_AT_ONCE = 4
#: With these HTTP statuses the center refuses the content of a request. A retry would be refused too, because it sends
#: the same content.
ABOUT_THE_CONTENT = frozenset({400, 409, 413, 422})
#: The center has received some parts of a submission, but not all.
RECEIVING = "receiving"
#: The center's code for a submission that it never received. A 404 without this code means a wrong URL.
UNKNOWN = "SUBMISSION_UNKNOWN"


@dataclass(frozen=True, slots=True)
class CenterView:
    """The center's record of a submission. `state` is one of: receiving, received, confirmed, rejected.

    `decisions`: the bodies of the callbacks with decisions, oldest first.
    """

    state: str
    decisions: Sequence[dict[str, Any]] = ()

    @property
    def has_arrived(self) -> bool:
        """Whether the center has received all parts."""
        return self.state != RECEIVING


class Center(Protocol):
    """The interface to the center: send a submission in parts, or look up a submission. Raises Unavailable or GiveUp.

    In the center's API, a submission can have several versions. This service sends only version 1.
    """

    async def look_up(self, submission_no: str, version: int) -> CenterView | None:
        """The center's record, or None if the center never received the submission."""

    async def send(
        self, submission_no: str, version: int, header: dict[str, Any], parts: AsyncIterator[list[dict[str, Any]]]
    ) -> None:
        """Send all parts, even those that an earlier attempt has sent.

        The center refuses a part if an earlier attempt sent this part with other content. The center can receive the
        parts in a different order than this service sends them.
        """


class HttpCenter:
    """The center over HTTP. Every request can be sent again, because a repetition changes nothing at the center."""

    def __init__(self, client: httpx.AsyncClient, url: str) -> None:
        self._remote = Remote(client, "the center", url)

    async def look_up(self, submission_no: str, version: int) -> CenterView | None:
        record = await self._remote.look_up(_path(submission_no, version), unknown=UNKNOWN)
        return None if record is None else CenterView(record["state"], record.get("decisions", ()))

    async def send(
        self, submission_no: str, version: int, header: dict[str, Any], parts: AsyncIterator[list[dict[str, Any]]]
    ) -> None:
        path, key = _path(submission_no, version), f"{submission_no}/{version}"
        await self._send("PUT", path, header, key)
        count = await self._send_parts(path, key, parts)
        await self._send("POST", f"{path}/complete", {"parts": count}, f"{key}/complete")

    async def _send_parts(self, path: str, key: str, parts: AsyncIterator[list[dict[str, Any]]]) -> int:
        """Send the parts, at most `PARTS_AT_ONCE` at the same time. Returns the number of parts.

        If a request fails, the requests that are still running are canceled.
        """
        sending: deque[asyncio.Task[None]] = deque()
        count = 0
        try:
            async for people in parts:
                if len(sending) == PARTS_AT_ONCE:
                    await sending[0]
                    sending.popleft()
                request = self._send("PUT", f"{path}/parts/{count}", {"people": people}, f"{key}/{count}")
                sending.append(asyncio.create_task(request))
                count += 1
            for task in sending:
                await task
        finally:
            for task in sending:
                task.cancel()
            await asyncio.gather(*sending, return_exceptions=True)
        return count

    async def _send(self, method: str, path: str, body: dict[str, Any], key: str) -> None:
        self._remote.require_success(await self._remote.send(method, path, body, key=key, refused=ABOUT_THE_CONTENT))


def _path(submission_no: str, version: int) -> str:
    return f"/center/submissions/{submission_no}/{version}"
