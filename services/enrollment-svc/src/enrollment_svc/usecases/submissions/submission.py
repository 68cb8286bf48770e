"""Submission to the superior union. One transaction checks the people, fixes the price, stores the lines and assigns
the batch number (F173–F206).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from operator import attrgetter
from uuid import UUID, uuid5

from chassis.database import UnitOfWork
from chassis.files import unnamed_file
from contracts.enrollments import ChainStep
from contracts.unions import Unit
from enrollment_svc.domain.rates.money import Money
from enrollment_svc.domain.refusals import PlanLocked, TotalChanged
from enrollment_svc.domain.submissions.batch_numbers import batch_no
from enrollment_svc.domain.submissions.eligibility import Ineligible
from enrollment_svc.domain.submissions.warnings import Warned, warnings_of
from enrollment_svc.settings import rules
from enrollment_svc.store.batches import lines
from enrollment_svc.store.batches.lines import NewLine
from enrollment_svc.store.rates import rates
from enrollment_svc.store.submissions import submissions
from enrollment_svc.store.submissions.submissions import NewBatch, PreviousEnrollment
from enrollment_svc.usecases import unions
from enrollment_svc.usecases.batches import flags
from enrollment_svc.usecases.candidates import checks
from enrollment_svc.usecases.candidates.checks import Started
from enrollment_svc.usecases.rates.rates import lock_prices
from enrollment_svc.usecases.submissions import batch_events
from enrollment_svc.usecases.submissions.batch_events import Header
from enrollment_svc.usecases.submissions.selection import Refused, Selection, refused_people, select
from enrollment_svc.usecases.submissions.terms import (
    SubmissionContext,
    SubmissionRequest,
    Terms,
    cover_of,
    load_context,
    terms_of,
)


@dataclass(frozen=True, slots=True)
class Submitted:
    """The submitted lines and their batch. `joined`: True if an earlier submission of the day has created the batch
    (A47).
    """

    batch: NewBatch
    joined: bool
    context: SubmissionContext
    terms: Terms
    lines: list[NewLine]
    refused: list[Refused]
    warnings: list[Warned]
    check: Started | None

    @property
    def heads(self) -> int:
        return sum(line.heads for line in self.lines)

    @property
    def fee(self) -> Money:
        return sum((line.rate.times(line.heads) for line in self.lines), Money())


@dataclass(frozen=True, slots=True)
class NotSubmitted:
    """Nobody was submitted, because of `selection.refused`. `check` covers the people with stale statuses."""

    selection: Selection
    check: Started


@dataclass(frozen=True, slots=True)
class Planned:
    """Lines that have no batch number yet. The city keys of their people are acquired already.

    A city key is an entry in a unique index on person and year. It ensures that a person has at most one live
    enrollment for a year in the whole city. `previous`: for each person who was returned in an earlier batch of the
    year, the returned enrollment.
    """

    lines: list[NewLine]
    previous: dict[UUID, PreviousEnrollment] = field(default_factory=dict)


async def submit(request: SubmissionRequest, work: UnitOfWork) -> Submitted | NotSubmitted:
    """Submit the chosen people of one channel. If it raises a Refusal of `domain.refusals`, nothing is written."""
    context = await load_context(request, work.connection, work.now)
    cover_of(context, work.now)
    await _lock_plan(request, context.year, work)
    selection = await select(context, work)
    check = await checks.check_stale(request.union_id, context.year, selection.stale, work) if selection.stale else None
    if selection.refused and (not request.skip or not selection.heads):
        if check is None:
            raise selection.refusal()
        return NotSubmitted(selection, check)
    context, terms = await _lock_terms(context, work)
    planned = await _reserve(context, terms, selection, work)
    _expect_total(request, planned.lines)
    batch, joined, numbered = await _number(context, terms, planned.lines, work)
    if selection.elsewhere:
        work.emit(await flags.flag_submitted_lines([line.line_id for line in numbered], work))
    warnings = warnings_of((enrollment.term for enrollment in planned.previous.values()), terms.cover.term)
    return Submitted(batch, joined, context, terms, numbered, selection.refused, warnings, check)


async def _lock_plan(request: SubmissionRequest, year: int, work: UnitOfWork) -> None:
    """Fix the plan of the union for the year (A10, A49). Raises PlanLocked.

    Another plan is possible only when none of the union's lines of the year is in review or completed.
    """
    locked = await submissions.lock_plan(work.connection, request.union_id, year, request.plan)
    if locked == request.plan:
        return
    if await submissions.locked_plan(work.connection, request.union_id, year):
        raise PlanLocked(plan=locked)
    await submissions.change_plan(work.connection, request.union_id, year, request.plan)


async def _lock_terms(context: SubmissionContext, work: UnitOfWork) -> tuple[SubmissionContext, Terms]:
    """Lock the rates (A60), and read them again unless they were locked before. Raises RateMissing."""
    terms = terms_of(context, work.now)
    if not await lock_prices(
        context.rates, context.year, context.request.plan, terms.priced_terms, context.district_id, work
    ):
        return context, terms
    again = await rates.of_plan(work.connection, context.year, context.request.plan, context.district_id)
    context = replace(context, rates=again)
    return context, terms_of(context, work.now)


async def _reserve(context: SubmissionContext, terms: Terms, selection: Selection, work: UnitOfWork) -> Planned:
    """Acquire the city keys and plan one line for each unit, with the people whose key was free (D16, D17, A46)."""
    line_ids = {unit_id: _line_id(context.request, unit_id, work) for unit_id in selection.units}
    heads = await submissions.acquire_city_keys(
        work.connection, context.year, {line_ids[unit_id]: people for unit_id, people in selection.units.items()}
    )
    if sum(heads.values()) < selection.heads:
        await _refuse_occupied(context.request, selection, heads, work)
    previous = await _previous(context, selection, line_ids, work)
    units = await unions.units_of(work.connection, context.union.union_id, selection.units)
    planned = [
        _line(context, terms, units[unit_id], people, previous, work) for unit_id, people in selection.units.items()
    ]
    return Planned(planned, previous)


async def _refuse_occupied(
    request: SubmissionRequest, selection: Selection, heads: Mapping[UUID, int], work: UnitOfWork
) -> None:
    """Move the people whose city key was occupied from `selection.units` to `selection.refused`.

    Raises the refusal if nobody is left, or if the request does not say that refused people are skipped.
    """
    acquired = await submissions.acquired(work.connection, heads)
    occupied = {member_id: Ineligible.ALREADY_ENROLLED for member_id in selection.members if member_id not in acquired}
    selection.refused += await refused_people(work.connection, request.union_id, occupied)
    if not request.skip or not acquired:
        raise Selection(refused=selection.refused).refusal()
    left = {unit_id: [one for one in people if one in acquired] for unit_id, people in selection.units.items()}
    selection.units = {unit_id: people for unit_id, people in left.items() if people}


async def _previous(
    context: SubmissionContext, selection: Selection, line_ids: Mapping[UUID, UUID], work: UnitOfWork
) -> dict[UUID, PreviousEnrollment]:
    """For each selected person who was returned in an earlier batch, the returned enrollment. Also stores the new round
    of these people (A49).
    """
    members = selection.members
    previous = await submissions.returned_before(work.connection, context.union.union_id, context.year, members)
    rounds = {
        (line_ids[unit_id], member_id): previous[member_id].round + 1
        for unit_id, people in selection.units.items()
        for member_id in people
        if member_id in previous
    }
    if rounds:
        await submissions.set_rounds(work.connection, rounds)
    return previous


def _line_id(request: SubmissionRequest, unit_id: UUID, work: UnitOfWork) -> UUID:
    return uuid5(work.cause_id, f"{unit_id}|{request.channel.value}")


def _line(
    context: SubmissionContext,
    terms: Terms,
    unit: Unit,
    people: list[UUID],
    previous: dict[UUID, PreviousEnrollment],
    work: UnitOfWork,
) -> NewLine:
    """The line of one unit, without a batch number.

    `replaces`: the number of the batch from which people of this line were returned. If people were returned from
    several batches, `replaces` is the batch of the returned enrollment with the highest round.
    """
    returned = max((previous[m] for m in people if m in previous), key=attrgetter("round", "batch_no"), default=None)
    return NewLine(
        line_id=_line_id(context.request, unit.unit_id, work),
        batch_no="",
        union_id=context.union.union_id,
        unit_id=unit.unit_id,
        unit_name=unit.name,
        organization_code=unit.organization_code,
        credit_code=unit.credit_code,
        year=context.year,
        channel=context.request.channel,
        term=terms.cover.term,
        start_on=terms.cover.start_on,
        end_on=terms.cover.end_on,
        rate=terms.rate.money,
        heads=len(people),
        chain=[{"union_id": str(node.union_id), "name": node.name} for node in context.chain],
        round=returned.round + 1 if returned else 1,
        replaces=returned.batch_no if returned else None,
        submitted_at=work.now,
        submitted_by=work.actor.account if work.actor else "",
        submitted_by_union_id=work.actor.scope_id if work.actor else None,
        start_rule=terms.start_rule,
    )


def _expect_total(request: SubmissionRequest, planned: list[NewLine]) -> None:
    """Raises TotalChanged if the request names the sum that the dialog showed, and the sum is different now."""
    total = sum(line.rate.times(line.heads).total_fen for line in planned)
    if request.expected_total_fen not in (None, total):
        raise TotalChanged(expected_total_fen=request.expected_total_fen, total_fen=total)


async def _number(
    context: SubmissionContext, terms: Terms, planned: list[NewLine], work: UnitOfWork
) -> tuple[NewBatch, bool, list[NewLine]]:
    """Encrypt the people, assign a batch number, store the lines and publish them.

    People are encrypted first, because every other submission in the city waits from the assignment of the number until
    the commit (A47).
    """
    with unnamed_file() as file:
        parts = await batch_events.seal_parts([line.line_id for line in planned], file, work)
        batch, joined = await _batch(context, terms, planned, work)
        numbered = [replace(line, batch_no=batch.batch_no) for line in planned]
        await lines.add(work.connection, numbered)
        header = Header(batch, [ChainStep(union_id=node.union_id, name=node.name) for node in context.chain], terms)
        for line in numbered:
            await batch_events.emit_line(header, line, parts, work)
    return batch, joined, numbered


async def _batch(
    context: SubmissionContext, terms: Terms, planned: list[NewLine], work: UnitOfWork
) -> tuple[NewBatch, bool]:
    """The batch of the lines, and whether it existed before. It is a batch of this day that can be joined, or else a
    new batch.
    """
    joined = await _batch_to_join(context, planned, work)
    number = joined or batch_no(work.now.date(), await submissions.next_number(work.connection, work.now.date()))
    batch = NewBatch(
        batch_no=number,
        union_id=context.union.union_id,
        union_name=context.union.name,
        year=context.year,
        plan=terms.rate.plan,
        plan_name=terms.rate.plan_name,
        enrollment_type=context.request.enrollment_type,
        submitted_at=work.now,
    )
    if joined is None:
        await submissions.add_batch(work.connection, batch)
    return batch, joined is not None


async def _batch_to_join(context: SubmissionContext, planned: list[NewLine], work: UnitOfWork) -> str | None:
    if not rules().join_numbers:
        return None
    return await submissions.joinable(
        work.connection,
        context.union.union_id,
        context.year,
        context.request.plan,
        context.request.enrollment_type,
        work.now.date(),
        [line.unit_id for line in planned],
        context.request.channel,
    )
