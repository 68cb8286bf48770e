"""The union tree. The municipal federation writes it, and every service receives its unions as events."""

from collections.abc import Sequence
from uuid import UUID

from chassis.database import UnitOfWork
from chassis.domain import StaleVersion
from member_svc.domain.refusals import ParentUnknown, UnionCycle, UnionTwice, UnitHasMembers, UnitOfOtherUnion
from member_svc.store import members, unions, units
from member_svc.store.unions import UnionDraft
from member_svc.store.units import Lists
from member_svc.usecases.union_events import ALL_PARTS, PublishedUnions, publish
from member_svc.usecases.writable_unions import require_writable


async def put_unions(drafts: Sequence[UnionDraft], work: UnitOfWork, *, version: int | None = None) -> PublishedUnions:
    """Write these unions. Publish them, and all unions below them whose path changed.

    `version` is the version that the caller read last. It must be None if there are several drafts. Raises Forbidden,
    StaleVersion, UnionTwice, UnitOfOtherUnion, UnitHasMembers, ParentUnknown, UnionCycle, TooManyUnits.
    """
    lists = {draft.union_id: draft.units for draft in drafts if draft.units is not None}
    _refuse_duplicates(drafts, lists)
    connection, ids = work.connection, [draft.union_id for draft in drafts]
    await unions.lock_tree(connection)
    await require_writable(drafts, work)
    if version is not None and (await unions.versions(connection, ids)).get(ids[0], 0) != version:
        raise StaleVersion
    await unions.upsert(connection, drafts, work.now)
    await _write_units(lists, work)
    moved = await _write_paths(drafts, work)
    return await publish([*ids, *moved], dict.fromkeys(lists, ALL_PARTS), work)


def _refuse_duplicates(drafts: Sequence[UnionDraft], lists: Lists) -> None:
    for ids in ([d.union_id for d in drafts], [unit.unit_id for listed in lists.values() for unit in listed]):
        if len(ids) != len(set(ids)):
            raise UnionTwice


async def _write_units(lists: Lists, work: UnitOfWork) -> None:
    if await units.upsert(work.connection, lists) != sum(map(len, lists.values())):
        raise UnitOfOtherUnion
    removed = await units.lock(work.connection, await units.unlisted(work.connection, lists))
    if busy := await members.units_with_members(work.connection, removed):
        raise UnitHasMembers(units=len(busy))
    await units.drop(work.connection, removed)


async def _write_paths(drafts: Sequence[UnionDraft], work: UnitOfWork) -> set[UUID]:
    """Write the paths of the drafts, and of all unions below them.

    Returns the ids of the unions whose path has changed and that are not among the drafts.
    """
    parents = sorted({draft.parent_id for draft in drafts if draft.parent_id})
    if await unions.count_known(work.connection, parents) != len(parents):
        raise ParentUnknown
    ids = [draft.union_id for draft in drafts]
    if await unions.set_paths(work.connection, ids) != len(ids):
        raise UnionCycle
    return set(await unions.move_descendants(work.connection, ids, work.now)) - set(ids)
