"""Checks of a race's final state that only some pairs need. Each check says whether a rule allows the state."""

from collections.abc import Callable

from races.results.final_state import FinalState
from races.subjects import Answer, Subject

Answers = tuple[Answer, Answer]
Allowed = Callable[[Subject, Answers, FinalState], bool]


def anything(subject: Subject, answers: Answers, final: FinalState) -> bool:
    return True


def removed_or_held(subject: Subject, answers: Answers, final: FinalState) -> bool:
    """The person is either removed or under review (A57)."""
    return bool(final.members[subject.member_id]["removed"]) != bool(final.held())


def channel_of_cards(subject: Subject, answers: Answers, final: FinalState) -> bool:
    """The candidate's channel follows from the person's present cards. A line keeps the channel of its submission
    (A39).
    """
    candidate = final.candidates[subject.member_id]
    return bool(candidate["channel"] == "service_card") == bool(candidate["card"])


def one_membership(subject: Subject, answers: Answers, final: FinalState) -> bool:
    return len(final.members) == 1


def two_memberships(subject: Subject, answers: Answers, final: FinalState) -> bool:
    return len(final.members) == 2


def one_line(subject: Subject, answers: Answers, final: FinalState) -> bool:
    return len(final.lines) == 1


def one_submission(subject: Subject, answers: Answers, final: FinalState) -> bool:
    return len(final.submissions) == 1


def one_voucher(subject: Subject, answers: Answers, final: FinalState) -> bool:
    return len([one for one in final.vouchers.values() if one["state"] != "rejected"]) == 1


def one_answer(subject: Subject, answers: Answers, final: FinalState) -> bool:
    """A command that is sent twice with one key is executed once, and both callers get the same answer."""
    return answers[0] == answers[1]


def one_done(subject: Subject, answers: Answers, final: FinalState) -> bool:
    return answers[0].done != answers[1].done


def withdrawn(subject: Subject, answers: Answers, final: FinalState) -> bool:
    return bool(final.reviewed[subject.line_id]["state"] == "withdrawn")


def not_withdrawn(subject: Subject, answers: Answers, final: FinalState) -> bool:
    return not withdrawn(subject, answers, final)


def withdrawn_or_passed(subject: Subject, answers: Answers, final: FinalState) -> bool:
    return withdrawn(subject, answers, final) != bool(final.reviewed[subject.line_id]["passed_up"])


def withdrawn_or_returned(subject: Subject, answers: Answers, final: FinalState) -> bool:
    return final.reviewed[subject.line_id]["state"] in ("withdrawn", "returned")


def paid_without_subject(subject: Subject, answers: Answers, final: FinalState) -> bool:
    """The voucher pays only the line of the companion: a second person in the same submission to the center."""
    due = final.dues[subject.submission_no]
    return answers[0].done and bool(due["due_fen"] == due["paid_fen"] == subject.due_fen)
