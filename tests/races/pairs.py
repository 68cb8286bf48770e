"""Which acts race. A new pair is one entry."""

from collections.abc import Callable
from dataclasses import dataclass

from races import subjects
from races.books import Ends
from races.subjects import Subject

Act = Callable[[Subject], None]


@dataclass(frozen=True, slots=True)
class Pair:
    """`ready` brings the subject to where the race begins. `also`: what must hold beside that all stores agree."""

    name: str
    ready: Act
    one: Act
    other: Act
    also: Callable[[Ends], str | None] = lambda ends: None


def _removed_or_submitted(ends: Ends) -> str | None:
    """Both acts are answered by one owner, so exactly one of them is in effect (A57)."""
    return None if ends.removed != ends.held else f"removed={ends.removed} and under review={ends.held}"


def _card_is_there(ends: Ends) -> str | None:
    """Cards come whatever the line does; the line keeps its channel (A39)."""
    return None if ends.card else "the card that was given is not there"


PAIRS = (
    Pair("removal-submission", subjects.as_he_is, subjects.remove, subjects.submit, _removed_or_submitted),
    Pair("card-submission", subjects.as_he_is, subjects.give_card, subjects.submit, _card_is_there),
    Pair("removal-import", subjects.as_he_is, subjects.remove, subjects.import_again),
    Pair("removal-withdrawal", subjects.under_review, subjects.remove, subjects.withdraw),
    Pair("removal-return", subjects.under_review, subjects.remove, subjects.give_back),
    Pair("withdrawal-review", subjects.under_review, subjects.withdraw, subjects.pass_up),
    Pair("withdrawal-return", subjects.under_review, subjects.withdraw, subjects.give_back),
)
