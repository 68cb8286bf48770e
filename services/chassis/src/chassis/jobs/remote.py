"""An external system with a JSON API over HTTP, as job handlers call it."""

from collections.abc import Collection
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import orjson

from chassis.jobs.job_worker import GiveUp, Unavailable
from chassis.normalization import is_digits

#: A longer `Retry-After` is shortened to this, so that no external system can delay a job for days.
LONGEST_PAUSE_S = 300.0
#: The stream of a response whose content has been read.
NOTHING_LEFT = httpx.ByteStream(b"")


class Remote:
    """Sends requests to one external system. Error messages contain the system's name, the status and the error code,
    and quote nothing else.
    """

    def __init__(self, client: httpx.AsyncClient, name: str, url: str, *, timeout_s: float | None = None) -> None:
        """Without `timeout_s` the timeout of the client applies."""
        self._client, self._name, self._url = client, name, url.rstrip("/")
        self._timeout = httpx.USE_CLIENT_DEFAULT if timeout_s is None else timeout_s

    async def call(self, method: str, path: str, content: bytes | None = None, *, key: str = "") -> httpx.Response:
        """Return the response, whatever its status. Raises Unavailable if no response comes."""
        headers = {"Content-Type": "application/json"} | ({"Idempotency-Key": key} if key else {})
        try:
            answer = await self._client.request(
                method, self._url + path, content=content, headers=headers, timeout=self._timeout
            )
        except httpx.HTTPError as error:
            raise Unavailable(f"{self._name} cannot be reached: {type(error).__name__}") from None
        # Without this line, the response and its stream refer to each other. Then only Python's search for reference
        # cycles frees them and the bodies of request and response. This search runs only after some thousand calls, and
        # until then the memory of a service grew by 100 MB.
        answer.stream = NOTHING_LEFT
        return answer

    def require_success(self, answer: httpx.Response) -> None:
        """Raises Unavailable unless the call succeeded. A 401 or 404 is retried, too, because an operator can correct
        the token or the URL meanwhile.
        """
        if not answer.is_success:
            said = f"{self._name} answered {answer.status_code} {code_of(answer)}".strip()
            raise Unavailable(said, retry_after=retry_after_s(answer))

    def read(self, answer: httpx.Response) -> Any:
        """The JSON of a successful response. Raises Unavailable for any other response."""
        self.require_success(answer)
        try:
            return orjson.loads(answer.content)
        except orjson.JSONDecodeError:
            raise Unavailable(f"the answer of {self._name} is no JSON") from None

    async def look_up(self, path: str, *, unknown: str, key: str = "") -> Any:
        """The JSON of the resource; None if the system answers 404 with the code `unknown`.

        Raises Unavailable for any other response. A 404 without that code means a wrong URL.
        """
        answer = await self.call("GET", path, key=key)
        if answer.status_code == httpx.codes.NOT_FOUND and code_of(answer) == unknown:
            return None
        return self.read(answer)

    async def send(
        self, method: str, path: str, body: Any, *, key: str, refused: Collection[int] = (httpx.codes.CONFLICT,)
    ) -> httpx.Response:
        """Send a request with the Idempotency-Key `key`. Returns the response unless its status is in `refused`.

        Raises GiveUp for a status in `refused`, because a repeated request would get the same answer. Raises
        Unavailable if no response comes.
        """
        answer = await self.call(method, path, orjson.dumps(body, default=str), key=key)
        if answer.status_code in refused:
            said = f"{answer.status_code} {code_of(answer)}".strip()
            raise GiveUp(f"{self._name} refused with {said}; compare the request that it has with ours")
        return answer


def code_of(answer: httpx.Response) -> str:
    """The system's error code, `{"code": …}`; empty if the response has none."""
    try:
        return str(orjson.loads(answer.content).get("code", ""))
    except (orjson.JSONDecodeError, AttributeError):
        return ""


def retry_after_s(answer: httpx.Response) -> float | None:
    """The seconds of `Retry-After`, which is a number or a date. None if the header is absent or unreadable."""
    value = answer.headers.get("Retry-After", "")
    try:
        seconds = (
            float(value) if is_digits(value) else (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds()
        )
    except (ValueError, TypeError):
        return None
    return min(max(seconds, 0.0), LONGEST_PAUSE_S)
