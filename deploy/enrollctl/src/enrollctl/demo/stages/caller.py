"""HTTP as a screen uses it: with a token, an Idempotency-Key for each command, and retries while a service restarts."""

import time
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID, uuid4

import httpx

from chassis.privacy import Keys
from contracts.words import Role
from enrollctl.errors import Failure
from enrollctl.ops_client.tokens import new_token

#: A killed service is back within seconds. If it does not answer within this time, an operator should look at it.
PATIENCE_S = 120.0
PAGE_SIZE = 500
#: These statuses mean that the service did not answer or stored nothing, so the request can be sent again.
RETRIED_STATUSES = (502, 503, 504)


class Refused(Failure):
    """A service refused a request. Contains the code and the sentence of the refusal."""

    def __init__(self, what: str, answer: httpx.Response) -> None:
        body = _body(answer)
        self.code = str(body.get("code", answer.status_code))
        self.body = body
        self.sentence = f"{body.get('message', answer.status_code)} ({self.code})"
        super().__init__(f"{what}: {answer.status_code} {self.code} {body.get('message', '')} {body.get('detail', '')}")


class Caller:
    """One account that calls the services of a stack."""

    def __init__(
        self,
        url_of: Callable[[str], str],
        keys: Keys,
        *,
        account: str,
        role: Role,
        union_id: UUID | None,
        client: httpx.Client | None = None,
        patience_s: float = PATIENCE_S,
    ) -> None:
        """`client`: connections that several accounts share. `patience_s`: how long a request is retried."""
        self._url_of = url_of
        self._token = new_token(keys, account=account, role=role, union_id=union_id).text
        self._client = client or httpx.Client(timeout=60.0)
        self._patience_s = patience_s
        self.account = account

    def get(self, service: str, path: str, **query: Any) -> Any:
        """The answer's JSON. Raises Refused."""
        return self._ask("GET", service, path, params={k: v for k, v in query.items() if v is not None})

    def pages(self, service: str, path: str, **query: Any) -> Iterator[Any]:
        """Every item of a list, page by page."""
        page = 1
        while True:
            answer = self.get(service, path, page=page, page_size=PAGE_SIZE, **query)
            yield from answer["items"]
            if page * PAGE_SIZE >= answer["total"]:
                return
            page += 1

    def act(self, service: str, path: str, body: Any = None, *, method: str = "POST", key: str = "") -> Any:
        """Send a command. Until an answer comes, it is sent again with the same Idempotency-Key. Raises Refused.

        `key`: the Idempotency-Key. If it is empty, a new key is made.
        """
        return self._ask(method, service, path, json=body, headers={"Idempotency-Key": key or str(uuid4())})

    def upload(
        self, service: str, path: str, fields: dict[str, Any], name: str, content: bytes, kind: str, *, key: str = ""
    ) -> Any:
        """Send a command with a file."""
        headers = {"Idempotency-Key": key or str(uuid4())}
        return self._ask("POST", service, path, data=fields, files={"file": (name, content, kind)}, headers=headers)

    def send(self, service: str, path: str, content: bytes, kind: str, *, method: str = "POST") -> Any:
        """Send a command whose body is not JSON."""
        headers = {"Idempotency-Key": str(uuid4()), "Content-Type": kind}
        return self._ask(method, service, path, content=content, headers=headers)

    def _ask(self, method: str, service: str, path: str, **more: Any) -> Any:
        headers = {"Authorization": f"Bearer {self._token}"} | more.pop("headers", {})
        deadline = time.monotonic() + self._patience_s
        while True:
            answer = self._try(method, service, path, headers, more)
            if answer is not None and answer.status_code not in RETRIED_STATUSES:
                break
            if time.monotonic() > deadline:
                raise Failure(f"{service} did not answer {method} {path} within {self._patience_s:.0f} s; see its log")
            time.sleep(0.25)
        if answer.is_error:
            raise Refused(f"{service} refused {method} {path}", answer)
        return _body(answer)

    def _try(self, method: str, service: str, path: str, headers: dict[str, str], more: Any) -> httpx.Response | None:
        try:
            return self._client.request(method, self._url_of(service) + path, headers=headers, **more)
        except httpx.TransportError:
            return None


def _body(answer: httpx.Response) -> Any:
    try:
        return answer.json()
    except ValueError:
        return {}
