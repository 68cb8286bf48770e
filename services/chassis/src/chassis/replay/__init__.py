"""Replays of dead letters: one, a whole group, or an edited one."""

from chassis.replay import edits, letter_runs
from chassis.replay.letter_runs import PER_SECOND, LetterRuns
from chassis.replay.one_letter import Replayed, discard, rehearse, replay
from chassis.replay.patches import Change

__all__ = [
    "PER_SECOND",
    "Change",
    "LetterRuns",
    "Replayed",
    "discard",
    "edits",
    "letter_runs",
    "rehearse",
    "replay",
]
