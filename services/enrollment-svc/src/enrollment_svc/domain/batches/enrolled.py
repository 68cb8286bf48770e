"""The state of an enrollment as 参保信息查询 shows it (F035, A54)."""

from contracts.words import Word
from enrollment_svc.domain.batches.lines import LineState, PersonState


class Enrolled(Word):
    """A person is 已参保 as soon as the line is 已完成."""

    UNDER_REVIEW = "under_review", "审核中"
    ENROLLED = "enrolled", "已参保"
    RETURNED = "returned", "已退回"
    WITHDRAWN = "withdrawn", "已撤回"


def enrolled(person: PersonState, line: LineState) -> Enrolled:
    """The state of an enrollment, from the state of the person in the line and the state of the line."""
    if person is PersonState.RETURNED:
        return Enrolled.RETURNED
    if person is PersonState.WITHDRAWN:
        return Enrolled.WITHDRAWN
    return Enrolled.ENROLLED if line is LineState.COMPLETED else Enrolled.UNDER_REVIEW
