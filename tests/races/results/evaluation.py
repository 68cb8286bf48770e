"""Finds the faults in the final state of one race: two commands about one subject, sent at the same time."""

from collections.abc import Iterator

from races.pairs import Pair
from races.results.allowed import Answers
from races.results.contradictions import contradictions
from races.results.final_state import FinalState
from races.subjects import Subject


def faults_of(pair: Pair, subject: Subject, answers: Answers, final: FinalState) -> Iterator[str]:
    """One sentence for each fault; empty if all stores agree, and the final state is allowed and fits both answers."""
    yield from contradictions(final)
    texts = f"{answers[0].text}/{answers[1].text}"
    for command, answer in zip((pair.one, pair.other), answers, strict=True):
        if not command.kept(subject, answer, final):
            yield f"{command.name} was answered {answer.text}, and in the end it is otherwise"
    if not pair.allowed(subject, answers, final):
        yield f"answered {texts}; allowed is: {pair.ends}"
    yield from _unanswered(subject, answers, final)


def _unanswered(subject: Subject, answers: Answers, final: FinalState) -> Iterator[str]:
    """Lines and vouchers that exist although no caller got an answer about them."""
    bodies = [answer.body for answer in answers if isinstance(answer.body, dict)]
    lists = [body["lines"] for body in bodies if isinstance(body.get("lines"), list)]
    lines = {line["line_id"] for lines in lists for line in lines} | {subject.line_id}
    if more := final.lines.keys() - lines:
        yield f"lines that nobody was answered for: {sorted(more)}"
    vouchers = {body.get("voucher_id") for body in bodies} | {subject.voucher_id}
    if more := final.vouchers.keys() - vouchers:
        yield f"vouchers that nobody was answered for: {sorted(more)}"
