"""The states of a person in a protection year."""

from chassis.domain import Refusal, StateMachine, Transition
from contracts.words import Channel, Word
from enrollment_svc.domain.batches.lines import LineState
from enrollment_svc.domain.candidates.people import Person
from enrollment_svc.domain.candidates.placement import Standing


class PersonInYear(Word):
    """The state of a person as a member of one unit (a membership) in a year. 待校验 and 待提交 are standings of a
    候选. 待确认 is no state (A40).
    """

    CANDIDATE = "candidate", "候选"
    UNDER_REVIEW = "under_review", "审核中"
    ENROLLED = "enrolled", "已参保"
    EXCLUDED = "excluded", "剔除"
    HIDDEN = "hidden", "不显示"


class NoCandidate(Refusal):
    code = "NO_CANDIDATE"
    message = "该会员不在参保名单中，不能提交参保，请取消勾选，或查看不能参保的原因"


class NotUnderReview(Refusal):
    code = "NOT_UNDER_REVIEW"
    message = "该会员不在审核中，请刷新后查看状态"


class NotEnrolled(Refusal):
    code = "NOT_ENROLLED"
    message = "该会员本保障年度尚未参保，请刷新后查看状态"


class CoverStays(Refusal):
    """Death or retirement after the submission does not end the cover by itself (A54)."""

    code = "COVER_STAYS"
    message = "该会员正在审核或已参保，不会自动剔除，无需处理"


_CANDIDATE, _UNDER_REVIEW, _ENROLLED, _EXCLUDED, _HIDDEN = PersonInYear

#: A reviewer's return is accepted even for a person who is 已参保 in this service. Example: the center rejects a line,
#: then a reviewer returns the line. The events CenterRejected and BatchReturned have different keys. If BatchReturned
#: arrives first, the person is still 已参保 in this service (A53).
PERSON = StateMachine(
    "person in a protection year",
    states=PersonInYear,
    start=(_CANDIDATE, _EXCLUDED, _HIDDEN),
    steps=(
        Transition("submit", (_CANDIDATE,), _UNDER_REVIEW, NoCandidate),
        Transition("return", (_UNDER_REVIEW, _ENROLLED), _CANDIDATE, NotUnderReview),
        Transition("withdraw", (_UNDER_REVIEW, _ENROLLED), _CANDIDATE, NotUnderReview),
        Transition("complete", (_UNDER_REVIEW, _ENROLLED), _ENROLLED, NotUnderReview),
        Transition("center_reject", (_ENROLLED,), _UNDER_REVIEW, NotEnrolled),
        Transition("exclude", (_CANDIDATE,), _EXCLUDED, CoverStays),
        Transition("readmit", (_EXCLUDED,), _CANDIDATE, NoCandidate),
        Transition("hide", (_CANDIDATE, _EXCLUDED), _HIDDEN, CoverStays),
        Transition("show", (_HIDDEN,), _CANDIDATE, NoCandidate),
    ),
)


def state_of(person: Person, own_line: LineState | None, list_channel: Channel | None = None) -> PersonInYear:
    """The state of a membership in the list of the channel `list_channel` (None = the person's own channel).

    `own_line`: the state of the line in which this membership has a live enrollment, or None. If the person is enrolled
    as a member of another unit, this membership is hidden (A59).
    """
    if own_line in _OF_LINE:
        return _OF_LINE[own_line]
    if person.enrolled or person.removed:
        return PersonInYear.HIDDEN
    if person.standing in (Standing.RETIRED, Standing.DECEASED):
        return PersonInYear.EXCLUDED
    listed = person.channel is not None and list_channel in (None, person.channel)
    return PersonInYear.CANDIDATE if listed else PersonInYear.HIDDEN


_OF_LINE = {LineState.IN_REVIEW: PersonInYear.UNDER_REVIEW, LineState.COMPLETED: PersonInYear.ENROLLED}
