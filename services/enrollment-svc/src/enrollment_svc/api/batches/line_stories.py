"""A person's history in one line, as steps: submitted, returned, completed, confirmed by the center, paid."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from chassis.routes import StoryStep, ids
from contracts.words import Stage
from enrollment_svc.domain.batches.lines import Happening, LineState, PersonState

if TYPE_CHECKING:
    import asyncpg

#: Events whose `by` is an account or the name of a union. For the other events `by` is a submission number or empty.
_BY_ACCOUNT_OR_UNION = (
    Happening.SUBMITTED,
    Happening.RETURNED,
    Happening.PEOPLE_RETURNED,
    Happening.WITHDRAWAL_REQUESTED,
    Happening.REASSIGNED,
)


def steps_of_line(enrollment: "asyncpg.Record", entries: Sequence["asyncpg.Record"]) -> Iterator[StoryStep]:
    for entry in _of_person(enrollment, entries):
        yield _happened(enrollment, entry)
    if enrollment["person_state"] == PersonState.HELD and enrollment["payment"]:
        yield from _paid(enrollment)


def _of_person(enrollment: "asyncpg.Record", entries: Sequence["asyncpg.Record"]) -> Sequence["asyncpg.Record"]:
    """The events of the line that concern this person.

    Events that only return other people are left out. If this person was returned, but the whole line was not, the
    result ends with this person's return, because later events of the line do not concern this person. The history does
    not say which people were returned. So the last PEOPLE_RETURNED event with the person's reason counts as the
    person's return. If no event has this reason, the result is all events of the line.
    """
    people_returned = Happening.PEOPLE_RETURNED
    returned_alone = enrollment["person_state"] == PersonState.RETURNED and enrollment["state"] != LineState.RETURNED
    if not returned_alone:
        return [entry for entry in entries if entry["what"] != people_returned]
    own_returns = [
        n for n, e in enumerate(entries) if e["what"] == people_returned and e["reason"] == enrollment["person_reason"]
    ]
    if not own_returns:
        return entries
    return [
        entry
        for n, entry in enumerate(entries[: own_returns[-1] + 1])
        if entry["what"] != people_returned or n == own_returns[-1]
    ]


def _happened(enrollment: "asyncpg.Record", entry: "asyncpg.Record") -> StoryStep:
    what = Happening(entry["what"])
    words = f"参保批次{enrollment['batch_no']}：{what.label}"
    by_account_or_union = what in _BY_ACCOUNT_OR_UNION
    return StoryStep(
        at=entry["at"],
        stage=Stage.SUBMISSION,
        what=what.value,
        words=f"{words}，原因：{entry['reason']}" if entry["reason"] else words,
        ids=_ids(enrollment) | ids(submission_no=None if by_account_or_union else entry["by"] or None),
        by=(entry["by"] or None) if by_account_or_union else None,
    )


def _paid(enrollment: "asyncpg.Record") -> Iterator[StoryStep]:
    """The center's confirmation and the payment of the submission. The steps name no amounts, because the amounts of a
    submission concern the whole district, not this person.
    """
    for at, what, words in (
        (enrollment["center_confirmed_at"], "center_confirmed", "职保中心已确认"),
        (enrollment["settled_at"], "settled", "已缴费"),
    ):
        if at:
            known = _ids(enrollment) | ids(submission_no=enrollment["submission_no"])
            yield StoryStep(
                at=at, stage=Stage.PAYMENT, what=what, words=f"参保批次{enrollment['batch_no']}：{words}", ids=known
            )


def _ids(enrollment: "asyncpg.Record") -> dict[str, str]:
    return ids(batch_no=enrollment["batch_no"], line_id=enrollment["line_id"], member_id=enrollment["member_id"])
