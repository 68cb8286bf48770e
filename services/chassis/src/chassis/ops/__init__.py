"""The operators' HTTP routes of a running service. Every command is recorded in the audit log."""

from fastapi import APIRouter

from chassis.ops import dead_letters, letter_groups, maintenance, outbound, subscriber

router = APIRouter()
# The group routes come first; otherwise FastAPI would read their paths as the id of a letter.
for one in (letter_groups, dead_letters, outbound, subscriber, maintenance):
    router.include_router(one.router)
