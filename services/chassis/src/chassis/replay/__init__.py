"""Replays dead letters, single ones or whole groups, and stores edits of them."""

from chassis.replay import bulk_replay, edits
from chassis.replay.bulk_replay import PER_SECOND, BulkReplay
from chassis.replay.patches import Change
from chassis.replay.single_replay import Replayed, discard, rehearse, replay

__all__ = [
    "PER_SECOND",
    "BulkReplay",
    "Change",
    "Replayed",
    "bulk_replay",
    "discard",
    "edits",
    "rehearse",
    "replay",
]
