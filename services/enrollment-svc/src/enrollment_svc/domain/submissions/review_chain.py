"""The reviewers of a submission: the superiors of the union whose people are submitted, lowest first (A51)."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from contracts.words import UnionType
from enrollment_svc.domain.refusals import NoOtherReviewer, NoSuperior

#: Only unions of these types submit to the protection center (F025, F208).
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
    """The unions of `ancestors` that review, in the same order.

    `ancestors` are the superiors of the union whose people are submitted, the root last. The municipal union
    reviews nothing. Unsupported unions, closed unions and unions without a reviewer are skipped.
    Raises NoSuperior unless the last reviewing union is a district or industry union.
    """
    below_city = [node for node in ancestors if node.union_type is not UnionType.MUNICIPAL]
    chain = [node for node in below_city if node.reviews]
    if not chain or chain[-1].union_type not in SUBMITTERS:
        raise NoSuperior
    return chain


def reviewed_by_others(chain: Sequence[UnionNode], submitter_id: UUID | None) -> list[UnionNode]:
    """The chain without the submitter. A superior union is allowed to submit for a union below it, but it does not
    review what it submitted (D03).

    Raises NoOtherReviewer if the submitter is the last union of the chain, because only the last union submits to the
    center.
    """
    if chain[-1].union_id == submitter_id:
        raise NoOtherReviewer
    return [node for node in chain if node.union_id != submitter_id]


def reassigned(chain: Sequence[dict[str, str]], closed_id: str, new_id: str, new_name: str) -> list[dict[str, str]]:
    """The stored chain with a new reviewer instead of a closed union (A56).

    If the chain has the new reviewer already, the closed union is only removed, as in review-svc.
    """
    if any(step["union_id"] == new_id for step in chain):
        return [dict(step) for step in chain if step["union_id"] != closed_id]
    new = {"union_id": new_id, "name": new_name}
    return [new if step["union_id"] == closed_id else dict(step) for step in chain]
