"""The operators' HTTP routes of a running service. Every command is recorded in the audit log."""

from fastapi import APIRouter

from chassis.ops import dead_letters, jobs, letter_groups, maintenance, subscriber

router = APIRouter()
# The group routes come first, because otherwise FastAPI would read the `groups` in their paths as the id of a letter.
for one in (letter_groups, dead_letters, jobs, subscriber, maintenance):
    router.include_router(one.router)
