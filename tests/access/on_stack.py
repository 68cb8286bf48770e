"""The walk over the services of a running stack."""

from collections.abc import Callable, Sequence

import httpx

from access.catalog import Catalog
from access.judge import Answer, Judge
from access.requests import Request
from access.routes import Route, routes_of
from access.targets import Caller
from access.walk import AT_ONCE, Walk
from access.world import SERVICES, World
from enrollctl.ops_client.tokens import new_token
from enrollctl.stack.stack import Stack


class Tokens:
    """A token for each caller and route. The searches of an account are limited, so each route gets its own account."""

    def __init__(self, stack: Stack) -> None:
        self._keys = stack.keys

    def __call__(self, caller: Caller, route: Route) -> str:
        place = caller.place
        account = caller.account or f"access {caller.name} {route.name}"
        union_id = place.union_id if place else None
        return f"Bearer {new_token(self._keys, account=account, role=caller.role, union_id=union_id).text}"


async def routes_of_stack(stack: Stack) -> list[Route]:
    async with httpx.AsyncClient(timeout=120, trust_env=False) as client:
        documents = {name: (await client.get(f"{stack.url(name)}/openapi.json")).json() for name in SERVICES}
    return [route for name, document in documents.items() for route in routes_of(name, document)]


async def walked(
    stack: Stack,
    world: World,
    callers: Sequence[Caller],
    *,
    wants: Callable[[Route], bool] = lambda _: True,
    is_whole: bool = True,
) -> Walk:
    """The finished walk. `wants`: the routes to call. `is_whole`: as in `Walk`."""
    urls = stack.urls
    async with httpx.AsyncClient(timeout=60, trust_env=False, limits=httpx.Limits(max_connections=AT_ONCE)) as client:

        async def send(service: str, request: Request, headers: dict[str, str]) -> Answer:
            answer = await client.request(
                request.method, urls[service] + request.path, params=request.query, json=request.json,
                data=request.fields, files=request.files, headers=headers,
            )  # fmt: skip
            return Answer(answer.status_code, answer.text)

        routes = [route for route in await routes_of_stack(stack) if wants(route)]
        catalog = Catalog(world)
        found = Walk(routes, callers, catalog.targets(), Judge(catalog.secrets()), send, Tokens(stack), is_whole)
        await found.run()
    return found
