"""A center in memory, for tests. The tests of the interface `Center` run with this center and with the HTTP client."""

from collections.abc import AsyncIterator
from typing import Any

from chassis.jobs import GiveUp, Unavailable
from review_svc.gateways.center import CenterView

Parts = AsyncIterator[list[dict[str, Any]]]


class FakeCenter:
    """A center whose next calls fail if a test says so.

    `failures`: how many of the next calls raise Unavailable and do nothing. `lost_answers`: how many of the next calls
    of `send` store the submission and then raise Unavailable.
    """

    def __init__(self) -> None:
        self.failures = 0
        self.lost_answers = 0
        self.headers: dict[str, dict[str, Any]] = {}
        self.people: dict[str, list[dict[str, Any]]] = {}
        self.views: dict[str, CenterView] = {}
        self.sent = 0

    async def look_up(self, submission_no: str, version: int) -> CenterView | None:
        self._fail()
        return self.views.get(f"{submission_no}/{version}")

    async def send(self, submission_no: str, version: int, header: dict[str, Any], parts: Parts) -> None:
        self._fail()
        key = f"{submission_no}/{version}"
        if self.headers.setdefault(key, header) != header:
            raise GiveUp("the center refused with 409 CONTENT_DIFFERS")
        self.views.setdefault(key, CenterView("receiving"))
        self.people[key] = [person async for part in parts for person in part]
        if self.views[key].state == "receiving":
            self.views[key] = CenterView("received")
        self.sent += 1
        if self.lost_answers:
            self.lost_answers -= 1
            raise Unavailable("the answer was lost")

    def confirm(self, submission_no: str, version: int = 1) -> None:
        """Confirm the submission without a callback, so that the service must ask for the decision."""
        key = f"{submission_no}/{version}"
        decision = {"submission_no": submission_no, "version": version, "decision": "confirmed", "line_ids": []}
        sums = {"heads": self.headers[key]["heads"], "fee": self.headers[key]["fee"], "reason": None}
        self.views[key] = CenterView("confirmed", [decision | sums])

    def _fail(self) -> None:
        if self.failures:
            self.failures -= 1
            raise Unavailable("the center is down")
