"""The HTTP routes for health and metrics."""

from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, generate_latest
from starlette.responses import Response

from simulator.center.callbacks import Callbacks
from simulator.center.loops import Loops
from simulator.center.tokens import TokenMissing
from simulator.database import Database
from simulator.refusals import Answer


class Meters:
    """The Prometheus counters of one app. Each app has its own, so that a test process can build several apps."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._faults = Counter(
            "ue_simulator_faults_total", "Faults injected", ["target", "kind"], registry=self.registry
        )
        self._callbacks = Counter("ue_simulator_callbacks_total", "Callbacks sent", ["outcome"], registry=self.registry)

    def fault(self, target: str, kind: str) -> None:
        self._faults.labels(target, kind).inc()

    def callback(self, outcome: str) -> None:
        self._callbacks.labels(outcome).inc()


def health_router(database: Database, loops: Loops, callbacks: Callbacks, meters: Meters) -> APIRouter:
    router = APIRouter(tags=["health"])

    @router.get("/health/live")
    async def live() -> Answer:
        """503 only if a loop is stuck although the database answers."""
        stuck = loops.stuck() if database.unready_reason is None and await database.ping() else []
        return Answer({"live": not stuck, "stuck": stuck}, status_code=503 if stuck else 200)

    @router.get("/health/ready")
    async def ready() -> Answer:
        """A missing center token is only a note, because the registries work without it."""
        reasons, notes = {}, {}
        if database.unready_reason is not None:
            reasons["database"] = database.unready_reason
        elif not await database.ping():
            reasons["database"] = "PostgreSQL does not answer"
        try:
            callbacks.require_token()
        except TokenMissing as error:
            notes["callbacks"] = str(error)
        body = {"ready": not reasons, "reasons": reasons, "notes": notes}
        return Answer(body, status_code=503 if reasons else 200)

    @router.get("/metrics")
    async def metrics() -> Response:
        return Response(generate_latest(meters.registry), media_type=CONTENT_TYPE_LATEST)

    return router
