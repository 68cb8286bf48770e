"""Records, subscriptions, the inbox, and copies of compacted topics."""

from chassis.messaging import inbox, references, sources, tree_units
from chassis.messaging.inbox import Place, Positions
from chassis.messaging.positions import Numbered, Position, Standing
from chassis.messaging.records import Record, subjects_of
from chassis.messaging.subscriptions import Subscriptions

__all__ = [
    "Numbered",
    "Place",
    "Position",
    "Positions",
    "Record",
    "Standing",
    "Subscriptions",
    "inbox",
    "references",
    "sources",
    "subjects_of",
    "tree_units",
]
