"""May a member leave the list? Who is under review stays, for a reviewer is deciding about him (A57)."""

from collections.abc import Collection

from enrollment_svc.domain.batches.lines import LineState

UNDER_REVIEW = "UNDER_REVIEW"


def refusal(own_lines: Collection[LineState]) -> str | None:
    """Why a removal is refused, or None. `own_lines`: lines that hold this very membership.

    Covered ones may leave: batch, cover and city key stay.
    """
    return UNDER_REVIEW if LineState.IN_REVIEW in own_lines else None
