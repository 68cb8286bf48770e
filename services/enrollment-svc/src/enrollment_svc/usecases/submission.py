"""Submission to the superior union: judged, priced, frozen and numbered in one transaction (F173–F206)."""

from dataclasses import dataclass, replace
from uuid import UUID, uuid5

from chassis.work import Work
from contracts.enrollments import ChainStep
from contracts.unions import UnionChanged
from enrollment_svc.domain.batch_numbers import batch_no
from enrollment_svc.domain.cover import Cover, cover, open_year
from enrollment_svc.domain.eligibility import Ineligible
from enrollment_svc.domain.money import Money
from enrollment_svc.domain.refusals import PlanLocked, TotalChanged
from enrollment_svc.domain.review_chain import UnionNode
from enrollment_svc.settings import rules
from enrollment_svc.store import lines, submissions
from enrollment_svc.store.lines import NewLine
from enrollment_svc.store.rates import Rate
from enrollment_svc.store.submissions import Before, NewBatch, Seat
from enrollment_svc.usecases import batch_events, checks, unions
from enrollment_svc.usecases.batch_events import Header
from enrollment_svc.usecases.checks import Started
from enrollment_svc.usecases.rates import price
from enrollment_svc.usecases.selection import Ask, Refused, Selection, refusal_of, select


@dataclass(frozen=True, slots=True)
class Terms:
    """What every line of the submission shares."""

    ask: Ask
    union: UnionChanged
    chain: list[UnionNode]
    cover: Cover
    rate: Rate

    def line_id(self, unit_id: UUID, work: Work) -> UUID:
        return uuid5(work.cause_id, f"{unit_id}|{self.ask.channel.value}")


@dataclass(frozen=True, slots=True)
class Submitted:
    """A batch number with the lines that this submission put under it."""

    batch: NewBatch
    joined: bool
    terms: Terms
    lines: list[NewLine]
    refused: list[Refused]
    check: Started | None

    @property
    def heads(self) -> int:
        return sum(line.heads for line in self.lines)

    @property
    def fee(self) -> Money:
        return sum((line.rate.times(line.heads) for line in self.lines), Money())


@dataclass(frozen=True, slots=True)
class NotSubmitted:
    """Nobody was submitted, because of these; a check of the stale ones was started."""

    refused: list[Refused]
    check: Started


async def submit(ask: Ask, work: Work) -> Submitted | NotSubmitted:
    """Submit the chosen people of one channel. Raises a Refusal of `domain.refusals`; then nothing is written."""
    union = await unions.enrolling_union(work.connection, ask.union_id)
    chain = await unions.chain_above(work.connection, union)
    year = ask.year or open_year(ask.enrollment_type, work.now.date())
    covered = cover(ask.enrollment_type, year, work.now, rules().half_year_from)
    await _hold_plan(ask, year, work)
    selection = await select(ask, year, [unit.unit_id for unit in union.units], work)
    check = await checks.check_stale(ask.union_id, year, selection.stale, work) if selection.stale else None
    if selection.refused and (not ask.skip or not selection.heads):
        if check is None:
            raise refusal_of(selection.refused)
        return NotSubmitted(selection.refused, check)
    terms = Terms(ask, union, chain, covered, await price(year, ask.plan, covered.term, work))
    planned = await _freeze(terms, selection, work)
    _expect_total(ask, planned)
    batch, joined, numbered = await _number(terms, planned, work)
    return Submitted(batch, joined, terms, numbered, selection.refused, check)


async def _hold_plan(ask: Ask, year: int, work: Work) -> None:
    """One plan per union and year, until no live enrollment is left (A10, A49). Raises PlanLocked."""
    held = await submissions.lock_plan(work.connection, ask.union_id, year, ask.plan)
    if held == ask.plan:
        return
    if await submissions.locked_plan(work.connection, ask.union_id, year):
        raise PlanLocked(plan=held)
    await submissions.change_plan(work.connection, ask.union_id, year, ask.plan)


async def _freeze(terms: Terms, selection: Selection, work: Work) -> list[NewLine]:
    """Take the city keys; one line per enterprise, of those whose key was free (D16, D17, A46)."""
    ask, year = terms.ask, terms.cover.year
    members = [member_id for people in selection.units.values() for member_id in people]
    before = await submissions.returned_before(work.connection, ask.union_id, year, members)
    seats = [
        Seat(member_id, terms.line_id(unit_id, work), before[member_id].round + 1 if member_id in before else 1)
        for unit_id, people in selection.units.items()
        for member_id in people
    ]
    taken = await submissions.take_city_keys(work.connection, year, seats)
    late = [Refused(member_id, Ineligible.ALREADY_ENROLLED) for member_id in members if member_id not in taken]
    if late and (not ask.skip or not taken):
        raise refusal_of(late)
    selection.refused.extend(late)
    return [
        _line(terms, unit_id, seated, before, work)
        for unit_id, people in selection.units.items()
        if (seated := [member_id for member_id in people if member_id in taken])
    ]


def _line(terms: Terms, unit_id: UUID, people: list[UUID], before: dict[UUID, Before], work: Work) -> NewLine:
    """The line of one enterprise, still without number. It replaces the number its people last came back from."""
    unit = unions.unit_of(terms.union, unit_id)
    returned = max((before[m] for m in people if m in before), key=lambda b: (b.round, b.batch_no), default=None)
    return NewLine(
        line_id=terms.line_id(unit_id, work),
        batch_no="",
        union_id=terms.union.union_id,
        unit_id=unit_id,
        unit_name=unit.name,
        organization_code=unit.organization_code,
        credit_code=unit.credit_code,
        year=terms.cover.year,
        channel=terms.ask.channel,
        term=terms.cover.term,
        start_on=terms.cover.start_on,
        end_on=terms.cover.end_on,
        rate=terms.rate.money,
        heads=len(people),
        chain=[{"union_id": str(node.union_id), "name": node.name} for node in terms.chain],
        round=returned.round + 1 if returned else 1,
        replaces=returned.batch_no if returned else None,
        submitted_at=work.now,
        submitted_by=work.actor.account if work.actor else "",
    )


def _expect_total(ask: Ask, planned: list[NewLine]) -> None:
    """The dialog's sum must be the sum that is submitted. Raises TotalChanged."""
    total = sum(line.rate.times(line.heads).total_fen for line in planned)
    if ask.expected_total_fen not in (None, total):
        raise TotalChanged(expected_total_fen=ask.expected_total_fen, total_fen=total)


async def _number(terms: Terms, planned: list[NewLine], work: Work) -> tuple[NewBatch, bool, list[NewLine]]:
    """Seal, then take the number, then store and tell: the city waits for the number's row alone (A47)."""
    blocks = {line.line_id: await batch_events.seal_line(line.line_id, work) for line in planned}
    joined = await _joinable(terms, planned, work)
    number = joined or batch_no(work.now.date(), await submissions.next_number(work.connection, work.now.date()))
    batch = NewBatch(
        batch_no=number,
        union_id=terms.union.union_id,
        union_name=terms.union.name,
        year=terms.cover.year,
        plan=terms.rate.plan,
        plan_name=terms.rate.plan_name,
        enrollment_type=terms.ask.enrollment_type,
        submitted_at=work.now,
    )
    if joined is None:
        await submissions.add_batch(work.connection, batch)
    numbered = [replace(line, batch_no=number) for line in planned]
    await lines.add(work.connection, numbered)
    header = Header(batch, [ChainStep(union_id=node.union_id, name=node.name) for node in terms.chain])
    for line in numbered:
        await batch_events.tell_line(header, line, blocks[line.line_id], work)
    return batch, joined is not None, numbered


async def _joinable(terms: Terms, planned: list[NewLine], work: Work) -> str | None:
    if not rules().join_numbers:
        return None
    return await submissions.joinable(
        work.connection,
        terms.union.union_id,
        terms.cover.year,
        terms.rate.plan,
        terms.ask.enrollment_type,
        work.now.date(),
        [line.unit_id for line in planned],
        terms.ask.channel,
    )
