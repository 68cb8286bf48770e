"""review-svc's part of a person's story: the history of the lines that contain or contained the person."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from chassis.routes import StoryRequest, StoryStep, ids, story_router
from chassis.web import ReadContext
from contracts.words import PLACED, Stage
from review_svc.domain.history import Happened
from review_svc.domain.people import PersonState
from review_svc.store import stories

if TYPE_CHECKING:
    import asyncpg


async def find(read: ReadContext, body: StoryRequest, scope_id: UUID | None) -> list[StoryStep]:
    lines = await stories.lines(
        read.connection, body.person_keys(read.index), scope_id, of_chain=read.principal.role in PLACED
    )
    entries = await stories.history(read.connection, [line["line_id"] for line in lines])
    of_line: dict[UUID, list[asyncpg.Record]] = {}
    for entry in entries:
        of_line.setdefault(entry["line_id"], []).append(entry)
    return [step for line in lines for step in _steps(line, of_line.get(line["line_id"], []))]


router = story_router("review-svc", find)


def _steps(line: "asyncpg.Record", entries: Sequence["asyncpg.Record"]) -> Iterator[StoryStep]:
    # The story of a returned person ends with the last return entry of the line, because a return entry does not say
    # which people were returned. Later entries of the line concern only the people who stayed.
    returned = line["person_state"] == PersonState.RETURNED
    last = max((n for n, entry in enumerate(entries) if entry["what"] == Happened.RETURNED), default=None)
    for entry in entries[: last + 1 if returned and last is not None else None]:
        if _concerns(entry, line, returned=returned):
            yield _step(line, entry)


def _concerns(entry: "asyncpg.Record", line: "asyncpg.Record", *, returned: bool) -> bool:
    """Whether the story of this person contains the history entry.

    A history entry does not name people. So the return of some people of the line is in the story of every returned
    person, and the flagging of people is in the story of every person who has a flag now.
    """
    what = Happened(entry["what"])
    if what is Happened.RETURNED and not entry["detail"].get("whole"):
        return returned
    return what is not Happened.PEOPLE_FLAGGED or line["flag"] is not None


def _step(line: "asyncpg.Record", entry: "asyncpg.Record") -> StoryStep:
    what = Happened(entry["what"])
    partly = what is Happened.RETURNED and not entry["detail"].get("whole")
    words = f"参保批次{line['batch_no']}：{'部分人员退回' if partly else what.label}"
    return StoryStep(
        at=entry["at"],
        stage=Stage.REVIEW,
        what="people_returned" if partly else what.value,
        words=f"{words}，原因：{entry['reason']}" if entry["reason"] else words,
        ids=ids(
            batch_no=line["batch_no"],
            line_id=line["line_id"],
            member_id=line["member_id"],
            submission_no=entry["detail"].get("submission_no"),
        ),
        by=entry["account"] or None,
    )
