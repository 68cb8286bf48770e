"""A person's history in one line, as steps: submitted, returned, completed, confirmed by the center, paid."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from chassis.routes import StoryStep, ids
from contracts.words import Stage
from enrollment_svc.domain.batches.lines import Happening, LineState, PersonState

if TYPE_CHECKING:
    import asyncpg

#: Events whose `by` is an account or the name of a union; `by` of the other events is a submission's number.
_BY_SOMEBODY = (
    Happening.SUBMITTED,
    Happening.RETURNED,
    Happening.PEOPLE_RETURNED,
    Happening.WITHDRAWAL_REQUESTED,
    Happening.REASSIGNED,
)


def steps_of_line(place: "asyncpg.Record", entries: Sequence["asyncpg.Record"]) -> Iterator[StoryStep]:
    for entry in _of_person(place, entries):
        yield _happened(place, entry)
    if place["person_state"] == PersonState.HELD and place["payment"]:
        yield from _paid(place)


def _of_person(place: "asyncpg.Record", entries: Sequence["asyncpg.Record"]) -> Sequence["asyncpg.Record"]:
    """The events that concern this person. A person who was returned without the whole line has no later events."""
    partly = Happening.PEOPLE_RETURNED
    gone = place["person_state"] == PersonState.RETURNED and place["state"] != LineState.RETURNED
    if not gone:
        return [entry for entry in entries if entry["what"] != partly]
    mine = [n for n, e in enumerate(entries) if e["what"] == partly and e["reason"] == place["person_reason"]]
    if not mine:
        return entries
    return [entry for n, entry in enumerate(entries[: mine[-1] + 1]) if entry["what"] != partly or n == mine[-1]]


def _happened(place: "asyncpg.Record", entry: "asyncpg.Record") -> StoryStep:
    what = Happening(entry["what"])
    words = f"参保批次{place['batch_no']}：{what.label}"
    somebody = what in _BY_SOMEBODY
    return StoryStep(
        at=entry["at"],
        stage=Stage.SUBMISSION,
        what=what.value,
        words=f"{words}，原因：{entry['reason']}" if entry["reason"] else words,
        ids=_ids(place) | ids(submission_no=None if somebody else entry["by"] or None),
        by=(entry["by"] or None) if somebody else None,
    )


def _paid(place: "asyncpg.Record") -> Iterator[StoryStep]:
    """The center's confirmation and the payment of the submission, without amounts: these belong to the district."""
    for at, what, words in (
        (place["center_confirmed_at"], "center_confirmed", "职保中心已确认"),
        (place["settled_at"], "settled", "已缴费"),
    ):
        if at:
            known = _ids(place) | ids(submission_no=place["submission_no"])
            yield StoryStep(
                at=at, stage=Stage.PAYMENT, what=what, words=f"参保批次{place['batch_no']}：{words}", ids=known
            )


def _ids(place: "asyncpg.Record") -> dict[str, str]:
    return ids(batch_no=place["batch_no"], line_id=place["line_id"], member_id=place["member_id"])
