"""A command of a race, and the condition on the final state that its answer implies."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from enrollctl.demo.stages.caller import Refused
from races.results.books import Ends
from races.subjects import Answer, Subject

Judge = Callable[[Subject, Answer, Ends], bool]


def anything(subject: Subject, answer: Answer, ends: Ends) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Command:
    """`play` sends the command, and answers or raises Refused.

    `kept`: if the command was answered, it is in effect in the end, or a rule has undone it and published that; if it
    was
    refused, it is not in effect.
    """

    name: str
    play: Callable[[Subject], Any]
    kept: Judge = anything

    def answer(self, subject: Subject) -> Answer:
        try:
            return Answer(self.play(subject))
        except Refused as refusal:
            return Answer(code=refusal.code)
