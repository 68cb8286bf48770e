"""Dead letters, that is, records that could not be handled. This package stores them and groups them by cause. It
also writes a note about them for the readiness response.
"""

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
