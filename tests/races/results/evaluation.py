"""Finds the faults in the final state of one race."""

from collections.abc import Iterator

from races.pairs import Pair
from races.results.allowed import Answers
from races.results.books import Ends
from races.results.contradictions import contradictions
from races.subjects import Subject


def faults_of(pair: Pair, subject: Subject, answers: Answers, ends: Ends) -> Iterator[str]:
    """One sentence for each fault; empty if all stores agree, the final state is allowed and both answers hold."""
    yield from contradictions(ends)
    told = f"{answers[0].told}/{answers[1].told}"
    for act, answer in zip((pair.one, pair.other), answers, strict=True):
        if not act.kept(subject, answer, ends):
            yield f"{act.name} was answered {answer.told}, and in the end it is otherwise"
    if not pair.allowed(subject, answers, ends):
        yield f"answered {told}; allowed is: {pair.ends}"
    yield from _unanswered(subject, answers, ends)


def _unanswered(subject: Subject, answers: Answers, ends: Ends) -> Iterator[str]:
    """Lines and vouchers that exist although no caller got an answer about them."""
    bodies = [answer.body for answer in answers if isinstance(answer.body, dict)]
    lists = [body["lines"] for body in bodies if isinstance(body.get("lines"), list)]
    lines = {line["line_id"] for lines in lists for line in lines} | {subject.line_id}
    if more := ends.lines.keys() - lines:
        yield f"lines that nobody was answered for: {sorted(more)}"
    vouchers = {body.get("voucher_id") for body in bodies} | {subject.voucher_id}
    if more := ends.vouchers.keys() - vouchers:
        yield f"vouchers that nobody was answered for: {sorted(more)}"
