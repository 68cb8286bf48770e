"""An act of a race, and what must hold in the end after the answer that its caller was given."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from enrollctl.demo.caller import Refused
from races.books import Ends
from races.subjects import Answer, Subject

Judge = Callable[[Subject, Answer, Ends], bool]


def anything(subject: Subject, answer: Answer, ends: Ends) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Act:
    """`play` answers or raises Refused. `kept`: in the end the act is in effect if it was answered, or undone as a
    rule says and told of, and it is not in effect if it was refused."""

    name: str
    play: Callable[[Subject], Any]
    kept: Judge = anything

    def answer(self, subject: Subject) -> Answer:
        try:
            return Answer(self.play(subject))
        except Refused as refusal:
            return Answer(code=refusal.code)
