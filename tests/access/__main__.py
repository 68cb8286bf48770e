"""Calls every route of every service with every role at every union, and exits with 1 if an answer is not as declared.

python -m access [--dir STACK]      (tests on the path; without --dir a stack is started)
"""

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

from access.gateway import walked_through_gateway
from access.on_stack import walked
from access.walk import Walk
from access.world import World
from enrollctl.stack.stack import Stack


async def both(world: World) -> dict[str, Walk]:
    """First the reads through the gateway, because the commands of the second walk change accounts and members."""
    through = await walked_through_gateway(world)
    return {"gateway": through, "services": await walked(world.stack, world, world.callers())}


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--dir", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="access-") as folder:
        Path(folder).chmod(0o755)
        stack = Stack.attach(options.dir) if options.dir else Stack.start(Path(folder), demo=True)
        try:
            world = World(stack)
            world.build()
            walks = asyncio.run(both(world))
        finally:
            if not options.dir:
                stack.stop()
    for way, walk in walks.items():
        for hole, times in sorted(walk.holes.items()):
            print(f"hole  {times:3d}  {way}: {hole}")
    routes = max(len(walk.routes) for walk in walks.values())
    combinations = sum(walk.combinations for walk in walks.values())
    holes = sum(len(walk.holes) for walk in walks.values())
    print(f"access: routes={routes} combinations={combinations} holes={holes}")
    return 1 if holes else 0


if __name__ == "__main__":
    sys.exit(main())
