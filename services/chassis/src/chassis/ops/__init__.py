"""What operators do with a running service, over HTTP; each act is audited."""

from fastapi import APIRouter

from chassis.ops import dead_letters, letter_groups, maintenance, outbound, subscriber

router = APIRouter()
# Groups first: their paths would else be taken for the number of a letter.
for one in (letter_groups, dead_letters, outbound, subscriber, maintenance):
    router.include_router(one.router)
