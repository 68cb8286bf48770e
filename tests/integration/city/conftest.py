"""A small city in the databases of all services, which run in the test's process."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
from integration.city.city_world import CITY, SERVICES, SETTINGS, CityWorld

from chassis.testing import bench_keys, service_under_test
from enrollctl.city.loader import CityLoader
from support.databases import Templates


@pytest.fixture(scope="session")
async def world(templates: Templates) -> AsyncIterator[CityWorld]:
    async with AsyncExitStack() as stack:
        benches, urls = {}, {}
        for name, service in SERVICES.items():
            urls[name] = await stack.enter_async_context(
                templates.copy(service.migration_packages, name.replace("-", "_"))
            )
            running = service_under_test(service, urls[name], **SETTINGS.get(name, {}))
            benches[name] = await stack.enter_async_context(running)
        loader = CityLoader(CITY, bench_keys(), urls)
        report = await asyncio.to_thread(loader.load)
        yield CityWorld(benches, urls, loader, report)
