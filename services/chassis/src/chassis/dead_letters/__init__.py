"""Dead letters: records that could not be handled. Stores them, groups them by cause, notes them in readiness."""

from chassis.dead_letters import dead_letter_note, letter_groups, letters
from chassis.dead_letters.letter_groups import GROUP_ID
from chassis.dead_letters.letters import OPEN, Failure

__all__ = [
    "GROUP_ID",
    "OPEN",
    "Failure",
    "dead_letter_note",
    "letter_groups",
    "letters",
]
