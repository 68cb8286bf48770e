"""Routes that services share: the caller, notices, one person's story, searches by number."""

from chassis.routes import me, notices, number_searches
from chassis.routes.number_searches import ExactSearch, admit
from chassis.routes.story import StoryRequest, StoryStep, ids, number_key, story_router

__all__ = [
    "ExactSearch",
    "StoryRequest",
    "StoryStep",
    "admit",
    "ids",
    "me",
    "notices",
    "number_key",
    "number_searches",
    "story_router",
]
