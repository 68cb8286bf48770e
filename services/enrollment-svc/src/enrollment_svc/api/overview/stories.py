"""The story of one person in enrollment-svc: statuses, confirmation, standing, lines and their payment."""

from collections.abc import Iterator
from typing import TYPE_CHECKING
from uuid import UUID

from chassis.routes import StoryRequest, StoryStep, ids, story_router
from chassis.web import MISSING, ReadContext
from contracts.words import Channel, EnrollmentType, Stage
from enrollment_svc.api.batches.line_stories import steps_of_line
from enrollment_svc.api.submissions.preview import open_year
from enrollment_svc.domain.candidates import reasons
from enrollment_svc.domain.candidates.people import Person
from enrollment_svc.settings import rules
from enrollment_svc.store.overview import stories
from enrollment_svc.store.submissions import submissions

if TYPE_CHECKING:
    import asyncpg


async def find(read: ReadContext, body: StoryRequest, scope_id: UUID | None) -> list[StoryStep]:
    connection, keys = read.connection, body.person_keys(read.index)
    year = await open_year(connection, EnrollmentType.IMMEDIATE, read.now.date())
    candidates = await stories.candidates(connection, keys, year, scope_id)
    enrollments = await stories.enrollments(connection, keys, scope_id)
    history_by_line: dict[UUID, list[asyncpg.Record]] = {}
    for entry in await stories.history(connection, [enrollment["line_id"] for enrollment in enrollments]):
        history_by_line.setdefault(entry["line_id"], []).append(entry)
    return [
        *(step for candidate in candidates for step in _candidate(candidate, read, year)),
        *(
            step
            for enrollment in enrollments
            for step in steps_of_line(enrollment, history_by_line.get(enrollment["line_id"], []))
        ),
    ]


router = story_router("enrollment-svc", find)


def _candidate(row: "asyncpg.Record", read: ReadContext, year: int) -> Iterator[StoryStep]:
    person = submissions.person_of(row)
    known = ids(member_id=person.member_id, member_no=row["member_no"], unit_id=person.unit_id)
    answers = person.statuses
    for at, what, words in (
        (answers.card_checked_at, "card_checked", f"社保卡状态：{answers.card.label if answers.card else MISSING}"),
        (
            answers.employment_checked_at,
            "employment_checked",
            f"就业状态：{answers.employment.label if answers.employment else MISSING}",
        ),
    ):
        if at:
            yield StoryStep(at=at, stage=Stage.VERIFICATION, what=what, words=words, ids=known)
    if row["confirmed_at"]:
        yield StoryStep(
            at=row["confirmed_at"],
            stage=Stage.CONFIRMATION,
            what="confirmed",
            words="人工确认就业状态" + "".join(f"（{year}年度）" for year in row["confirmed_years"]),
            ids=known,
            by=row["confirmed_by"],
        )
    yield _standing(person, known, read, year)


def _standing(person: Person, known: dict[str, str], read: ReadContext, year: int) -> StoryStep:
    """The person's current standing as a step. It is the last step before a submission."""
    channel = person.channel or Channel.SOCIAL_SECURITY_CARD
    found = reasons.reasons(person, channel, read.now, rules().status_max_age)
    why = "；".join(reason.message for reason in found)
    hidden = person.removed or person.enrolled
    where = "不在参保名单" if hidden else person.standing.label
    return StoryStep(
        at=read.now,
        stage=Stage.CONFIRMATION,
        what="standing",
        words=f"目前（{year}年度）：{where}" + (f"，{why}" if why else ""),
        ids=known,
    )
