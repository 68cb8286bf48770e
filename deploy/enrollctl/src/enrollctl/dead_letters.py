"""Dead letters over HTTP: every service serves its own."""

from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

import httpx

from enrollctl.errors import Failure, PartUnhealthy

Letter = dict[str, Any]
PAGE_SIZE = 100


class DeadLetters:
    """A client of the services' /ops/dead-letters. `urls` are base URLs by service name."""

    def __init__(self, urls: Mapping[str, str], token: str, transport: httpx.BaseTransport | None = None) -> None:
        self._urls = urls
        self._http = httpx.Client(
            headers={"Authorization": f"Bearer {token}"}, timeout=60, trust_env=False, transport=transport
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    @property
    def services(self) -> list[str]:
        """Those that can be asked. Raises Failure where none runs."""
        if not self._urls:
            raise Failure("this stack runs no services; it was started with --bare")
        return list(self._urls)

    def find_all(self, services: Iterable[str], *, state: str | None = None, cause: str | None = None) -> list[Letter]:
        """All of them, oldest first per service; the open ones unless a state is asked for."""
        asked = {"state": state, "cause": cause}
        filters = {name: value for name, value in asked.items() if value}
        return [letter for service in services for letter in self._of(service, filters)]

    def show(self, service: str, letter_id: int) -> Letter:
        """One letter with headers and masked payload."""
        return self._call("GET", service, f"/ops/dead-letters/{letter_id}") | {"service": service}

    def replay(self, service: str, letter_id: int) -> Letter:
        """Have it handled again; the answer says how many of its key went through, and why the next did not."""
        return self._call("POST", service, f"/ops/dead-letters/{letter_id}/replay") | {"service": service}

    def discard(self, service: str, letter_id: int, reason: str) -> Letter:
        path = f"/ops/dead-letters/{letter_id}/discard"
        return self._call("POST", service, path, json={"reason": reason}) | {"service": service}

    def _of(self, service: str, filters: Mapping[str, str]) -> list[Letter]:
        found: list[Letter] = []
        while True:
            page = {"page": str(len(found) // PAGE_SIZE + 1), "page_size": str(PAGE_SIZE)}
            answer = self._call("GET", service, "/ops/dead-letters", params={**filters, **page})
            found += [letter | {"service": service} for letter in answer["items"]]
            if not answer["items"] or len(found) >= answer["total"]:
                return found

    def _call(self, method: str, service: str, path: str, **rest: Any) -> Letter:
        headers = {"Idempotency-Key": str(uuid4())} if method == "POST" else {}
        try:
            answer = self._http.request(method, self._base(service) + path, headers=headers, **rest)
        except httpx.HTTPError as error:
            raise PartUnhealthy(
                f"{service} does not answer ({type(error).__name__}); see `enrollctl status`"
            ) from error
        if answer.status_code == httpx.codes.NOT_FOUND:
            raise Failure(f"{service} has no such dead letter; see `enrollctl dead-letters list`")
        if answer.is_error:
            raise Failure(f"{service} refused ({answer.status_code}): {_said(answer)}")
        return dict(answer.json())

    def _base(self, service: str) -> str:
        if service not in self._urls:
            raise Failure(f"{service} keeps no dead letters here; these do: {', '.join(self.services)}")
        return self._urls[service]


def _said(answer: httpx.Response) -> str:
    try:
        body = answer.json()
        return f"{body['code']} {body['message']}"
    except (ValueError, KeyError, TypeError):
        return answer.text[:200]
