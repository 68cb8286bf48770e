"""Callers that write every command to the ledger before they send the command, and write its answer when it arrives.

The ledger is the rig's file of all commands, answers and faults.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx

from chassis.privacy import Keys
from contracts.words import Role
from enrollctl.demo.stages.caller import PATIENCE_S, Caller, Refused
from faults.checks.ledger import Ledger


@dataclass(frozen=True, slots=True)
class PutOff:
    """A response with a status of 5xx, as the caller received it."""

    service: str
    status: int
    retry_after: str | None
    text: str

    @property
    def is_clear(self) -> bool:
        """Whether it is a 503 with `Retry-After` and with a sentence for union staff."""
        return self.status == httpx.codes.SERVICE_UNAVAILABLE and bool(self.retry_after) and "稍后重试" in self.text


class RecordedCaller(Caller):
    """The ledger names a command by service, method and path: `member-svc POST /imports`."""

    def __init__(
        self,
        url_of: Callable[[str], str],
        keys: Keys,
        ledger: Ledger,
        *,
        account: str,
        role: Role,
        union_id: UUID | None = None,
        put_off: list[PutOff] | None = None,
        patience_s: float = PATIENCE_S,
    ) -> None:
        """`put_off` collects all responses of 5xx, even if the command is sent again and then succeeds."""
        super().__init__(url_of, keys, account=account, role=role, union_id=union_id, patience_s=patience_s)
        self._ledger = ledger
        self.put_off: list[PutOff] = [] if put_off is None else put_off

    def _ask(self, method: str, service: str, path: str, **more: Any) -> Any:
        act = more.get("headers", {}).get("Idempotency-Key")
        if act is None:
            return super()._ask(method, service, path, **more)
        what, who = f"{service} {method} {path}", {"act": act, "account": self.account}
        self._ledger.write("asked", what, **who, request=_shown(more))
        try:
            answer = super()._ask(method, service, path, **more)
        except Refused as refusal:
            self._ledger.write("refused", what, **who, code=refusal.code)
            raise
        self._ledger.write("answered", what, **who, answer=answer)
        return answer

    def _try(self, method: str, service: str, path: str, headers: dict[str, str], more: Any) -> httpx.Response | None:
        answer = super()._try(method, service, path, headers, more)
        if answer is not None and answer.is_server_error:
            self.put_off.append(PutOff(service, answer.status_code, answer.headers.get("Retry-After"), answer.text))
        return answer


def _shown(more: dict[str, Any]) -> dict[str, Any]:
    """The request without the content of files."""
    shown = {name: more[name] for name in ("json", "data") if more.get(name) is not None}
    files = [content for _, content, _ in more.get("files", {}).values()] + [more.get("content") or b""]
    digests = [hashlib.sha256(content).hexdigest()[:16] for content in files if content]
    return shown | ({"files": digests} if digests else {})
