"""Outbound requests to the center: send a submission, ask after a long silence."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID

import orjson
import structlog

from chassis.database import Database, Work, request_id
from chassis.domain import Refusal
from chassis.jobs import GiveUp, OutboundRequest, Unavailable, is_given_up
from contracts.event import Event
from contracts.fields import Shares
from review_svc import metrics
from review_svc.domain.submissions import SubmissionState
from review_svc.gateways import PARTS_SIZE, Center
from review_svc.store import people
from review_svc.store import submissions as store
from review_svc.usecases.deciding import Decision, decide
from review_svc.usecases.submitting import RECONCILE, SUBMIT, center_key

log = structlog.get_logger()

#: The center has begun to receive a submission, and not all of it has come.
RECEIVING = "receiving"
UNDELIVERED = "因系统故障未能送达职保中心，请重新提交"


class SendSubmission:
    """Sends a submission once: what the center has already is not sent again."""

    kind: ClassVar[str] = SUBMIT
    concurrency: ClassVar[int] = 2

    def __init__(self, database: Database, center: Center, public_url: str, silence_s: float) -> None:
        self._database = database
        self._center = center
        self._callback_url = f"{public_url.rstrip('/')}/center/decisions"
        self._silence_s = silence_s

    async def perform(self, request: OutboundRequest) -> dict[str, Any]:
        number, version = request.body["submission_no"], request.body["version"]
        if request.attempt > 1:
            known = await self._center.look_up(number, version)
            if known is not None and known.state != RECEIVING:
                return {"state": known.state}
        await self._center.send(number, version, await self._head(number), self._parts(number))
        return {"state": "received"}

    async def settle(self, request: OutboundRequest, answer: Any, work: Work) -> None:
        await store.received(work.connection, request.body["submission_no"], work.now)
        await self._ask_later(request, work)

    async def given_up(self, request: OutboundRequest, work: Work) -> None:
        """Whether the center has it nobody knows: it is asked, and what it does not have goes back to the district."""
        await self._ask_later(request, work)

    async def _ask_later(self, request: OutboundRequest, work: Work) -> None:
        number, version = request.body["submission_no"], request.body["version"]
        ask_at = datetime.now(UTC) + timedelta(seconds=self._silence_s)
        body = {"submission_no": number, "version": version, "ask_at": ask_at.isoformat()}
        await work.request(RECONCILE, center_key(number, version), body)

    async def _head(self, number: str) -> dict[str, Any]:
        async with self._database.read() as connection:
            row = await store.find(connection, number)
            lines = await store.lines_in(connection, number)
        if row is not None and row["state"] != SubmissionState.SUBMITTED:
            raise GiveUp(f"submission {number} is {row['state']} already")
        if row is None or not lines:
            raise GiveUp(f"submission {number} holds no lines")
        handler = orjson.loads(self._database.tools.vault.unseal_bytes(row["handler"], request_id(SUBMIT, number)))
        return {
            "union_id": row["union_id"],
            "union_name": row["union_name"],
            "year": row["year"],
            "enrollment_type": row["enrollment_type"],
            "heads": row["heads"],
            "fee": _fee(row),
            "handler": handler,
            "lines": [_line(line) for line in lines],
            "parts": -(-row["heads"] // PARTS_SIZE),
            "callback_url": self._callback_url,
        }

    async def _parts(self, number: str) -> AsyncIterator[list[dict[str, Any]]]:
        """500 people at a time, in a fixed order, so that a repeated part is the same part."""
        after = (people.NOBODY, people.NOBODY)
        while True:
            async with self._database.read() as connection:
                rows = await people.sent_after(connection, number, after, PARTS_SIZE)
            if not rows:
                return
            yield [self._person(row) for row in rows]
            after = (rows[-1]["line_id"], rows[-1]["member_id"])

    def _person(self, row: Any) -> dict[str, Any]:
        who = self._database.tools.vault.unseal(row["sealed"], row["member_id"])
        return {
            "line_id": row["line_id"],
            "member_id": row["member_id"],
            "name": who.name,
            "document_type": row["document_type"],
            "document_number": who.document_number,
            "mobile": who.mobile,
        }


class AskCenter:
    """The reconciler: after ten minutes of silence the center is asked for its answer."""

    kind: ClassVar[str] = RECONCILE
    concurrency: ClassVar[int] = 1

    def __init__(self, database: Database, center: Center, silence_s: float) -> None:
        self._database = database
        self._center = center
        self._silence_s = silence_s

    async def perform(self, request: OutboundRequest) -> list[dict[str, Any]]:
        """The decisions that were missed; none where the center has called back meanwhile."""
        number, version = request.body["submission_no"], request.body["version"]
        async with self._database.read() as connection:
            row = await store.find(connection, number)
        if row is None or row["state"] != SubmissionState.SUBMITTED:
            return []
        early = (datetime.fromisoformat(request.body["ask_at"]) - datetime.now(UTC)).total_seconds()
        if early > 0:
            raise Unavailable("the center has time left to call back", retry_after=early)
        known = await self._center.look_up(number, version)
        if (known is None or known.state == RECEIVING) and await self._is_given_up(request):
            return [_undelivered(row)]
        if known is None:
            metrics.submissions_unknown.inc()
            log.error("center_knows_nothing", submission_no=number, version=version)
        if known is None or not known.decisions:
            raise Unavailable("the center has not decided", retry_after=self._silence_s)
        return list(known.decisions)

    async def settle(self, request: OutboundRequest, answer: Any, work: Work) -> Sequence[Event]:
        events: list[Event] = []
        try:
            for body in answer:
                if body.get("reason") == UNDELIVERED and not await self._stays_given_up(request, work):
                    raise Unavailable("the submission is being sent again", retry_after=self._silence_s)
                events += await decide(decision_of(body), work)
        except Refusal as refusal:
            raise Unavailable(f"the center's answer is refused: {refusal.code}", retry_after=self._silence_s) from None
        return events

    async def given_up(self, request: OutboundRequest, work: Work) -> None:
        """The center calls back as before; an operator may have it asked again."""

    async def _stays_given_up(self, request: OutboundRequest, work: Work) -> bool:
        return await is_given_up(work.connection, SUBMIT, request.key, for_update=True)

    async def _is_given_up(self, request: OutboundRequest) -> bool:
        async with self._database.read() as connection:
            return await is_given_up(connection, SUBMIT, request.key)


def _undelivered(row: Any) -> dict[str, Any]:
    """In the center's own shape: nobody sends it any more, and the center does not have it."""
    named = {"submission_no": row["submission_no"], "version": row["version"], "decision": "rejected"}
    return named | {"heads": row["heads"], "fee": _fee(row), "reason": UNDELIVERED}


def decision_of(body: dict[str, Any]) -> Decision:
    """From the center's own shape."""
    return Decision(
        submission_no=body["submission_no"],
        version=body["version"],
        confirmed=body["decision"] == "confirmed",
        heads=body["heads"],
        fee=Shares.model_validate(body["fee"]),
        line_ids=[UUID(str(line_id)) for line_id in body.get("line_ids", ())],
        reason=body.get("reason") or "",
        decided_at=datetime.fromisoformat(body["decided_at"]) if body.get("decided_at") else None,
    )


def _line(row: Any) -> dict[str, Any]:
    names = ("batch_no", "line_id", "union_id", "unit_id", "heads")
    return {name: row[name] for name in names} | {"fee": _fee(row)}


def _fee(row: Any) -> dict[str, int]:
    return Shares.of(city=row["city_fen"], district=row["district_fen"], unit=row["unit_fen"]).model_dump()
