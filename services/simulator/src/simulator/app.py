"""Builds the objects of the simulator and passes them to one another."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from fastapi import FastAPI

from chassis.domain import Clock, clock_from
from chassis.privacy import Keys, load_keys
from simulator.center.api import decisions_router, desk_router, submissions_router, vouchers_router
from simulator.center.callbacks import Callbacks
from simulator.center.feedbacks import Feedbacks
from simulator.center.loops import Loops
from simulator.center.policies import Policies
from simulator.center.reports import Reports
from simulator.center.submissions import Submissions
from simulator.center.tokens import CenterToken
from simulator.center.verdicts import Verdicts
from simulator.center.vouchers import Vouchers
from simulator.database import Database
from simulator.faults.api import faults_router
from simulator.faults.gate import FaultGate
from simulator.faults.store import Faults
from simulator.fingerprints import Fingerprints
from simulator.health import Meters, health_router
from simulator.refusals import install_refusals
from simulator.registries.api import Registries, registries_router
from simulator.registries.records import Records
from simulator.settings import Settings


def build_app(settings: Settings, *, keys: Keys | None = None, clock: Clock | None = None) -> FastAPI:
    """The whole simulator.

    It serves at once. In the background it waits for the database, then loads the faults and runs the center's loops.
    """
    keys = keys or load_keys(settings.key_file)
    clock = clock or clock_from(settings.clock_file)
    database, fingerprints, meters = Database(settings.database_url), Fingerprints(keys.index), Meters()
    faults, records = Faults(database), Records(database)
    submissions, verdicts = Submissions(database, fingerprints), Verdicts(database)
    vouchers, policies, reports = Vouchers(database, fingerprints), Policies(database), Reports(database)
    callbacks = Callbacks(database, CenterToken(keys, settings.center_token_file))
    loops = Loops(verdicts, vouchers, callbacks, faults, clock, meters.callback)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        working = asyncio.create_task(_work(database, faults, loops))
        try:
            yield
        finally:
            working.cancel()
            with suppress(asyncio.CancelledError):
                await working
            await callbacks.close()
            await database.close()

    app = FastAPI(title="simulator", version="1", docs_url=None, redoc_url=None, lifespan=lifespan)
    app.add_middleware(FaultGate, faults=faults, count=meters.fault)
    install_refusals(app)
    app.include_router(health_router(database, loops, callbacks, meters))
    app.include_router(registries_router(Registries(records, fingerprints, faults, clock), records, fingerprints))
    app.include_router(faults_router(faults))
    app.include_router(submissions_router(submissions, reports, loops))
    app.include_router(vouchers_router(vouchers, reports, loops))
    app.include_router(decisions_router(verdicts, Feedbacks(database), vouchers, loops))
    app.include_router(desk_router(policies, reports, loops))
    return app


async def _work(database: Database, faults: Faults, loops: Loops) -> None:
    await database.wait()
    await faults.load()
    await loops.run()
