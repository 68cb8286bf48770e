"""Commands of a reviewing union: stage and unstage lines, and pass lines to the next union of their chain."""

from collections.abc import Callable, Sequence
from uuid import UUID

from chassis.database import UnitOfWork
from chassis.domain import Forbidden
from chassis.web import place_of
from review_svc.domain import lines as rules
from review_svc.domain.history import Happened
from review_svc.domain.line_refusals import NothingStaged, NothingTicked
from review_svc.domain.lines import Line, LineState, Reviewer
from review_svc.store import history
from review_svc.store import lines as store

Versions = dict[UUID, int]


def reviewer_of(work: UnitOfWork) -> Reviewer:
    """The caller as a reviewer. Raises PlaceMissing if the account has no union."""
    assert work.actor is not None
    return Reviewer(work.actor.account, place_of(work.actor))


async def load(work: UnitOfWork, line_ids: Sequence[UUID]) -> list[Line]:
    """Lock the lines. Raises NothingTicked if `line_ids` is empty.

    Raises Forbidden, not NotFound, if a line does not exist. For a line that exists but that the account is not allowed
    to see, the later checks of the use cases raise Forbidden too. So the account cannot find out whether a line exists.
    """
    if not line_ids:
        raise NothingTicked
    rows = await store.lock_lines(work.connection, line_ids)
    if len(rows) != len(set(line_ids)):
        raise Forbidden
    return [store.line_of(row) for row in rows]


async def stage(versions: Versions, work: UnitOfWork) -> list[Line]:
    """添加至待提交: the ticked lines go to 待提交. If one line is refused, no line goes there (F210, F221)."""
    return await _move(versions, work, rules.stage, Happened.STAGED)


async def unstage(versions: Versions, work: UnitOfWork) -> list[Line]:
    """移除: the ticked lines go back to 待审批. If one line is refused, no line goes back (F234)."""
    return await _move(versions, work, rules.unstage, Happened.UNSTAGED)


async def _move(
    versions: Versions, work: UnitOfWork, decide: Callable[[Line, Reviewer, int], LineState], what: Happened
) -> list[Line]:
    reviewer = reviewer_of(work)
    lines = await load(work, list(versions))
    [state] = {decide(line, reviewer, versions[line.line_id]) for line in lines}
    await store.set_state(work.connection, [line.line_id for line in lines], state, work.now)
    await _note(lines, what, reviewer, work)
    return lines


async def pass_up(line_ids: Sequence[UUID] | None, enrollment_type: str | None, work: UnitOfWork) -> list[Line]:
    """A second-level union's 提交: lines go to the next reviewer (A15). `line_ids` None = the whole list (A52)."""
    reviewer = reviewer_of(work)
    lines = await ticked_or_all(line_ids, reviewer, work, enrollment_type)
    [state] = {rules.pass_up(line, reviewer) for line in lines}
    await store.pass_up(work.connection, [line.line_id for line in lines], state, work.now)
    await _note(lines, Happened.PASSED_UP, reviewer, work)
    return lines


async def _note(lines: Sequence[Line], what: Happened, reviewer: Reviewer, work: UnitOfWork) -> None:
    ids = [line.line_id for line in lines]
    await history.note(
        work.connection, ids, what, at=work.now, account=reviewer.account, cause_id=work.cause_id,
        union_id=reviewer.union_id,
    )  # fmt: skip


async def ticked_or_all(
    line_ids: Sequence[UUID] | None, reviewer: Reviewer, work: UnitOfWork, enrollment_type: str | None = None
) -> list[Line]:
    """Lock the ticked lines. If no line is ticked, lock the whole list 待提交.

    Raises NothingStaged if no line is ticked and the list is empty.
    """
    if line_ids:
        return await load(work, line_ids)
    rows = await store.lock_staged(work.connection, reviewer.union_id, enrollment_type)
    if not rows:
        raise NothingStaged
    return [store.line_of(row) for row in rows]
