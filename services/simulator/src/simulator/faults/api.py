"""HTTP of the faults."""

from fastapi import APIRouter

from simulator.faults.store import Faults
from simulator.faults.trouble import Fault
from simulator.refusals import Answer


def faults_router(faults: Faults) -> APIRouter:
    router = APIRouter(prefix="/faults", tags=["faults"])

    @router.put("")
    async def set_fault(fault: Fault) -> Answer:
        """Replace one target's fault; a field that is left out is healthy again."""
        await faults.set(fault)
        return Answer(fault.model_dump(mode="json"))

    @router.get("")
    async def show_faults() -> Answer:
        return Answer({"faults": [fault.model_dump(mode="json") for fault in faults.all()]})

    @router.delete("")
    async def heal() -> Answer:
        """Everybody is healthy again."""
        await faults.heal()
        return await show_faults()

    return router
