"""The protection center, as review-svc speaks to it. Never called inside a transaction."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import httpx
import orjson

from chassis.outbound import GiveUp, Unavailable

PARTS_SIZE = 500
#: Bad request, conflict, too large, unprocessable: the same submission will be refused again.
ABOUT_THE_CONTENT = frozenset({400, 409, 413, 422})
#: The center's word for a submission that it never saw. A 404 without it is a wrong address, not an answer.
UNKNOWN = "SUBMISSION_UNKNOWN"


@dataclass(frozen=True, slots=True)
class CenterView:
    """What the center knows of a submission's version. States: receiving, received, confirmed, rejected.

    `decisions` are its answers as it calls them back, oldest first.
    """

    state: str
    decisions: Sequence[dict[str, Any]] = ()


class Center(Protocol):
    """The port: send a submission in parts, look one up. Raises Unavailable or GiveUp."""

    async def look_up(self, submission_no: str, version: int) -> CenterView | None:
        """None = the center never heard of it."""

    async def send(
        self, submission_no: str, version: int, head: dict[str, Any], parts: AsyncIterator[list[dict[str, Any]]]
    ) -> None:
        """All of it, from the start; what the center has already from an earlier attempt must be the same."""


class HttpCenter:
    """The center over HTTP; every step may be repeated, the center compares."""

    def __init__(self, client: httpx.AsyncClient, base_url: str) -> None:
        self._client = client
        self._base_url = base_url.rstrip("/")

    async def look_up(self, submission_no: str, version: int) -> CenterView | None:
        answer = await self._call("GET", self._path(submission_no, version), may_miss=True)
        return None if answer is None else CenterView(answer["state"], answer.get("decisions", ()))

    async def send(
        self, submission_no: str, version: int, head: dict[str, Any], parts: AsyncIterator[list[dict[str, Any]]]
    ) -> None:
        path, key = self._path(submission_no, version), f"{submission_no}/{version}"
        await self._call("PUT", path, head, key)
        count = 0
        async for people in parts:
            await self._call("PUT", f"{path}/parts/{count}", {"people": people}, f"{key}/{count}")
            count += 1
        await self._call("POST", f"{path}/complete", {"parts": count}, f"{key}/complete")

    def _path(self, submission_no: str, version: int) -> str:
        return f"/center/submissions/{submission_no}/{version}"

    async def _call(
        self, method: str, path: str, body: Any = None, key: str | None = None, *, may_miss: bool = False
    ) -> Any:
        headers = {"Content-Type": "application/json"} | ({"Idempotency-Key": key} if key else {})
        content = None if body is None else orjson.dumps(body, default=str)
        try:
            answer = await self._client.request(method, self._base_url + path, content=content, headers=headers)
        except httpx.TransportError as error:
            raise Unavailable(f"the center cannot be reached: {type(error).__name__}") from error
        if may_miss and answer.status_code == httpx.codes.NOT_FOUND and _code(answer) == UNKNOWN:
            return None
        return _checked(answer)


def _checked(answer: httpx.Response) -> Any:
    """The answer's JSON. What the center says of the content stays refused; anything else can be mended outside."""
    if answer.status_code in ABOUT_THE_CONTENT:
        raise GiveUp(f"the center refused with {answer.status_code} {_code(answer)}")
    if not answer.is_success:
        wait = answer.headers.get("Retry-After", "")
        after = float(wait) if wait.isdigit() else None
        raise Unavailable(f"the center answered {answer.status_code} {_code(answer)}".strip(), retry_after=after)
    try:
        return orjson.loads(answer.content)
    except orjson.JSONDecodeError as error:
        raise Unavailable("the center's answer is no JSON") from error


def _code(answer: httpx.Response) -> str:
    try:
        return str(orjson.loads(answer.content).get("code", ""))
    except (orjson.JSONDecodeError, AttributeError):
        return ""
