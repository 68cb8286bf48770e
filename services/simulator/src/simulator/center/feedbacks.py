"""职保中心反馈 (F247): the center's feedback on a submission that it has confirmed.

The center sends the feedback after it has checked the payment.
"""

from datetime import datetime
from typing import Any, Literal
from urllib.parse import urljoin

from pydantic import BaseModel, Field

from simulator.center.callbacks import store_callback
from simulator.database import Database
from simulator.refusals import Refused

_LOCKED = "SELECT state, callback_url FROM submissions WHERE submission_no = $1 AND version = $2 FOR UPDATE"


class FeedbackIn(BaseModel):
    result: Literal["accepted", "rejected"]
    text: str = Field(default="", max_length=500)


class Feedbacks:
    """Sends feedback to `…/center/feedback`.

    This URL is derived from the callback URL for decisions, `…/center/decisions`.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def send(self, no: str, version: int, feedback: FeedbackIn, *, now: datetime, copies: int) -> dict[str, Any]:
        async with self._database.pool.acquire() as connection, connection.transaction():
            head = await connection.fetchrow(_LOCKED, no, version)
            if head is None:
                raise Refused(404, "SUBMISSION_UNKNOWN", f"submission {no} version {version} was never opened")
            if head["state"] != "confirmed":
                raise Refused(409, "NOT_CONFIRMED", f"submission {no} is {head['state']}", state=head["state"])
            body = {"submission_no": no, "version": version, "result": feedback.result, "text": feedback.text}
            await store_callback(
                connection, subject=f"{no}/{version}/feedback", url=urljoin(head["callback_url"], "feedback"),
                word=f"{feedback.result}/{now.isoformat()}", body=body | {"given_at": now.isoformat()}, copies=copies,
            )  # fmt: skip
        return {"submission_no": no, "version": version, "result": feedback.result}
