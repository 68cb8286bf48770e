"""The jobs that call the center.

One job sends a submission. Another job asks the center for its decision if the center does not call back.
"""

from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID

import orjson
import structlog

from chassis.database import Database, UnitOfWork, job_id
from chassis.jobs import CALLBACK_URL, AskAfterSilence, GiveUp, Job, SendOnce, callback_url
from contracts.event import Event
from contracts.fields import Shares
from contracts.parts import into_parts
from review_svc import metrics
from review_svc.domain.submissions import SubmissionState
from review_svc.gateways.center import PARTS_SIZE, Center
from review_svc.store import people
from review_svc.store import submissions as store
from review_svc.usecases.deciding import Decision, decide
from review_svc.usecases.sealed_parts import BLOCKS_AT_ONCE, sent_people
from review_svc.usecases.submitting import CALLBACK_PATH, RECONCILE, SUBMIT

if TYPE_CHECKING:
    import asyncpg

log = structlog.get_logger()

UNDELIVERED = "因系统故障未能送达职保中心，请重新提交"


class SendSubmission(SendOnce):
    """Sends a submission to the center: its header with the lines, then its people in parts."""

    kind: ClassVar[str] = SUBMIT
    ask_kind: ClassVar[str] = RECONCILE

    def __init__(self, database: Database, center: Center, public_url: str, silence_s: float) -> None:
        super().__init__(callback_url(public_url, CALLBACK_PATH), silence_s)
        self._database, self._center = database, center

    async def has_arrived(self, body: dict[str, Any]) -> bool:
        record = await self._center.look_up(body["submission_no"], body["version"])
        return record is not None and record.has_arrived

    async def send(self, body: dict[str, Any], callback_url: str) -> dict[str, Any]:
        number = body["submission_no"]
        header = await self._header(number) | {CALLBACK_URL: callback_url}
        await self._center.send(number, body["version"], header, self._parts(number))
        return {}

    async def complete(self, job: Job, answer: dict[str, Any], work: UnitOfWork) -> Iterable[Event]:
        await store.received(work.connection, job.body["submission_no"], work.now)
        return await super().complete(job, answer, work)

    async def _header(self, number: str) -> dict[str, Any]:
        async with self._database.read() as connection:
            row = await store.find(connection, number)
            lines = await store.lines_in(connection, number)
        if row is not None and row["state"] != SubmissionState.SUBMITTED:
            raise GiveUp(f"submission {number} is {row['state']} already")
        if row is None or not lines:
            raise GiveUp(f"submission {number} has no lines")
        handler = orjson.loads(self._database.tools.row_cipher.unseal_bytes(row["handler"], job_id(SUBMIT, number)))
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
        }

    async def _parts(self, number: str) -> AsyncIterator[list[dict[str, Any]]]:
        """The people of the submission in parts of 500. The stored parts of lines can have fewer than 500 people.

        The people always have the same order, because the center refuses a part that is sent again with other content.
        """
        async with self._database.read() as connection:
            keys = await people.parts_of_submission(connection, number)
        waiting: list[dict[str, Any]] = []
        for chosen in into_parts(keys, most_people=BLOCKS_AT_ONCE):
            async with self._database.read() as connection:
                stored = await people.blocks(connection, chosen)
                returned = await people.returned_of(connection, {key.line_id for key in chosen})
            for part in stored:
                waiting += sent_people(part, returned, self._database.tools.row_cipher)
                while len(waiting) >= PARTS_SIZE:
                    yield waiting[:PARTS_SIZE]
                    del waiting[:PARTS_SIZE]
        if waiting:
            yield waiting


class AskCenter(AskAfterSilence["asyncpg.Record"]):
    """Asks the center for its decision on a submission, after `silence_s` seconds without a callback."""

    kind: ClassVar[str] = RECONCILE
    sent_kind: ClassVar[str] = SUBMIT
    system: ClassVar[str] = "the center"

    def __init__(self, database: Database, center: Center, silence_s: float) -> None:
        super().__init__(database, silence_s)
        self._center = center

    async def open_case(self, body: dict[str, Any]) -> "asyncpg.Record | None":
        async with self._database.read() as connection:
            row = await store.find(connection, body["submission_no"])
        return row if row is not None and row["state"] == SubmissionState.SUBMITTED else None

    async def look_up(self, body: dict[str, Any]) -> Sequence[dict[str, Any]] | None:
        number, version = body["submission_no"], body["version"]
        record = await self._center.look_up(number, version)
        if record is None:
            metrics.submissions_unknown.inc()
            log.error("center_knows_nothing", submission_no=number, version=version)
            return None
        return record.decisions if record.has_arrived else None

    def undelivered(self, case: "asyncpg.Record") -> dict[str, Any]:
        identifiers = {"submission_no": case["submission_no"], "version": case["version"], "decision": "rejected"}
        return identifiers | {"heads": case["heads"], "fee": _fee(case), "reason": UNDELIVERED}

    async def decide(self, body: dict[str, Any], work: UnitOfWork) -> Sequence[Event]:
        return await decide(decision_of(body), work)


def decision_of(body: dict[str, Any]) -> Decision:
    """The decision in the body of a callback, or in the center's answer to `look_up`."""
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
