"""A small part of `make access`, on the shared stack: each service's own routes, for near and far unions.

Only one batch line exists in this test.
"""

import pytest
from access.lines import PENDING
from access.on_stack import walked
from access.routes import Route
from access.world import World

from enrollctl.stack.stack import Stack

#: Routes that every service has. `make access` calls them; here they would be most of the calls.
OF_THE_CHASSIS = ("/ops/", "/me", "/notices", "/texts", "/health/", "/metrics", "/docs", "/openapi.json")
#: Routes whose body names a submission. The world of this test has one line and no submission.
OF_SUBMISSIONS = ("/center/feedback",)


def is_of_the_service(route: Route) -> bool:
    return route.path != "/" and not route.path.startswith((*OF_THE_CHASSIS, *OF_SUBMISSIONS))


@pytest.mark.row("D02", "A29", "A61")
async def test_no_route_shows_a_foreign_union_or_an_unmasked_name(stack: Stack):
    world = World(stack, states=(PENDING,))
    world.build()
    near_and_far = [one for one in world.places if one.relation in ("own", "sibling", "far district")]
    walk = await walked(stack, world, world.callers(near_and_far), wants=is_of_the_service, is_whole=False)
    assert dict(walk.holes) == {}
    assert walk.combinations > 500
