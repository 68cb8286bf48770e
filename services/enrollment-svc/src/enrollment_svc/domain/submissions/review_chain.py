"""Who reviews a submission: the unions above it, lowest first, frozen with the batch (A51)."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from contracts.words import UnionType
from enrollment_svc.domain.refusals import NoOtherReviewer, NoSuperior

#: Only a union of these types submits to the protection center (F025, F208).
SUBMITTERS = (UnionType.DISTRICT, UnionType.INDUSTRY)


@dataclass(frozen=True, slots=True)
class UnionNode:
    union_id: UUID
    name: str
    union_type: UnionType
    active: bool = True
    has_reviewer: bool = True

    @property
    def reviews(self) -> bool:
        return self.union_type.supported and self.active and self.has_reviewer


def review_chain(ancestors: Sequence[UnionNode]) -> list[UnionNode]:
    """The reviewing unions among `ancestors` (the submitter's parent first, the root last).

    The municipal union reviews nothing; unsupported, closed and unmanned unions are skipped.
    Raises NoSuperior where no district or industry union stands at the end.
    """
    below_city = [node for node in ancestors if node.union_type is not UnionType.MUNICIPAL]
    chain = [node for node in below_city if node.reviews]
    if not chain or chain[-1].union_type not in SUBMITTERS:
        raise NoSuperior
    return chain


def reviewed_by_others(chain: Sequence[UnionNode], submitter_id: UUID | None) -> list[UnionNode]:
    """The chain of what a superior submits on behalf of a union below it: the other superiors (D03).

    Raises NoOtherReviewer where the superior is the last of the chain, for only that one submits to the center.
    """
    if chain[-1].union_id == submitter_id:
        raise NoOtherReviewer
    return [node for node in chain if node.union_id != submitter_id]


def reassigned(chain: Sequence[dict[str, str]], gone: str, new_id: str, new_name: str) -> list[dict[str, str]]:
    """The frozen chain with another reviewer in the place of one that is closed (A56).

    Where the other comes next anyhow, the place of the closed one is left out, as review-svc does.
    """
    if any(step["union_id"] == new_id for step in chain):
        return [dict(step) for step in chain if step["union_id"] != gone]
    new = {"union_id": new_id, "name": new_name}
    return [new if step["union_id"] == gone else dict(step) for step in chain]
