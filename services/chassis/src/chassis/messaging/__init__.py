"""Records, their sources and sequence numbers, subscriptions, the inbox, and copies of compacted topics."""

from chassis.messaging import inbox, references, sources, tree_units
from chassis.messaging.inbox import Positions, TopicKey
from chassis.messaging.positions import Arrival, Numbered, Position
from chassis.messaging.records import Record, subjects_of
from chassis.messaging.subscriptions import Subscriptions

__all__ = [
    "Arrival",
    "Numbered",
    "Position",
    "Positions",
    "Record",
    "Subscriptions",
    "TopicKey",
    "inbox",
    "references",
    "sources",
    "subjects_of",
    "tree_units",
]
