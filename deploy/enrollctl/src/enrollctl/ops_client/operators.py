"""An HTTP client for the operators' routes (/ops/…), which every service except the simulator has."""

from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

import httpx

from enrollctl.errors import ComponentUnhealthy, Failure

Item = dict[str, Any]


class SearchesUsedUp(Failure):
    """The account has used up the searches by document number that a service permits for a day."""


PAGE_SIZE = 100


class Operators:
    """A client of the services' /ops routes. `urls`: service name → base URL."""

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
        """The names of the services that this client can call. Raises Failure if the stack has no services."""
        if not self._urls:
            raise Failure("this stack runs no services; it was started with --bare")
        return list(self._urls)

    def find_all(self, services: Iterable[str], path: str, **filters: str | None) -> list[Item]:
        """The items of all pages of a list, service by service. Each item gets the field `service`."""
        query = {name: value for name, value in filters.items() if value}
        return [item for service in services for item in self._pages_of(service, path, query)]

    def get(self, service: str, path: str) -> Any:
        return self._call("GET", service, path)

    def post(self, service: str, path: str, **body: Any) -> Item:
        """Send a command with a new Idempotency-Key. The answer gets the field `service`."""
        return dict(self._call("POST", service, path, json=body)) | {"service": service}

    def _pages_of(self, service: str, path: str, query: Mapping[str, str]) -> list[Item]:
        items: list[Item] = []
        while True:
            page = {"page": str(len(items) // PAGE_SIZE + 1), "page_size": str(PAGE_SIZE)}
            answer = self._call("GET", service, path, params={**query, **page})
            items += [item | {"service": service} for item in answer["items"]]
            if not answer["items"] or len(items) >= answer["total"]:
                return items

    def _call(self, method: str, service: str, path: str, **content: Any) -> Any:
        headers = {"Idempotency-Key": str(uuid4())} if method == "POST" else {}
        try:
            answer = self._http.request(method, self._base(service) + path, headers=headers, **content)
        except httpx.HTTPError as error:
            raise ComponentUnhealthy(
                f"{service} does not answer ({type(error).__name__}); see `enrollctl status`"
            ) from error
        if answer.status_code == httpx.codes.NOT_FOUND:
            raise Failure(f"{service} has no such entry: {_message_of(answer)}; the command `list` shows all")
        if answer.status_code == httpx.codes.TOO_MANY_REQUESTS:
            raise SearchesUsedUp(
                f"{service}: this account has used up today's searches by a full document number; try again tomorrow, "
                "or set UE_NUMBER_MISSES_A_DAY or UE_NUMBER_SEARCHES_A_DAY of the service to a higher number"
            )
        if answer.is_error:
            raise Failure(f"{service} refused ({answer.status_code}): {_message_of(answer)}")
        return answer.json()

    def _base(self, service: str) -> str:
        if service not in self._urls:
            raise Failure(f"{service} has no operators' routes in this stack; these have: {', '.join(self.services)}")
        return self._urls[service]


def _message_of(answer: httpx.Response) -> str:
    try:
        body = answer.json()
        return f"{body['code']} {body['message']}"
    except (ValueError, KeyError, TypeError):
        return answer.text[:200]
