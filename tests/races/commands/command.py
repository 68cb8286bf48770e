"""A command of a race, and a check of the final state against the command's answer."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from enrollctl.demo.stages.caller import Refused
from races.results.final_state import FinalState
from races.subjects import Answer, Subject

Judge = Callable[[Subject, Answer, FinalState], bool]


def anything(subject: Subject, answer: Answer, final: FinalState) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Command:
    """`play` sends the command; it returns the answer or raises Refused.

    `kept` checks that the final state fits the command's answer. A command that succeeded must be in effect. Or a rule
    must have undone it later, and an event must report that. A command that was refused must not be in effect.
    """

    name: str
    play: Callable[[Subject], Any]
    kept: Judge = anything

    def answer(self, subject: Subject) -> Answer:
        try:
            return Answer(self.play(subject))
        except Refused as refusal:
            return Answer(code=refusal.code)
