"""The walk through the gateway of the console: the reads of all services, by accounts that signed in."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass

import httpx
from integration.console.questions import solved

from access.catalog import Catalog
from access.judge import Answer, Judge
from access.on_stack import routes_of_stack
from access.requests import Request
from access.routes import CONSOLE, PAGES, Route
from access.targets import Caller, Place
from access.walk import Walk
from access.world import World
from enrollctl.commands.stack.accounts import ensure_accounts
from enrollctl.demo.stages.accounts import DEMO_ACCOUNTS, UNION, DemoAccount
from enrollctl.demo.stages.tree import STREET

#: The gateway forwards no request to these.
CLOSED = (*PAGES, "/health/", "/metrics")


def is_forwarded_read(route: Route) -> bool:
    return route.service != CONSOLE and not route.is_command and not route.path.startswith(CLOSED[1:])


async def walked_through_gateway(world: World) -> Walk:
    """The finished walk of the demo stack's accounts. Their unions stand above or beside the union of the world."""
    passwords = await asyncio.to_thread(_prepared, world)
    async with AsyncExitStack() as open_browsers:
        browsers = {}
        for account in DEMO_ACCOUNTS:
            client = httpx.AsyncClient(base_url=world.stack.url(CONSOLE), timeout=60, trust_env=False)
            browser = Browser(await open_browsers.enter_async_context(client))
            await browser.sign_in(account.account_name, passwords[account.account_name])
            browsers[account.account_name] = browser
        nobody = httpx.AsyncClient(base_url=world.stack.url(CONSOLE), timeout=60, trust_env=False)
        browsers[""] = Browser(await open_browsers.enter_async_context(nobody))

        async def send(service: str, request: Request, headers: dict[str, str]) -> Answer:
            return await browsers[headers.pop("Authorization", "")].send(service, request, headers)

        routes = [route for route in await routes_of_stack(world.stack) if is_forwarded_read(route)]
        catalog, callers = Catalog(world), [caller_of(account, world) for account in DEMO_ACCOUNTS]
        judge = Judge(catalog.secrets())
        walk = Walk(routes, callers, catalog.targets(), judge, send, _account_of, is_whole=False)
        await walk.run()
    return walk


def _prepared(world: World) -> dict[str, str]:
    """The password of each account. The unions of the accounts stand in the tree, and all services know them."""
    for union in (STREET, UNION):
        world.cluster.put(union)
    world.await_union(UNION)
    return ensure_accounts(world.stack)


def _account_of(caller: Caller, _: Route) -> str:
    return caller.account or ""


def caller_of(account: DemoAccount, world: World) -> Caller:
    street = Place("another street", STREET.union_id, STREET.union_type, world.district)
    below = Place("below another street", UNION.union_id, UNION.union_type, street)
    known = {place.union_id: place for place in (*world.places, street, below)}
    return Caller(account.role, known[account.union_id] if account.union_id else None, account.account_name)


@dataclass
class Browser:
    client: httpx.AsyncClient
    csrf: str = ""

    async def sign_in(self, account_name: str, password: str) -> None:
        shown = (await self.client.post("/captchas", json={"kind": "question"})).json()
        body = {"account_name": account_name, "password": password, "captcha_id": shown["captcha_id"]}
        answer = await self.client.post("/session", json=body | {"captcha": solved(shown["question"])})
        assert answer.status_code == 200, answer.text
        self.csrf = answer.json()["csrf_token"]

    async def send(self, service: str, request: Request, headers: dict[str, str]) -> Answer:
        headers = headers | {"X-CSRF-Token": self.csrf}
        path = f"/api/{service}{request.path}"
        answer = await self.client.request(
            request.method, path, params=request.query, json=request.json, headers=headers
        )
        return Answer(answer.status_code, answer.text)
