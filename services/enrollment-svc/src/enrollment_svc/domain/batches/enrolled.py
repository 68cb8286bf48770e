"""What an enrollment is to whoever asks about a person (F035, A54)."""

from contracts.words import Word
from enrollment_svc.domain.batches.lines import LineState, PersonState


class Enrolled(Word):
    """已参保 begins with 已完成 of the line."""

    UNDER_REVIEW = "under_review", "审核中"
    ENROLLED = "enrolled", "已参保"
    RETURNED = "returned", "已退回"
    WITHDRAWN = "withdrawn", "已撤回"


def enrolled(person: PersonState, line: LineState) -> Enrolled:
    """From what became of the person in the line, and of the line."""
    if person is PersonState.RETURNED:
        return Enrolled.RETURNED
    if person is PersonState.WITHDRAWN:
        return Enrolled.WITHDRAWN
    return Enrolled.ENROLLED if line is LineState.COMPLETED else Enrolled.UNDER_REVIEW
