"""Refuses changes of unions outside the part of the tree that an account reaches (D02)."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from chassis.database import UnitOfWork
from chassis.domain import Forbidden
from chassis.web import place_of, reached, reaches_city
from contracts.words import UnionType
from member_svc.store import unions
from member_svc.store.unions import UnionDraft, UnionEntry


async def require_writable(drafts: Sequence[UnionDraft], work: UnitOfWork) -> None:
    """Raises Forbidden if a union is outside the caller's subtree, or would move out of it.

    The caller's own union is in the subtree, but it must keep its superior and its type.
    """
    assert work.actor is not None
    if await reaches_city(work.connection, work.actor):
        return
    place = place_of(work.actor)
    ids = {draft.union_id for draft in drafts}
    known = {entry.union_id: entry for entry in await unions.entries(work.connection, sorted({*ids, place}))}
    parents = {draft.parent_id for draft in drafts if draft.parent_id}
    within = await reached(work.connection, work.actor, ids | parents | {place})
    within |= _new_below(drafts, within, known)
    for draft in drafts:
        own = draft.union_id == place
        allowed = _keeps_place(draft, known.get(place)) if own else {draft.union_id, draft.parent_id} <= within
        if not allowed:
            raise Forbidden


def _new_below(drafts: Sequence[UnionDraft], within: set[UUID], known: Mapping[UUID, UnionEntry]) -> set[UUID]:
    """The new unions below the unions in `within`, directly or indirectly. The order of the drafts does not matter.

    For example, if A is in `within`, and the drafts add C below B and B below A, the result is B and C.
    """
    found: set[UUID] = set()
    waiting = [draft for draft in drafts if draft.union_id not in known]
    while more := {draft.union_id for draft in waiting if draft.parent_id in within | found} - found:
        found |= more
    return found


def _keeps_place(draft: UnionDraft, stored: UnionEntry | None) -> bool:
    """Whether the caller's own union keeps its superior and type.

    If the union is not stored yet, it must be the municipal federation.
    """
    if stored is None:
        return draft.parent_id is None and draft.union_type is UnionType.MUNICIPAL
    return (draft.parent_id, draft.union_type) == (stored.parent_id, stored.union_type)
