"""Whether a member can be removed. A member under review cannot be removed, because a reviewer is deciding (A57)."""

from collections.abc import Collection

from enrollment_svc.domain.batches.lines import LineState

UNDER_REVIEW = "UNDER_REVIEW"


def refusal(own_lines: Collection[LineState]) -> str | None:
    """Why a removal is refused, or None. `own_lines`: the states of the lines that still contain this member.

    A member who is 已参保 can be removed. The batch and the cover stay. The enrollment stays live, too, so the person
    cannot be enrolled again in the same year.
    """
    return UNDER_REVIEW if LineState.IN_REVIEW in own_lines else None
