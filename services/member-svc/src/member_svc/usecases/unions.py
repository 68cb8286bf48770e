"""The union tree: written by the municipal federation, told to everybody as entries."""

from collections.abc import Sequence
from uuid import UUID

from chassis import references
from chassis.refusals import StaleVersion
from chassis.work import Work
from contracts.unions import UnionChanged
from member_svc.domain import ParentUnknown, UnionCycle, UnionTwice, UnitHasMembers, UnitOfOtherUnion
from member_svc.store import unions
from member_svc.store.unions import UnionDraft, UnionEntry
from member_svc.usecases.writable_unions import require_writable


async def put_unions(
    drafts: Sequence[UnionDraft], work: Work, *, version: int | None = None
) -> tuple[list[UnionEntry], list[UnionChanged]]:
    """Write these unions; returns their entries and what is to be told: theirs and those of all that moved along.

    `version` is for one union: what the caller saw last. Raises Forbidden, StaleVersion and the refusals of the tree.
    """
    _refuse_twice(drafts)
    connection, ids = work.connection, [draft.union_id for draft in drafts]
    await unions.lock_tree(connection)
    await require_writable(drafts, work)
    if version is not None and (await unions.versions(connection, ids)).get(ids[0], 0) != version:
        raise StaleVersion
    await unions.upsert(connection, drafts, work.now)
    await _write_units(drafts, work)
    moved = await _write_paths(drafts, work)
    changed = await unions.entries(connection, [*ids, *moved])
    events = [told(entry) for entry in changed]
    await references.put_many(connection, events)
    written = set(ids)
    return [entry for entry in changed if entry.union_id in written], events


def _refuse_twice(drafts: Sequence[UnionDraft]) -> None:
    for ids in ([d.union_id for d in drafts], [unit.unit_id for d in drafts for unit in d.units]):
        if len(ids) != len(set(ids)):
            raise UnionTwice


async def _write_units(drafts: Sequence[UnionDraft], work: Work) -> None:
    if await unions.upsert_units(work.connection, drafts) != sum(len(draft.units) for draft in drafts):
        raise UnitOfOtherUnion
    if busy := await unions.drop_units(work.connection, drafts):
        raise UnitHasMembers(units=busy)


async def _write_paths(drafts: Sequence[UnionDraft], work: Work) -> set[UUID]:
    """The ids below the drafts whose path changed with them."""
    parents = sorted({draft.parent_id for draft in drafts if draft.parent_id})
    if await unions.count_known(work.connection, parents) != len(parents):
        raise ParentUnknown
    ids = [draft.union_id for draft in drafts]
    if await unions.set_paths(work.connection, ids) != len(ids):
        raise UnionCycle
    return set(await unions.move_descendants(work.connection, ids, work.now)) - set(ids)


def told(entry: UnionEntry) -> UnionChanged:
    return UnionChanged(
        union_id=entry.union_id,
        name=entry.name,
        union_type=entry.union_type,
        parent_id=entry.parent_id,
        path=entry.path,
        units=entry.units,
        active=entry.active,
        has_reviewer=entry.has_reviewer,
        changed_at=entry.changed_at,
    )
